"""What a simulation leaves on disk."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl


def write_table(file: Path, rows: Sequence[Mapping[str, object]]) -> None:
    """The rows as CSV, a column a key."""
    pl.DataFrame(rows).write_csv(file)
