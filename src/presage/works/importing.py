"""The import job: files from S3 become rows of a dataset."""

from contextlib import ExitStack

from presage.buckets.buckets import Buckets
from presage.buckets.locations import open_locations
from presage.config import Config
from presage.recipes.data import Report
from presage.resources.kinds import PERSONALIZE
from presage.tables.imports import import_files

from .bench import bench, fail

KIND = PERSONALIZE["DatasetImportJob"]


def run(config: Config, arn: str, report: Report) -> None:
    """Read, check and store the files that a DatasetImportJob names; a bad value stores nothing."""
    with bench(config) as here, ExitStack() as open_files:
        record = here.begin(KIND, arn)
        if record is None:
            return
        dataset = here.store.find(PERSONALIZE["Dataset"], record["datasetArn"])
        locations = open_locations(config, Buckets(config.data / "buckets"))
        found = locations.files(record["dataSource"]["dataLocation"])
        report("fetching", 0.0)
        files = [(file.name, open_files.enter_context(locations.local_path(file))) for file in found]
        summary = import_files(files, here.schema(dataset), here.table(dataset), record["importMode"], report)
        here.finish(KIND, arn, _rows=summary.rows)


def failed(config: Config, arn: str, reason: str) -> None:
    """The import ends in CREATE FAILED."""
    fail(config, KIND, arn, reason)
