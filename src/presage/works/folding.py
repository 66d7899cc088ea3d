"""The folding job: what was told one by one moves from the event log into its datasets."""

import structlog

from presage.config import Config
from presage.log import Backlog
from presage.recipes.data import Report
from presage.resources.record import Record
from presage.stores import Stores, open_stores
from presage.tables.fold import DATASETS, fold

from .remembering import remember

log = structlog.get_logger()


def run(config: Config, _job: str, report: Report) -> None:
    """Fold what came since, dataset after dataset; one that cannot be folded does not keep up the others.

    What is folded stays in the log until the next fold, so that servers which follow the log miss nothing.
    """
    with open_stores(config) as stores:
        backlog = stores.log.backlog(DATASETS)
        datasets = {one["_folder"]: one for one in stores.datasets()} if backlog else {}
        for number, held in enumerate(backlog):
            report(f"folding dataset {number + 1} of {len(backlog)}", number / len(backlog))
            if held.stream in datasets:
                _fold_one(stores, datasets[held.stream], held)


def _fold_one(stores: Stores, dataset: Record, held: Backlog) -> None:
    try:
        if held.first <= held.read_through:
            stores.log.drop(held.stream, held.read_through)
        if held.last > held.read_through:
            folded = fold(stores.log, stores.table(dataset), stores.layout(dataset), held.stream)
            stores.log.mark_read(held.stream, folded)
            remember(stores, stores.records.expect(dataset["datasetGroupArn"]))
    except Exception:
        log.exception("what a dataset was told could not be folded; the log keeps it", dataset=dataset.arn)


def failed(_config: Config, _job: str, reason: str) -> None:
    """Nothing is lost: the log keeps what was not folded, and the next fold takes it."""
    log.error("folding failed", reason=reason)
