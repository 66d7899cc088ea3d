"""Files of results on S3: in parts, each with a header, named as Amazon Forecast names them."""

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from presage.resources.record import Record
from presage.serving.forecast.keys import Key
from presage.stores import Stores

ROWS_A_PART = 1_000_000
CSV, PARQUET = "CSV", "PARQUET"


class Parts:
    """Writes the rows of one folder of results as `<job>_<time>_part<k>.csv` or `.parquet`.

    Parameters
    ----------
    record : the export job; it names the destination and the format
    folder : below the destination, such as `forecasted-values/`; empty = the destination itself
    """

    def __init__(self, stores: Stores, record: Record, drafts: Path, folder: str = "") -> None:
        self._locations, self._drafts = stores.locations, drafts
        self._target: str = record["Destination"]["S3Config"]["Path"]
        self._format: str = record["Format"]
        stamp = time.strftime("%Y-%m-%dT%H-%M-%SZ", time.gmtime(record.created_at))
        self._name = f"{folder}{record.name}_{stamp}_part{{part}}.{self._format.lower()}"
        self._n_parts = 0
        self.n_rows = 0

    def write(self, frame: pl.DataFrame) -> None:
        """Write rows as one part; the columns of all parts must be the same."""
        draft = self._drafts / "part"
        if self._format == PARQUET:
            frame.write_parquet(draft)
        else:
            frame.write_csv(draft)
        self._locations.write(self._target, self._name.format(part=self._n_parts), draft)
        self._n_parts += 1
        self.n_rows += len(frame)


def dimension_columns(
    dimensions: Sequence[str], keys: Sequence[Key], n_rows_each: int = 1
) -> dict[str, pl.Series]:
    """A column for each dimension; each key has so many rows, one after the other."""
    each = np.repeat(np.arange(len(keys)), n_rows_each)
    return {
        name: pl.Series([key[place] for key in keys], dtype=pl.String).gather(each)
        for place, name in enumerate(dimensions)
    }


def n_series_a_part(n_rows_each: int) -> int:
    """How many series one part holds, of which each has so many rows."""
    return max(1, ROWS_A_PART // max(1, n_rows_each))
