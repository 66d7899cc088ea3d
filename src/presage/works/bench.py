"""What a job works with: the records and the data of the server that queued it."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from presage.config import Config
from presage.resources.database import open_database
from presage.resources.kinds import (
    ACTIVE,
    FAILED,
    IN_PROGRESS,
    PENDING,
    PERSONALIZE,
    STOPPED,
    UNDER_WAY,
    Kind,
)
from presage.resources.store import Record, Store
from presage.tables.datasets import DatasetTable
from presage.tables.schema import DatasetSchema, parse_schema


@dataclass(frozen=True, kw_only=True)
class Bench:
    """The records, and where a dataset's rows lie."""

    config: Config
    store: Store

    def begin(self, kind: Kind, arn: str) -> Record | None:
        """The record of a job that starts or starts again; None when there is nothing left to do."""
        record = self.store.get(arn)
        if record is None or record.status not in UNDER_WAY:
            return None
        if record.status == PENDING:
            record = self.store.move(arn, IN_PROGRESS, walk=kind.walk)
        return record

    def finish(self, kind: Kind, arn: str, **changes: Any) -> None:
        """The job is done: its record is ACTIVE."""
        self.store.move(arn, ACTIVE, walk=kind.walk, **changes)

    def schema(self, dataset: Record) -> DatasetSchema:
        """The schema of a dataset."""
        return parse_schema(self.store.find(PERSONALIZE["Schema"], dataset["schemaArn"])["schema"])

    def table(self, dataset: Record) -> DatasetTable:
        """The rows of a dataset."""
        return DatasetTable(self.config.data / "tables" / dataset["_folder"])


@contextmanager
def bench(config: Config) -> Generator[Bench]:
    """Open the records for the length of a job."""
    store = Store(open_database(config.database, config.data))
    try:
        yield Bench(config=config, store=store)
    finally:
        store.close()


def fail(config: Config, kind: Kind, arn: str, reason: str) -> None:
    """Take a job's record to CREATE FAILED with the reason, unless it has ended otherwise."""
    with bench(config) as here:
        record = here.store.get(arn)
        if record is not None and record.status in UNDER_WAY:
            here.store.move(arn, FAILED, walk=kind.walk, failureReason=reason)


def stop(config: Config, kind: Kind, arn: str) -> None:
    """Take the record of a cancelled job to CREATE STOPPED, unless it has ended otherwise."""
    with bench(config) as here:
        record = here.store.get(arn)
        if record is not None and (record.status, STOPPED) in kind.walk:
            here.store.move(arn, STOPPED, walk=kind.walk)
