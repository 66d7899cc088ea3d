"""The import job: it counts once, and keeps what models were trained on."""

import io

import polars as pl
import pytest
from structlog.testing import capture_logs

from presage.errors import JobFailure
from presage.recipes.data import silent
from presage.works import importing
from presage.works.remembering import SUFFIX

from ..operations.shop import avro
from .conftest import add_dataset

N_ROWS = 1_000
CSV = "USER_ID,ITEM_ID,TIMESTAMP\n" + "".join(f"u{n % 9},i{n},{n}\n" for n in range(N_ROWS))


@pytest.fixture
def add_import(stores):
    stores.buckets.create("bucket")
    stores.buckets.put("bucket", "rows.csv", [CSV.encode()])

    def add(arn, mode="FULL", key="rows.csv", dataset="arn:one"):
        body = {
            "datasetArn": dataset,
            "dataSource": {"dataLocation": f"s3://bucket/{key}"},
            "importMode": mode,
        }
        with stores.records.writing() as records:
            return records.add(
                "personalize", "DatasetImportJob", arn=arn, name=arn, body=body, parents=[dataset]
            )

    return add


def add_films(stores):
    """A dataset of items whose YEAR must not be null."""
    schema = avro("Items", [{"name": "ITEM_ID", "type": "string"}, {"name": "YEAR", "type": "int"}])
    with stores.records.writing() as records:
        records.add("personalize", "Schema", arn="films", name="films", body={"schema": schema})
    return add_dataset(stores, "films", schema="films")


def rows(stores):
    """How many rows the dataset holds."""
    return stores.table(stores.records.get("arn:one")).rows().bulk


def test_rows_are_stored_and_the_groups_memory_is_asked_for(stores, add_import):
    importing.run(stores.config, add_import("first").arn, silent)
    importing.run(stores.config, add_import("second", "INCREMENTAL").arn, silent)
    assert stores.records.expect("second")["_rows"] == N_ROWS
    assert rows(stores) == 2 * N_ROWS
    assert stores.jobs.state("g" + SUFFIX) == "WAITING"


def test_numbers_that_are_missing_are_told(stores, add_import):
    add_films(stores)
    stores.buckets.put("bucket", "films.csv", [b"ITEM_ID,YEAR\ni1,1999\ni2,\ni3,\n"])
    record = add_import("job", key="films.csv", dataset="arn:films")
    with capture_logs() as logs:
        importing.run(stores.config, record.arn, silent)
    assert stores.records.expect("job")["_missing"] == {"YEAR": 2}
    assert logs == [
        {
            "event": "numbers are missing",
            "log_level": "warning",
            "job": "job",
            "cells": {"YEAR": 2},
        }
    ]


def test_one_that_was_killed_after_it_stored_its_rows_counts_once(stores, add_import):
    add_import("first")
    importing.import_dataset(stores, stores.records.expect("first"), silent)
    stores.buckets.delete("bucket", "rows.csv")
    importing.run(stores.config, "first", silent)
    assert stores.records.expect("first")["_rows"] == N_ROWS
    assert rows(stores) == N_ROWS


def test_a_file_that_is_not_there_is_the_callers_fault(stores, add_import):
    add_import("first", key="nothing.csv")
    with pytest.raises(JobFailure, match=r"nothing\.csv"):
        importing.run(stores.config, "first", silent)


LEFTOVERS = {
    "_SUCCESS": b"",
    "_committed_5512": b'{"added":["part-00000"],"removed":[]}',
    "_started_5512": b"{}",
    "._SUCCESS.crc": b"crc",
    ".part-00000.csv.crc": b"crc",
    "part-00000.crc": b"crc",
    ".DS_Store": b"\x00\x00\x00\x01Bud1",
    "manifest.json": b"{}",
    "more_$folder$": b"",
    "part-00001": b"",
}
"""What Spark, Hadoop and desktops leave beside data."""


def parquet():
    file = io.BytesIO()
    pl.read_csv(CSV.encode()).with_columns(pl.col("USER_ID").cast(pl.String)).write_parquet(file)
    return file.getvalue()


@pytest.mark.parametrize("part", ["part-00000.csv", "part-00000.snappy.parquet"])
def test_what_tools_leave_in_a_folder_is_no_data(stores, add_import, part):
    data = CSV.encode() if part.endswith(".csv") else parquet()
    for name, text in {**LEFTOVERS, part: data}.items():
        stores.buckets.put("bucket", f"folder/{name}", [text])
    with capture_logs() as logs:
        importing.run(stores.config, add_import("first", key="folder/").arn, silent)
    assert rows(stores) == N_ROWS
    (said,) = logs
    assert said["event"] == "files that are no data are left out"
    assert len(said["files"]) == len(LEFTOVERS)


def test_a_folder_of_leftovers_alone_is_named(stores, add_import):
    for name, text in LEFTOVERS.items():
        stores.buckets.put("bucket", f"folder/{name}", [text])
    with pytest.raises(JobFailure, match=r"Invalid Data location: s3://bucket/folder/ holds no data"):
        importing.run(stores.config, add_import("first", key="folder/").arn, silent)


def test_a_file_that_is_named_itself_is_data_whatever_its_name(stores, add_import):
    stores.buckets.put("bucket", "_rows", [CSV.encode()])
    importing.run(stores.config, add_import("first", key="_rows").arn, silent)
    assert rows(stores) == N_ROWS


def test_versions_that_models_were_trained_on_are_needed(stores):
    with stores.records.writing() as records:
        for name, body in (
            ("one", {"_data": {"INTERACTIONS": {"bulk": 3, "seq": 9}, "ITEMS": {"bulk": 7, "seq": 9}}}),
            ("two", {"_data": {"ITEMS": {"bulk": 8, "seq": 9}}}),
            ("three", {}),
        ):
            records.add("personalize", "SolutionVersion", arn=name, name="", body=body, parents=["arn:one"])
    assert importing._trained_on(stores, stores.records.expect("arn:one")) == {3}
