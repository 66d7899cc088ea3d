"""Polars, unmodified, reading and writing `s3://` at the local endpoint."""

import polars as pl
import pytest
from polars.testing import assert_frame_equal

FRAME = pl.DataFrame({"USER_ID": [f"u{n % 97}" for n in range(50_000)], "TIMESTAMP": range(50_000)})


@pytest.fixture
def options(s3):
    return {
        "aws_endpoint_url": s3,
        "aws_access_key_id": "presage",
        "aws_secret_access_key": "presage",
        "aws_region": "us-east-1",
        "aws_allow_http": "true",
    }


def test_parquet_goes_up_and_comes_down(options):
    FRAME.write_parquet("s3://shop/in/a.parquet", storage_options=options)
    assert_frame_equal(pl.read_parquet("s3://shop/in/a.parquet", storage_options=options), FRAME)
    scanned = pl.scan_parquet("s3://shop/in/*.parquet", storage_options=options).filter(
        pl.col("USER_ID") == "u3"
    )
    assert_frame_equal(scanned.collect(), FRAME.filter(pl.col("USER_ID") == "u3"))


def test_csv_goes_up_and_comes_down(options):
    FRAME.write_csv("s3://shop/in/a.csv", storage_options=options)
    assert_frame_equal(pl.read_csv("s3://shop/in/a.csv", storage_options=options), FRAME)
    FRAME.lazy().sink_csv("s3://shop/in/b.csv", storage_options=options)
    both = pl.scan_csv("s3://shop/in/*.csv", storage_options=options)
    assert both.select(pl.len()).collect().item() == 100_000


def test_a_delta_table_is_appended_to(options):
    for _ in range(2):
        FRAME.head(10).write_delta("s3://shop/table", mode="append", storage_options=options)
    assert pl.read_delta("s3://shop/table", storage_options=options).height == 20
