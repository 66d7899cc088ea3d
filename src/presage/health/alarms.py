"""Alarms as data: what is watched, by what bound, for how long, and who is told."""

from collections import Counter
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from presage import yaml_text
from presage.decisions.written import Label, Name, Number, Written
from presage.errors import few, shown
from presage.files import text_of

from .metrics import METRICS

HOUR, DAY = 3600.0, 86_400.0
ONCALL = "oncall"
"""The channel of alarms that name none, if the configuration has it."""
Length = Annotated[float, Meta(ge=0, le=366 * DAY)]


class Alarm(Written, frozen=True):
    """What is watched, and who is told.

    Parameters
    ----------
    metric : a name of `METRICS`
    subject : a pattern in which `*` stands for anything; each subject that it fits is watched by itself
    above, below : the bound, one of the two; beyond it the alarm fires
    for_seconds : so long it must be beyond before it fires, and within again before that ends
    window_seconds, quantile : of requests: over so much of the past, and for latency which quantile
    channels : names of the configuration; None = `oncall`, if there is one
    help : what to do about it, for whoever is told
    """

    name: Name
    metric: Label
    subject: Label = "*"
    above: Number | None = None
    below: Number | None = None
    for_seconds: Length = 0.0
    window_seconds: Annotated[float, Meta(ge=60, le=DAY)] = 300.0
    quantile: Annotated[float, Meta(gt=0, lt=1)] = 0.99
    channels: list[Label] | None = None
    is_on: bool = True
    help: Annotated[str, Meta(max_length=2000)] = ""

    @property
    def bound(self) -> float:
        """The bound."""
        return self.above if self.above is not None else self.below or 0.0

    def is_beyond(self, value: float) -> bool:
        """Whether a value is beyond the bound."""
        return value > self.bound if self.above is not None else value < self.bound

    def watches(self, metric: str, subject: str) -> bool:
        """Whether it watches a subject of a metric."""
        return metric == self.metric and fnmatchcase(subject, self.subject)


class AlarmFile(Written, frozen=True):
    """The file of alarms.

    Parameters
    ----------
    defaults : whether the built-in alarms hold too, but for those that are written anew
    """

    alarms: list[Alarm]
    defaults: bool = True


DEFAULTS = (
    Alarm(
        name="latency",
        metric="latency_seconds",
        subject="*:Get*",
        above=1.0,
        for_seconds=60,
        help="See which operation it is; `presage jobs` shows what else the machine does.",
    ),
    Alarm(
        name="errors",
        metric="error_share",
        above=0.01,
        for_seconds=60,
        help="The server's log has the trace of each error under its request id.",
    ),
    Alarm(
        name="model-stale",
        metric="model_age_seconds",
        above=8 * DAY,
        help="Train a new version, or see why the schedule or the pipeline did not.",
    ),
    Alarm(
        name="data-stale",
        metric="data_age_seconds",
        above=2 * DAY,
        help="See whether events are told (PutEvents) and imports run.",
    ),
    Alarm(
        name="unreadable",
        metric="unreadable",
        above=0,
        for_seconds=60,
        help="A part of the health cannot be read, and its alarms stay as they are: the log says why.",
    ),
    Alarm(
        name="drift",
        metric="drift",
        above=0.25,
        help="What comes now is not what the model learned from: train a new version.",
    ),
    Alarm(
        name="pipeline-stale",
        metric="pipeline_age_seconds",
        above=2 * DAY,
        help="See whether its schedule starts runs, and what they wait for: `presage pipeline list`.",
    ),
    Alarm(
        name="pipeline-failed",
        metric="pipeline_failed",
        above=0,
        help="`presage pipeline show` names the step; `presage pipeline resume` goes on from there.",
    ),
    Alarm(
        name="undelivered",
        metric="undelivered_share",
        above=0.05,
        help="`presage deliveries` shows why messages failed.",
    ),
    Alarm(
        name="budget-ahead",
        metric="budget_ahead_share",
        above=0.1,
        for_seconds=600,
        help="More comes than was planned, or offers cost more: change the budget, its plan or the offers.",
    ),
    Alarm(
        name="log-lag",
        metric="log_lag_seconds",
        above=HOUR,
        help="Events wait for a worker to fold them: see whether one runs.",
    ),
    Alarm(
        name="queue",
        metric="queue_age_seconds",
        above=2 * HOUR,
        help="Jobs wait for a worker: see whether one runs, or start more.",
    ),
    Alarm(
        name="jobs-failed",
        metric="jobs_failed",
        above=0,
        help="`presage jobs` shows why; the record that waited for the job says it too.",
    ),
    Alarm(
        name="disk",
        metric="disk_free_share",
        below=0.1,
        for_seconds=300,
        help="Free some space: old solution versions (keep_versions), exports, other data.",
    ),
)
"""Alarms that hold without anybody asking."""


def checked(alarm: Alarm) -> Alarm:
    """An alarm that can be evaluated. Raises ValueError that says what is wrong."""
    known = sorted(name for name, metric in METRICS.items() if metric.is_watched)
    if alarm.metric not in known:
        raise ValueError(
            f"the alarm {alarm.name!r} watches {shown(alarm.metric)}; there are: {', '.join(known)}"
        )
    if (alarm.above is None) == (alarm.below is None):
        raise ValueError(f"the alarm {alarm.name!r} needs one bound: above or below")
    return alarm


@cache
def read_alarms(path: Path) -> AlarmFile:
    """The alarms of a YAML or JSON file, which is read once.

    Raises ValueError that names the file and what is wrong in it.
    """
    try:
        found = msgspec.convert(yaml_text.load(text_of(path)), AlarmFile)
        for alarm in found.alarms:
            checked(alarm)
        twice = [name for name, n in Counter(one.name for one in found.alarms).items() if n > 1]
        if twice:
            raise ValueError(f"two alarms are called {few(twice)}")
    except OSError as error:
        raise ValueError(f"the file of alarms {path} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    return found


Origin = Literal["built in", "file", "made"]


def effective(
    file: AlarmFile | None, made: Mapping[str, Mapping[str, Any]]
) -> dict[str, tuple[Alarm, Origin]]:
    """The alarms that hold, by name: those made by calls win over the file's, and these over the built-in.

    Parameters
    ----------
    made : bodies of alarms by name
    """
    built_in: Iterable[Alarm] = DEFAULTS if file is None or file.defaults else ()
    found: dict[str, tuple[Alarm, Origin]] = {one.name: (one, "built in") for one in built_in}
    found |= {one.name: (one, "file") for one in (file.alarms if file else ())}
    found |= {name: (msgspec.convert(dict(body), Alarm), "made") for name, body in made.items()}
    return dict(sorted(found.items()))


def channels_of(alarm: Alarm, known: Mapping[str, str]) -> list[str]:
    """Who is told, by name of a channel."""
    if alarm.channels is not None:
        return list(alarm.channels)
    return [ONCALL] if ONCALL in known else []
