"""What was exported is imported again as it was."""

import itertools
import json

import numpy as np
import polars as pl
from polars.testing import assert_frame_equal

from presage.recipes.data import silent
from presage.tables.datasets import DatasetTable
from presage.tables.exports import export
from presage.tables.imports import import_files
from presage.tables.personalize.layout import layout_of
from presage.tables.personalize.schema import parse_schema

FIELDS = [
    {"name": "ITEM_ID", "type": "string"},
    {"name": "TEXT", "type": ["null", "string"], "categorical": True},
    {"name": "LONG", "type": ["null", "long"]},
    {"name": "FLOAT", "type": ["null", "float"]},
    {"name": "DOUBLE", "type": ["null", "double"]},
    {"name": "FLAG", "type": ["null", "boolean"]},
]
AVRO = {"type": "record", "name": "Items", "namespace": "com.amazonaws.personalize.schema", "version": "1.0"}
LAYOUT = layout_of(parse_schema(json.dumps({**AVRO, "fields": FIELDS})))
SIGNS = '",\\\n\r |;a日'
TEXTS = ["".join(signs) for n in (1, 2, 3) for signs in itertools.product(SIGNS, repeat=n)]


def rows():
    """Every text of up to three signs, and numbers of all sizes; each in its turn is missing."""
    rng = np.random.default_rng(0)
    n = len(TEXTS)
    doubles = rng.random(n) * 10.0 ** rng.integers(-300, 300, n)
    columns = {
        "ITEM_ID": pl.Series(TEXTS),
        "TEXT": pl.Series(TEXTS[::-1]),
        "LONG": pl.Series(rng.integers(-(2**63), 2**63 - 1, n)),
        "FLOAT": pl.Series((rng.random(n) * 10.0 ** rng.integers(-30, 30, n)).astype(np.float32)),
        "DOUBLE": pl.Series(doubles),
        "FLAG": pl.Series(rng.random(n) < 0.5),
    }
    place = np.arange(n) % 7
    frame = pl.DataFrame(columns)
    return frame.with_columns(
        pl.when(pl.Series(place != k)).then(pl.col(name)).alias(name)
        for k, name in enumerate(frame.columns)
        if name != "ITEM_ID"
    )


def test_every_text_and_number_comes_back(tmp_path):
    table, copy, file = (
        DatasetTable(tmp_path / "table"),
        DatasetTable(tmp_path / "copy"),
        tmp_path / "rows.csv",
    )
    with table.importing() as draft:
        rows().write_parquet(draft / "rows.parquet")
        table.store([draft / "rows.parquet"], LAYOUT, "FULL", rows=len(TEXTS))
    assert export(table, LAYOUT, "BULK", file) == len(TEXTS)
    import_files([(file.name, file)], LAYOUT, copy, "FULL", silent)
    assert_frame_equal(copy.read(LAYOUT), rows(), rel_tol=1e-15, abs_tol=0)
