"""How every job goes: its record begins, the body does the work, the record ends as that did.

A body is one function: (stores, record, report) -> what the record's body holds from now on. It may run again
when it was killed, at whatever point; a JobFailure is final, any other error is tried again.
"""

from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any

from presage.config import Config
from presage.recipes.data import Report
from presage.resources.record import Record
from presage.resources.states import Motion, Phase
from presage.stores import Stores, open_stores

from .metering import meter

Body = Callable[[Stores, Record, Report], Mapping[str, Any]]
Run = Callable[[Config, str, Report], None]


def driven(body: Body) -> Run:
    """The job that a body does for the record with the job's id."""

    def run(config: Config, arn: str, report: Report) -> None:
        with open_stores(config) as stores:
            record = _begin(stores, arn)
            if record is not None:
                begun = monotonic()
                changes = body(stores, record, report)
                ms = round(1000 * (monotonic() - begun))
                with stores.records.writing() as records:
                    settled = records.settle(record, **changes)
                if settled is not None:
                    meter(stores, settled, changes, ms)
            stores.drop_draft(arn)

    return run


def _begin(stores: Stores, arn: str) -> Record | None:
    """The record of a job that starts or starts again; None when there is nothing left to do."""
    with stores.records.writing() as records:
        return records.step(arn, Phase.IN_PROGRESS, (Phase.PENDING, Phase.IN_PROGRESS))


def failed(config: Config, arn: str, reason: str) -> None:
    """A job will not be tried again: its record says why, unless it has ended otherwise."""
    with open_stores(config) as stores:
        with stores.records.writing() as records:
            record = records.get(arn)
            if record is not None and record.motion != Motion.NONE:
                records.settle_failed(record, reason)
        stores.drop_draft(arn)


def stopped(config: Config, arn: str) -> None:
    """A job was cancelled: what it was to make is stopped, unless it has ended otherwise."""
    with open_stores(config) as stores:
        with stores.records.writing() as records:
            record = records.get(arn)
            if record is not None and record.motion == Motion.CREATE:
                records.settle_stopped(record)
        stores.drop_draft(arn)
