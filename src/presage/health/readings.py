"""What can be read of a server's health: one number each, of a metric and a subject."""

import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import structlog

from presage.resources.record import Record
from presage.resources.states import State
from presage.stores import Stores
from presage.tables.fold import DATASETS

SECONDS_PER_HOUR = 3600.0
log = structlog.get_logger()


@dataclass(frozen=True)
class Reading:
    """What a metric shows of a subject.

    Parameters
    ----------
    subject : a value for each label of the metric; empty for the whole server
    """

    metric: str
    value: float
    subject: tuple[str, ...] = ()


UNREADABLE = "unreadable"
"""The metric of parts that cannot be read."""
Read = Callable[[Stores, float], Iterable[Reading]]
"""(stores, seconds since 1970) -> what is read."""


def disk(stores: Stores, _now: float) -> Iterator[Reading]:
    """Of the disk that holds the data folder."""
    usage = shutil.disk_usage(stores.config.data)
    yield Reading("disk_free_bytes", usage.free)
    yield Reading("disk_free_share", usage.free / usage.total)


def jobs(stores: Stores, _now: float) -> Iterator[Reading]:
    """Of the job table."""
    now = time.time()  # jobs go by the machine's clock, which is not turned
    for one in stores.jobs.counted():
        yield Reading("jobs", one.n, (one.kind, one.state))
        if one.state == "WAITING":
            yield Reading("queue_age_seconds", max(0.0, now - one.first_at), (one.kind,))
        if one.state == "DONE":
            yield Reading("job_seconds", one.seconds, (one.kind,))
    for kind, n in stores.jobs.n_failed(now - SECONDS_PER_HOUR).items():
        yield Reading("jobs_failed", n, (kind,))


def resources(stores: Stores, _now: float) -> Iterator[Reading]:
    """Of all records."""
    for (service, kind, state), n in stores.records.standing().items():
        yield Reading("resources", n, (service, kind, state))


def told(stores: Stores, now: float) -> Iterator[Reading]:
    """Of the event log."""
    yield Reading("log_records", stores.log.last_place())
    waits = [
        stores.log.read(held.read_through, 1, stream=held.stream)
        for held in stores.log.backlog(DATASETS)
        if held.last > held.read_through
    ]
    oldest = min((first[0].received_at for first in waits if first), default=now)
    yield Reading("log_lag_seconds", max(0.0, now - oldest))


def models(stores: Stores, now: float) -> Iterator[Reading]:
    """Of what answers: how long ago its data were read for training."""
    versions: dict[str, Record | None] = {}
    for campaign in stores.records.of_kind("personalize", "Campaign", state=State.ACTIVE):
        arn = campaign["solutionVersionArn"]
        if arn not in versions:
            versions[arn] = stores.records.get(arn)
        yield from _age("campaign", campaign, versions[arn], now)
    for recommender in stores.records.of_kind("personalize", "Recommender", state=State.ACTIVE):
        yield from _age("recommender", recommender, recommender, now)
    groups: set[str] = set()
    for forecast in stores.records.of_kind("forecast", "Forecast", state=State.ACTIVE):  # newest first
        if forecast["DatasetGroupArn"] not in groups:
            groups.add(forecast["DatasetGroupArn"])
            yield from _age("forecast", forecast, forecast, now)


def _age(what: str, named: Record, trained: Record | None, now: float) -> Iterator[Reading]:
    if trained is not None:
        at = trained.get("_begun_at", trained.created_at)
        yield Reading("model_age_seconds", max(0.0, now - at), (f"{what}/{named.name}",))


def data(stores: Stores, now: float) -> Iterator[Reading]:
    """Of datasets of interactions and of target series: how long ago anything came in."""
    latest: dict[str, float] = {}
    for kind, service, link in _IMPORTS:
        for job in stores.records.of_kind(service, kind, state=State.ACTIVE):
            latest[job[link]] = max(latest.get(job[link], 0.0), job.updated_at)
    newest = {held.stream: held.last for held in stores.log.backlog(DATASETS)}
    series = stores.records.of_kind("forecast", "Dataset", state=State.ACTIVE)
    for dataset in (*stores.datasets(), *series):
        if dataset.get("datasetType", dataset.get("DatasetType")) not in _OF_EVENTS:
            continue
        at = latest.get(dataset.arn, 0.0)
        last = newest.get(dataset.get("_folder", ""), 0)
        for record in stores.log.read(last - 1, 1, stream=dataset["_folder"]) if last else ():
            at = max(at, record.received_at)
        if at:
            yield Reading("data_age_seconds", max(0.0, now - at), (dataset.name,))


_IMPORTS = (
    ("DatasetImportJob", "personalize", "datasetArn"),
    ("DatasetImportJob", "forecast", "DatasetArn"),
)
_OF_EVENTS = ("INTERACTIONS", "TARGET_TIME_SERIES")


def drift(stores: Stores, _now: float) -> Iterator[Reading]:
    """Of the events of dataset groups: a job has measured it."""
    for subject, value in stores.measured.of("drift").items():
        group, _, of = subject.rpartition("/")
        yield Reading("drift", value, (group, of))


def read_each(reads: Iterable[Read], stores: Stores) -> Iterator[Reading]:
    """What can be read by now; of a part that cannot be read, that it is so, and the log has why."""
    now = stores.clock()
    for read in reads:
        try:
            yield from read(stores, now)
        except Exception:
            log.exception("a part of the health cannot be read", part=read.__name__)
            yield Reading(UNREADABLE, 1.0, (read.__name__,))
