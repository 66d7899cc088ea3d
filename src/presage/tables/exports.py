r"""An export: rows of a dataset become a CSV file that an import reads again.

A header, then a line per row: text in double quotes where it must be, with `\"` and `\\` inside; null is an
empty cell.
"""

from pathlib import Path

import polars as pl

from .datasets import DatasetTable, IngestionMode
from .layout import Layout

_SPECIAL = r'[,"\\\r\n]'


def export(table: DatasetTable, layout: Layout, mode: IngestionMode, path: Path) -> int:
    """Write the rows that came in a way to a file; how many there are."""
    with table.reading():
        rows = table.stored(layout, mode)
        cells = rows.select(
            _cell(name) if kind == pl.String() else pl.col(name) for name, kind in layout.types.items()
        )
        cells.sink_csv(path, quote_style="never", engine="streaming")
        return rows.select(pl.len()).collect(engine="streaming").item()


def _cell(name: str) -> pl.Expr:
    """A column of texts as they stand in the file."""
    text = pl.col(name)
    escaped = text.str.replace_all(r'(["\\])', r"\${1}")
    quoted = pl.format('"{}"', escaped)
    return pl.when(text.str.contains(_SPECIAL)).then(quoted).otherwise(text).alias(name)
