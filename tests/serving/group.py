"""A dataset group with real tables and a real log."""

import json
from pathlib import Path

import polars as pl

from presage.log import open_log
from presage.serving.source import Dataset, Source
from presage.tables.datasets import DatasetTable
from presage.tables.fold import DATASETS, fold
from presage.tables.personalize.layout import layout_of
from presage.tables.personalize.schema import parse_schema

FIELDS = {
    "INTERACTIONS": [
        {"name": "USER_ID", "type": "string"},
        {"name": "ITEM_ID", "type": "string"},
        {"name": "TIMESTAMP", "type": "long"},
        {"name": "EVENT_TYPE", "type": ["null", "string"]},
        {"name": "EVENT_VALUE", "type": ["null", "float"]},
        {"name": "DEVICE", "type": ["null", "string"], "categorical": True},
        {"name": "IMPRESSION", "type": ["null", "string"]},
    ],
    "ITEMS": [
        {"name": "ITEM_ID", "type": "string"},
        {"name": "COLOUR", "type": ["null", "string"], "categorical": True},
        {"name": "PRICE", "type": ["null", "float"]},
        {"name": "WARM", "type": ["null", "boolean"]},
        {"name": "CREATION_TIMESTAMP", "type": ["null", "long"]},
    ],
    "USERS": [{"name": "USER_ID", "type": "string"}, {"name": "AGE", "type": ["null", "int"]}],
}


def layout(kind):
    record = {
        "type": "record",
        "name": kind.title().replace("_", ""),
        "namespace": "com.amazonaws.personalize.schema",
    }
    return layout_of(parse_schema(json.dumps({**record, "fields": FIELDS[kind], "version": "1.0"})))


class Group:
    """Tables and a log in a folder; what is told goes into the log alone until it is folded."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.log = open_log(folder)
        self.source = Source(
            group="group",
            snapshots=folder / "memory",
            datasets={
                kind: Dataset(stream=kind.lower(), table=DatasetTable(folder / kind), layout=layout(kind))
                for kind in FIELDS
            },
        )
        for dataset in self.source.datasets.values():
            self.log.open_stream(dataset.stream, DATASETS)

    def bring(self, kind, rows):
        """Import rows: mappings of column to value."""
        dataset = self.source.datasets[kind]
        frame = pl.DataFrame(rows, schema=dict(dataset.layout.types))
        with dataset.table.importing() as draft:
            frame.write_parquet(draft / "rows.parquet")
            dataset.table.store([draft / "rows.parquet"], dataset.layout, "INCREMENTAL", rows=len(frame))

    def tell(self, kind, rows):
        """Log rows; their places."""
        return list(self.log.append(self.source.datasets[kind].stream, rows).result())

    def fold(self):
        for dataset in self.source.datasets.values():
            fold(self.log, dataset.table, dataset.layout, dataset.stream)

    def close(self):
        self.log.close()
