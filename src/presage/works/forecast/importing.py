"""The import job of Forecast: files from S3 become rows of a dataset, with statistics of each attribute."""

from collections.abc import Mapping
from typing import Any

from presage.errors import JobFailure
from presage.recipes.data import Report
from presage.resources.record import Record
from presage.stores import Stores
from presage.tables.forecast.layout import FileFormat
from presage.tables.forecast.schema import TARGET, read_schema
from presage.tables.forecast.statistics import field_statistics

from ..driver import driven
from ..importing import import_from
from .monitoring import ask_to_monitor

BYTES_PER_GB = 1e9
MOST_FILES, MOST_GB = 10_000, 30
"""What one import may read."""


def import_series(stores: Stores, record: Record, report: Report) -> Mapping[str, Any]:
    """Read, check and store the files that a DatasetImportJob names; a bad value stores nothing."""
    dataset = stores.records.expect(record["DatasetArn"])
    written = FileFormat(timestamp=record["TimestampFormat"], geolocation=record.get("GeolocationFormat", ""))
    table, layout = stores.table(dataset), stores.series_layout(dataset, written)
    # An earlier try that was killed may have stored them; then the files need not be there any more.
    location: str = record["DataSource"]["S3Config"]["Path"]
    summary = table.imported(record.arn, layout) or import_from(
        stores,
        _within_quotas(stores, location),
        layout=layout,
        table=table,
        mode=record["ImportMode"],
        report=report,
        job=record.arn,
        subfolders=True,
        are_parquet=record["Format"] == "PARQUET",
    )
    report("counting", 0.98)
    statistics = field_statistics(table.brought(record.arn, layout), read_schema(dataset.body))
    with stores.records.writing() as records:
        records.change(dataset.arn)  # moves its LastModificationTime: clients train anew when it does
    if dataset["DatasetType"] == TARGET:
        ask_to_monitor(stores, record)
    return {
        "_rows": summary.rows,
        "FieldStatistics": statistics,
        "DataSize": table.size() / BYTES_PER_GB,
    }


def _within_quotas(stores: Stores, location: str) -> str:
    """The location; raises JobFailure if there is more than one import may read."""
    files = stores.locations.files(location, subfolders=True)
    size = sum(file.size for file in files) / BYTES_PER_GB
    if len(files) > MOST_FILES:
        raise JobFailure(
            f"Quota limit of {MOST_FILES} files has been reached: {location} has {len(files)}; join some, or"
            " import the rest with ImportMode INCREMENTAL"
        )
    if size > MOST_GB:
        raise JobFailure(
            f"Quota limit of {MOST_GB} GB data size has been reached: {location} has {size:.1f} GB; import"
            " the rest with ImportMode INCREMENTAL"
        )
    return location


run = driven(import_series)
