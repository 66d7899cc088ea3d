"""What is read of pipelines and deliveries."""

from collections.abc import Iterator

from presage.deliveries import history
from presage.resources.record import Record
from presage.resources.states import Motion, State
from presage.stores import Stores

from .readings import Reading

MOST_RUNS, MOST_PERIODS = 50, 500


def pipelines(stores: Stores, now: float) -> Iterator[Reading]:
    """Of each pipeline: how long ago a run came to its end, if it has a schedule; whether the last failed."""
    for pipeline in stores.records.of_kind("pipelines", "Pipeline"):
        runs = stores.records.of_kind("pipelines", "Run", parent=pipeline.arn, limit=MOST_RUNS)
        ended = [run for run in runs if run.motion == Motion.NONE]
        well = [run.updated_at for run in ended if run.state == State.ACTIVE]
        if runs and pipeline.get("schedule"):
            since = max(well) if well else min(run.created_at for run in runs)
            yield Reading("pipeline_age_seconds", max(0.0, now - since), (pipeline.name,))
        if ended:
            yield Reading("pipeline_failed", float(_failed(ended[0])), (pipeline.name,))


def _failed(run: Record) -> bool:
    return run.state == State.FAILED


def deliveries(stores: Stores, _now: float) -> Iterator[Reading]:
    """Of each delivery: messages by how they stand, and the part of its last period that failed."""
    latest: dict[str, tuple[str, int, int]] = {}
    counted: dict[tuple[str, str], int] = {}
    for sent in history(stores.engine, most=MOST_PERIODS):  # the latest first
        for state, n in sent.states.items():
            counted[sent.delivery, str(state)] = counted.get((sent.delivery, str(state)), 0) + n
        period, failed, n_all = latest.get(sent.delivery, (sent.period, 0, 0))
        if period == sent.period:
            of_period = sum(sent.states.values())
            n_failed = sum(n for state, n in sent.states.items() if str(state) == "FAILED")
            latest[sent.delivery] = period, failed + n_failed, n_all + of_period
    for (delivery, state), n in counted.items():
        yield Reading("messages", n, (delivery, state))
    for delivery, (_, failed, n_all) in latest.items():
        if n_all:
            yield Reading("undelivered_share", failed / n_all, (delivery,))
