"""What somebody may do with a resource by hand: the operations that there are for it, and when."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from presage.operations.kinds import Kind
from presage.resources.record import Record
from presage.resources.states import Motion, Phase, State
from presage.wire.models import OPERATIONS

from .visit import Visit

Applies = Callable[[Kind, Record], bool]


@dataclass(frozen=True, kw_only=True)
class Action:
    """Something that can be done with a resource.

    Parameters
    ----------
    key : `delete`, `stop` or `start`
    label : what its button says
    operation : which call of the resource's service does it
    member : by which that call is told the ARN; empty = it is one of presage's own, and told the name
    """

    key: str
    label: str
    operation: str
    member: str


def _is_being_made(_kind: Kind, record: Record) -> bool:
    return record.motion == Motion.CREATE and record.phase != Phase.STOPPING


def _rests_for(motion: Motion) -> Applies:
    """Whether a record rests where a motion of its kind may begin."""

    def applies(kind: Kind, record: Record) -> bool:
        return not record.motion and motion in kind.moves and record.state in kind.moves[motion].since

    return applies


def _stops_in_forecast(kind: Kind, record: Record) -> bool:
    if Motion.STOP in kind.moves:
        return _rests_for(Motion.STOP)(kind, record)
    return bool(kind.moves[Motion.CREATE].job) and _is_being_made(kind, record)


def _has_ended_badly(_kind: Kind, record: Record) -> bool:
    return not record.motion and record.state in (State.FAILED, State.STOPPED)


ANY = ""
_MOVES: Mapping[tuple[str, str], tuple[tuple[str, str, str, Applies], ...]] = {
    ("personalize", "SolutionVersion"): (
        ("stop", "Stop the training", "StopSolutionVersionCreation", _is_being_made),
    ),
    ("personalize", "Recommender"): (
        ("stop", "Stop", "StopRecommender", _rests_for(Motion.STOP)),
        ("start", "Start", "StartRecommender", _rests_for(Motion.START)),
    ),
    ("forecast", ANY): (
        ("stop", "Stop", "StopResource", _stops_in_forecast),
        ("start", "Start", "ResumeResource", _rests_for(Motion.START)),
    ),
    ("decisions", "Experiment"): (
        ("stop", "Stop: everybody gets the control", "StopExperiment", _rests_for(Motion.STOP)),
        ("start", "Start again", "StartExperiment", _rests_for(Motion.START)),
    ),
    ("pipelines", "Run"): (
        ("stop", "Cancel", "CancelRun", _is_being_made),
        ("start", "Go on where it ended", "ResumeRun", _has_ended_badly),
    ),
}
"""(service, kind) -> key, label, operation, and when it applies; without a kind for all of a service."""


def actions_of(visit: Visit, record: Record) -> list[Action]:
    """What can be done with a resource as it stands, by who asks; deleting it is the last."""
    return [one for one in every_action(visit, record) if visit.may(_right(record, one.operation))]


def every_action(visit: Visit, record: Record) -> list[Action]:
    """The same, whoever asks."""
    kind = visit.server.kind_of(record)
    moves = _MOVES.get((kind.service, kind.name)) or _MOVES.get((kind.service, ANY), ())
    listed = [*moves, ("delete", "Delete", f"Delete{kind.name}", _rests_for(Motion.DELETE))]
    return [
        Action(key=key, label=label, operation=operation, member=_member(kind, operation))
        for key, label, operation, applies in listed
        if _is_known(visit, kind, operation) and applies(kind, record)
    ]


def _member(kind: Kind, operation: str) -> str:
    if (kind.service, operation) not in OPERATIONS:
        return ""
    return "ResourceArn" if operation.endswith("Resource") else kind.key


def _is_known(visit: Visit, kind: Kind, operation: str) -> bool:
    """Whether there is such an operation; some kinds cannot be deleted."""
    return (kind.service, operation) in OPERATIONS or (kind.service, operation) in visit.console.routes


def _right(record: Record, operation: str) -> str:
    described = OPERATIONS.get((record.service, operation))
    return described.action if described else f"{record.service}:{operation}"


async def actions_for(visit: Visit, arn: str) -> list[Action]:
    """What who asks can do with what an ARN names, as it stands."""
    record = await visit.beside(lambda: visit.server.records.get(arn))
    return actions_of(visit, record) if record else []


async def act(visit: Visit, record: Record, action: Action) -> None:
    """Do it, as a caller of the API would. Raises Refused, Rejected and ServiceError, as the API does."""
    if action.member:
        await visit.call(record.service, action.operation, **{action.member: record.arn})
    else:
        await visit.ask(record.service, action.operation, own_name(record.arn))


def own_name(arn: str) -> str:
    """What presage's own calls are told in their paths: of `run/PIPELINE/NAME`, `PIPELINE.NAME`."""
    return arn.split(":", 5)[-1].partition("/")[2].replace("/", ".")
