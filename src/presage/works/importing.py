"""The import job: files from S3 become rows of a dataset."""

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from typing import Any

import structlog

from presage.recipes.data import Report
from presage.resources.record import Record
from presage.stores import Stores
from presage.tables.datasets import DatasetTable, ImportMode, ImportSummary
from presage.tables.imports import import_files
from presage.tables.layout import Layout
from presage.tables.leftovers import is_folder, split_leftovers

from .attributing import report_import
from .driver import driven
from .remembering import ask_to_remember

log = structlog.get_logger()


def import_dataset(stores: Stores, record: Record, report: Report) -> Mapping[str, Any]:
    """Read, check and store the files that a DatasetImportJob names; a bad value stores nothing.

    Cells that are empty though their column's type does not allow it are missing numbers: counted by column.
    """
    dataset = stores.records.expect(record["datasetArn"])
    # An earlier try that was killed may have stored them; then the files need not be there any more.
    layout = stores.layout(dataset)
    summary = stores.table(dataset).imported(record.arn, layout) or import_from(
        stores,
        record["dataSource"]["dataLocation"],
        layout=layout,
        table=stores.table(dataset),
        mode=record["importMode"],
        report=report,
        job=record.arn,
        keep=_trained_on(stores, dataset),
    )
    if summary.missing:
        log.warning("numbers are missing", job=record.arn, cells=summary.missing)
    ask_to_remember(stores, dataset["datasetGroupArn"])
    if record.get("publishAttributionMetricsToS3"):
        report_import(stores, record, dataset)
    return {"_rows": summary.rows, "_missing": dict(summary.missing)}


def import_from(
    stores: Stores,
    location: str,
    *,
    layout: Layout,
    table: DatasetTable,
    mode: ImportMode,
    report: Report,
    job: str,
    subfolders: bool = False,
    are_parquet: bool | None = None,
    keep: Iterable[int] = (),
) -> ImportSummary:
    """Import the file, or those of the folder, at a location; see `Locations.files` and `import_files`."""
    found = stores.locations.files(location, subfolders=subfolders)
    if is_folder(stores.locations.split(location)[1]):
        found, left_out = split_leftovers(found, location)
        if left_out:
            log.info("files that are no data are left out", job=job, files=left_out)
    report("fetching", 0.0)
    with ExitStack() as open_files:
        files = [(one.name, open_files.enter_context(stores.locations.local_path(one))) for one in found]
        return import_files(files, layout, table, mode, report, are_parquet=are_parquet, job=job, keep=keep)


def _trained_on(stores: Stores, dataset: Record) -> set[int]:
    """The versions of a dataset's imported rows that a solution version was trained on."""
    trained = stores.records.children(dataset.arn, "SolutionVersion")
    data = (version.get("_data", {}).get(dataset["datasetType"], {}) for version in trained)
    return {read["bulk"] for read in data if "bulk" in read}


run = driven(import_dataset)
