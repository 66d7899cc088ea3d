"""How a run stands, state by state: out of its definition and its journal."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from .journal import Event
from .language.definition import Machine
from .language.validation import machines_of

WAITING, RUNNING, DONE, CAUGHT, FAILED = "WAITING", "RUNNING", "DONE", "CAUGHT", "FAILED"


@dataclass(frozen=True, kw_only=True)
class Stand:
    """How a state of a run stands.

    Parameters
    ----------
    status : WAITING, RUNNING, DONE, CAUGHT (it failed, and it went on elsewhere) or FAILED
    started_at, ended_at : seconds since 1970, UTC; 0 = not yet
    times : how often it was entered: in a loop, or for several items
    n_running : how many of them are under way
    retries : how often it was tried again
    text : its latest output, or why it failed
    """

    status: str = WAITING
    started_at: float = 0.0
    ended_at: float = 0.0
    times: int = 0
    n_running: int = 0
    retries: int = 0
    text: str = ""

    @property
    def seconds(self) -> float:
        """How long it took from its first beginning to its last end; 0 = it has not ended."""
        return max(0.0, self.ended_at - self.started_at) if self.ended_at else 0.0


@dataclass
class _Standing:
    """How a state stands, while events are read."""

    stand: Stand = field(default_factory=Stand)
    open: set[tuple[str, int]] = field(default_factory=set[tuple[str, int]])


def names_of(machine: Machine) -> Iterator[str]:
    """The names of all states, of those within others too, in the order of the definition."""
    for name, state in machine.states.items():
        yield name
        for inner in machines_of(state):
            yield from names_of(inner)


def stands(machine: Machine, events: Iterable[Event], *, is_over: bool) -> dict[str, Stand]:
    """How each state of a run stands, by name.

    Parameters
    ----------
    is_over : whether the run has ended: what was under way then is not any more
    """
    found = {name: _Standing() for name in names_of(machine)}
    for event in events:
        if event.state in found:
            _hear(found[event.state], event)
    shown: dict[str, Stand] = {}
    for name, standing in found.items():
        stand = replace(standing.stand, n_running=len(standing.open))
        if standing.open and is_over and stand.status == RUNNING:
            stand = replace(stand, status=WAITING, n_running=0, text="was interrupted")
        shown[name] = stand
    return shown


def _hear(standing: _Standing, event: Event) -> None:
    """Take in what happened to a state."""
    stand, visit = standing.stand, (event.path, event.step)
    if event.kind == "ENTERED":
        standing.open.add(visit)
        standing.stand = replace(
            stand,
            status=RUNNING,
            started_at=stand.started_at or event.at,
            ended_at=0.0,
            times=stand.times + 1,
        )
        return
    if event.kind == "RETRIED":
        standing.open.add(visit)
        standing.stand = replace(stand, status=RUNNING, retries=stand.retries + 1, text=event.text)
        return
    standing.open.discard(visit)
    status = {"EXITED": DONE, "CAUGHT": CAUGHT, "FAILED": FAILED}[event.kind]
    if status == DONE and standing.open:
        status = RUNNING
    ended_at = 0.0 if status == RUNNING else event.at
    standing.stand = replace(stand, status=status, ended_at=ended_at, text=event.text)


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A run, to be drawn.

    Parameters
    ----------
    name : PIPELINE.RUN
    status : RUNNING, SUCCEEDED, FAILED or CANCELLED
    reason : why it failed
    """

    name: str
    status: str
    machine: Machine
    stands: dict[str, Stand]
    started_at: float
    ended_at: float = 0.0
    reason: str = ""
