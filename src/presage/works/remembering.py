"""The remembering job: the memory that serving has of a dataset group takes up what was imported or told."""

import structlog

from presage.config import Config
from presage.recipes.data import Report
from presage.resources.record import Record
from presage.serving.memory import build_snapshot, wants_snapshot
from presage.serving.source import Source
from presage.stores import Stores, open_stores

from .sources import source_of

KIND, SUFFIX = "remember", "#memory"
"""A group's ARN with the suffix is the id of the job that keeps its memory up to date."""
log = structlog.get_logger()


def ask_to_remember(stores: Stores, group_arn: str) -> None:
    """Let a group's memory be brought up to date in the background."""
    stores.jobs.submit_again(KIND, group_arn + SUFFIX)


def run(config: Config, job: str, report: Report) -> None:
    """Bring a group's memory up to date, if it lags behind."""
    with open_stores(config) as stores:
        group = stores.records.get(job.removesuffix(SUFFIX))
        if group is not None:
            report("remembering", 0.0)
            remember(stores, group)


def remember(stores: Stores, group: Record) -> None:
    """Build a group's memory anew, if it lags behind its datasets."""
    _build(stores, group, [source for source in source_of(stores, group).all() if wants_snapshot(source)])


def build_memory(stores: Stores, group: Record) -> None:
    """Put what a group's datasets hold now into its memory."""
    _build(stores, group, source_of(stores, group).all())


def _build(stores: Stores, group: Record, sources: list[Source]) -> None:
    for source in sources:
        build_snapshot(source)
    if sources:
        stores.keep_memory(group)


def failed(_config: Config, job: str, reason: str) -> None:
    """The memory on disk stays as it was; what came since is read from the datasets."""
    log.error("a group's memory could not be brought up to date", job=job, reason=reason)
