"""The folding job: what was told one by one moves from the event log into its dataset."""

import structlog

from presage.config import Config
from presage.recipes.data import Report
from presage.resources.kinds import PERSONALIZE
from presage.tables.events import EventLog
from presage.tables.fold import fold

from .bench import bench

log = structlog.get_logger()


SUFFIX = "#fold"
"""A dataset's ARN with this is the id of the job that folds its log."""


def run(config: Config, arn: str, report: Report) -> None:
    """Drop what an earlier fold stored, then fold what came since.

    What is folded stays in the log until the next fold, so that servers which follow the log miss nothing.
    """
    dataset_arn = arn.removesuffix(SUFFIX)
    with bench(config) as here:
        dataset = here.store.get(dataset_arn)
        if dataset is None or dataset.kind != PERSONALIZE["Dataset"].name:
            return
        schema, table = here.schema(dataset), here.table(dataset)
        events = EventLog(config.data / "events.sqlite")
        try:
            events.drop(table.version.seq, dataset_arn)
            report("folding", 0.5)
            fold(events, table, schema, dataset_arn)
        finally:
            events.close()


def failed(_config: Config, arn: str, reason: str) -> None:
    """Nothing is lost: the log keeps what was not folded, and the next fold takes it."""
    log.error("folding failed", job=arn, reason=reason)
