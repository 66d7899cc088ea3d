"""The drift job: how far the events that came since a training are from those that it read."""

import numpy as np
import polars as pl
import structlog

from presage.columns import EVENT_TYPE, INTERACTIONS, ITEM_ID, TIMESTAMP
from presage.config import Config
from presage.metrics.drift import N_BINS, popularity_bins, psi
from presage.recipes.data import Report
from presage.resources.record import Record
from presage.resources.states import State
from presage.stores import Stores, open_stores

from .sources import dataset_of

JOB = "drift"
LEAST = 1_000
"""Of fewer events, before or since, nothing is said."""
log = structlog.get_logger()


def run(config: Config, _job: str, report: Report) -> None:
    """Look at each dataset group with a model that answers; what is found can be read, and watched."""
    with open_stores(config) as stores:
        found: dict[str, float] = {}
        trained = trained_at(stores)
        for number, (group, at) in enumerate(trained.items()):
            report(f"looking at dataset group {number + 1} of {len(trained)}", number / len(trained))
            dataset = dataset_of(stores, group, INTERACTIONS)
            for of, value in _drift(stores, dataset, at).items() if dataset else ():
                found[f"{stores.records.expect(group).name}/{of}"] = value
        stores.measured.put("drift", found, stores.clock())


def failed(_config: Config, _job: str, reason: str) -> None:
    """The next one looks again."""
    log.error("the drift of events could not be measured", reason=reason)


def trained_at(stores: Stores) -> dict[str, float]:
    """ARN of a dataset group -> when the newest training began of a model that answers there."""
    found: dict[str, float] = {}
    for campaign in stores.records.of_kind("personalize", "Campaign", state=State.ACTIVE):
        _take(found, stores.records.get(campaign["solutionVersionArn"]))
    for recommender in stores.records.of_kind("personalize", "Recommender", state=State.ACTIVE):
        _take(found, recommender)
    return found


def _take(found: dict[str, float], trained: Record | None) -> None:
    if trained is not None:
        at = trained.get("_begun_at", trained.created_at)
        found[trained["datasetGroupArn"]] = max(at, found.get(trained["datasetGroupArn"], 0.0))


def _drift(stores: Stores, dataset: Record, at: float) -> dict[str, float]:
    layout = stores.layout(dataset)
    columns = [name for name in (ITEM_ID, EVENT_TYPE, TIMESTAMP) if name in layout.types]
    return drift(stores.table(dataset).read(layout, columns=columns), at)


def drift(events: pl.DataFrame, at: float) -> dict[str, float]:
    """What has changed -> the population stability index; empty with too few events.

    `items` bins events by the popularity of their item, and those of new items apart. The bins come from the
    first half of the events before, and what is expected from the second: what is popular by chance in one is
    not in the other, so that without any change nothing is found.

    Parameters
    ----------
    events : ITEM_ID, TIMESTAMP and, if there are types, EVENT_TYPE
    at : what is later came since
    """
    before = events.filter(pl.col(TIMESTAMP) <= at).sort(TIMESTAMP)
    since = events.filter(pl.col(TIMESTAMP) > at)
    if min(len(before), len(since)) < LEAST:
        return {}
    first, second = before[: len(before) // 2], before[len(before) // 2 :]
    known = first[ITEM_ID].value_counts()
    known = known.with_columns(pl.Series("bin", popularity_bins(known["count"].to_numpy())))
    found = {"items": psi(_binned(second, known), _binned(since, known))}
    if EVENT_TYPE in events.columns:
        kinds = events[EVENT_TYPE].unique()
        found["event types"] = psi(_by_type(before, kinds), _by_type(since, kinds))
    return found


def _binned(events: pl.DataFrame, known: pl.DataFrame) -> np.ndarray:
    """(N_BINS + 1,), events by the bin of their item; those of new items are last."""
    bins = events.select(ITEM_ID).join(known, on=ITEM_ID, how="left")["bin"].fill_null(N_BINS)
    return np.bincount(bins.to_numpy(), minlength=N_BINS + 1)


def _by_type(events: pl.DataFrame, kinds: pl.Series) -> np.ndarray:
    counted = {kind: n for kind, n in events[EVENT_TYPE].value_counts().iter_rows()}  # noqa: C416
    return np.array([counted.get(kind, 0) for kind in kinds])
