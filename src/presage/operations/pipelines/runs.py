"""Runs of pipelines as resources: started, described, resumed, cancelled; and what happened in them."""

from typing import Any

from msgspec import Struct, field, json

from presage.decisions.written import Written
from presage.pipelines import keeping, stored
from presage.pipelines.journal import hidden
from presage.pipelines.picture import Stand
from presage.resources.record import Record
from presage.resources.states import Motion, State

from ..kinds import GOES, Kind, Move
from ..server import Server

KIND = Kind(
    service=keeping.SERVICE,
    name=keeping.RUN,
    arn="run/{pipeline}/{name}",
    moves={
        Motion.CREATE: Move(since=frozenset({State.FAILED, State.STOPPED}), job=keeping.JOB),
        Motion.DELETE: GOES,
    },
)


class StartRun(Written, frozen=True):
    """What StartRun is told.

    Parameters
    ----------
    input : what the run is given, over the pipeline's own input
    name : its own; made up if it is empty
    """

    input: dict[str, Any] = field(default_factory=dict[str, Any])
    name: str = ""


class RunSummary(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A run in a list.

    Parameters
    ----------
    name : PIPELINE.RUN, as calls name it
    status : RUNNING, SUCCEEDED, FAILED or CANCELLED
    started_at, ended_at : seconds since 1970, UTC
    reason : where and why it failed
    """

    name: str
    run_arn: str
    status: str
    started_at: float
    ended_at: float | None = None
    reason: str = ""


class ShownState(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """How a state of a run stands; see `Stand`."""

    name: str
    status: str
    started_at: float = 0.0
    ended_at: float = 0.0
    times: int = 0
    n_running: int = 0
    retries: int = 0
    text: str = ""


class DescribedRun(RunSummary, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A run as it stands."""

    input: dict[str, Any]
    output: Any = None
    states: list[ShownState]


class ListedRuns(Struct, frozen=True, kw_only=True, rename="camel"):
    """The runs of a pipeline, newest first."""

    runs: list[RunSummary]


class ListHistory(Written, frozen=True):
    """Which part of a history: the events after a number."""

    after: int = 0


class HappenedEvent(Struct, frozen=True, kw_only=True, rename="camel"):
    """Something that happened in a run; see `Event`."""

    number: int
    at: float
    kind: str
    path: str
    state: str
    text: str


class History(Struct, frozen=True, kw_only=True, rename="camel"):
    """What happened in a run, oldest first."""

    events: list[HappenedEvent]


def start_run(server: Server, name: str, asked: StartRun, caller: str = "") -> RunSummary:
    """Start a run, which acts with the access key of who starts it."""
    pipeline = keeping.find_pipeline(server.stores, name)
    record = keeping.start_run(server.stores, pipeline, key=caller, given=asked.input, name=asked.name)
    return RunSummary(**_summary(record))


def list_runs(server: Server, name: str, _asked: None) -> ListedRuns:
    """The runs of a pipeline, newest first."""
    pipeline = keeping.find_pipeline(server.stores, name)
    found = keeping.runs_of(server.stores, pipeline.name)
    return ListedRuns(runs=[RunSummary(**_summary(record)) for record in found])


def describe_run(server: Server, name: str, _asked: None) -> DescribedRun:
    """A run as it stands, state by state."""
    record = keeping.find_run(server.stores, name)
    states = keeping.picture_of(server.stores, record).stands
    return DescribedRun(
        **_summary(record),
        input=json.decode(hidden(json.encode(record["input"]).decode())),
        output=record.get("_output"),
        states=[_shown(state, stand) for state, stand in states.items()],
    )


def list_history(server: Server, name: str, asked: ListHistory) -> History:
    """What happened in a run, a thousand events at a time."""
    record = keeping.find_run(server.stores, name)
    events = stored.history(server.stores.engine, record.arn, after=asked.after)
    return History(
        events=[
            HappenedEvent(
                number=number,
                at=event.at,
                kind=event.kind,
                path=event.path,
                state=event.state,
                text=event.text,
            )
            for number, event in events
        ]
    )


def resume_run(server: Server, name: str, _asked: None) -> RunSummary:
    """Let a run that failed or was cancelled go on at the step where it ended."""
    return RunSummary(**_summary(keeping.resume_run(server.stores, keeping.find_run(server.stores, name))))


def cancel_run(server: Server, name: str, _asked: None) -> RunSummary:
    """End a run; it may be resumed."""
    return RunSummary(**_summary(keeping.cancel_run(server.stores, keeping.find_run(server.stores, name))))


def _shown(name: str, stand: Stand) -> ShownState:
    return ShownState(
        name=name,
        status=stand.status,
        started_at=stand.started_at,
        ended_at=stand.ended_at,
        times=stand.times,
        n_running=stand.n_running,
        retries=stand.retries,
        text=stand.text,
    )


def _summary(record: Record) -> dict[str, Any]:
    return {
        "name": f"{keeping.pipeline_of(record)}.{record.name}",
        "run_arn": record.arn,
        "status": keeping.status_of(record),
        "started_at": record["_started_at"],
        "ended_at": None if record.motion else record.updated_at,
        "reason": record.get("_reason") or "",
    }
