"""What a server does by itself: take up what was left, fold what was told, train what is due."""

from collections.abc import Callable, Mapping

from presage.health.usage import ANSWERS, HOUR
from presage.resources.record import Record
from presage.tables.fold import DATASETS

from . import walks
from .decisions import labelling, planning
from .personalize import auto_training, metric_attributions, retention, retraining
from .pipelines import pipelines
from .server import Server

FOLD = "fold"
WHEN_DUE: Mapping[str, Callable[[Server, Record], None]] = {
    "Solution": auto_training.look_at,
    "Recommender": retraining.look_at,
    "MetricAttribution": metric_attributions.look_at,
    "Pipeline": pipelines.look_at,
}
"""Kind of what may be due -> what is done then."""


def keep_up(server: Server) -> None:
    """Every minute: what waits without anybody working on it is taken up, what is old is let go."""
    walks.take_up(server)
    store_answers(server)
    if server.stores.log.backlog(DATASETS):  # decisions may be many, and are not read for it
        server.stores.jobs.submit_again(FOLD, FOLD)
    retention.clean_up(server)
    labelling.settle_labels(server)
    planning.plan_budgets(server)


def begin_due(server: Server) -> None:
    """Every few seconds: what is due begins, once, however many servers look."""
    for record in server.records.due(server.clock()):
        with walks.kept_apart("what is due could not begin; it is tried again", record):
            WHEN_DUE[record.kind](server, record)


def store_answers(server: Server) -> None:
    """Store how many answers were given since the last time."""
    given = {arn: server.answers.pop(arn) for arn in list(server.answers)}
    if given:
        server.stores.displays.add(given, server.clock())
        server.stores.counts.add(ANSWERS, given, at=server.clock(), slot_seconds=HOUR)
