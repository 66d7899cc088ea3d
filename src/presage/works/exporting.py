"""The export job: the rows of a dataset become a CSV file on S3."""

from collections.abc import Mapping
from typing import Any

from presage.recipes.data import Report
from presage.resources.record import Record
from presage.stores import Stores
from presage.tables.exports import export
from presage.tables.fold import fold

from .driver import driven


def export_dataset(stores: Stores, record: Record, report: Report) -> Mapping[str, Any]:
    """Write `<job name>.csv` in the folder that a DatasetExportJob names; what waits in the log is in it."""
    dataset = stores.records.expect(record["datasetArn"])
    table, layout = stores.table(dataset), stores.layout(dataset)
    target: str = record["jobOutput"]["s3DataDestination"]["path"]
    report("folding", 0.0)
    fold(stores.log, table, layout, dataset["_folder"])
    with stores.drafts(record) as drafts:
        file = drafts / f"{record.name}.csv"
        report("exporting", 0.1)
        n_rows = export(table, layout, record["ingestionMode"], file)
        report("storing", 0.8)
        stores.locations.write(target, file.name, file)
    return {"_rows": n_rows}


run = driven(export_dataset)
