"""Where the flows of a run stand, and what happened in it: a journal that a run goes on from.

A flow is one pass through the states of a machine: the whole run, a branch, or what is done with one item. It
is named by its path, such as `/Fork#1.0/2`: the third branch of the state Fork, at the first step.
"""

import re
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct

_PASSWORD = re.compile(r"(://[^:/@\s\"]*):[^@/\s\"]*@")
MOST_SHOWN = 4_000
"""So many characters of an input or output does the history hold."""


class Position(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a flow stands.

    Parameters
    ----------
    state : the state that is to be done, is under way or failed; empty when the flow has ended
    data : the input of that state or, when the flow has ended, its output
    variables : what the flow has assigned
    step : counts up with each state that the flow enters
    attempt : counts up each time the state is tried again
    tries : how often each retrier of the state has had it tried again, by its number
    entered_at : when the state was entered, in seconds since 1970, UTC
    until : when a wait ends, or the next try begins; 0 = it does not wait
    begun : whether the work of the state has been begun
    error, cause : why it failed
    resumes : how often the run had been resumed when it failed
    caught : where the flow stood when its last error was caught, and that error
    """

    state: str
    data: Any
    variables: dict[str, Any] = msgspec.field(default_factory=dict[str, Any])
    step: int = 0
    attempt: int = 0
    tries: dict[int, int] = msgspec.field(default_factory=dict[int, int])
    entered_at: float = 0.0
    until: float = 0.0
    begun: bool = False
    error: str = ""
    cause: str = ""
    resumes: int = 0
    caught: "Position | None" = None

    @property
    def has_ended(self) -> bool:
        """Whether the flow has come to its end."""
        return not self.state


class Event(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that happened in a run.

    Parameters
    ----------
    at : when, in seconds since 1970, UTC
    kind : ENTERED, EXITED, RETRIED, CAUGHT or FAILED
    path : the flow's
    state : where it was
    step, attempt : as in `Position`
    text : the input of what was entered, the output of what was exited, or error and cause; cut if it is long
    """

    at: float
    kind: str
    path: str
    state: str
    step: int
    attempt: int = 0
    text: str = ""


class Journal:
    """A run's journal in memory; see `stored` for that which outlives the process."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.events: list[Event] = []
        self._positions: dict[str, Position] = {}

    def position(self, path: str) -> Position | None:
        """Where a flow stands; None if it has not begun."""
        return self._positions.get(path)

    def put(self, path: str, position: Position, *events: Event, drop: str = "") -> None:
        """Write down where a flow stands, and what happened: both or neither.

        Parameters
        ----------
        drop : what the paths of flows begin with that are over; empty = none
        """
        self._keep(path, position, drop)
        self.events += events

    def _keep(self, path: str, position: Position, drop: str) -> None:
        if drop:
            for over in [one for one in self._positions if one.startswith(drop)]:
                del self._positions[over]
        self._positions[path] = position

    def under_way(self) -> list[str]:
        """The states that are being done now, without those around them."""
        live = [
            (within(path, position), position)
            for path, position in self._positions.items()
            if position.state and not position.error
        ]
        around = {path.rpartition("/")[0] for path in self._positions}
        return [position.state for inner, position in live if inner not in around]

    def failure(self) -> Position | None:
        """Where the run failed: in the innermost flow that did.

        Where a Fail state hands on an error that was caught, that is the state whose error it was.
        """
        path, position = "", self._positions.get("")
        if position is None or not position.error:
            return None
        while True:
            caught = position.caught
            if caught and (caught.error, caught.cause) == (position.error, position.cause):
                position = caught
            inner = f"{within(path, position)}/"
            failed = [
                (one, found)
                for one, found in self._positions.items()
                if one.startswith(inner) and "/" not in one[len(inner) :] and found.error
            ]
            if not failed:
                return position
            path, position = failed[0]


def within(path: str, position: Position) -> str:
    """What the paths of the flows within a flow's state begin with, before a slash."""
    name = position.state.replace("%", "%25").replace("/", "%2F").replace("#", "%23")
    return f"{path}/{name}#{position.step}.{position.attempt}"


def hidden(text: str) -> str:
    """A text without the passwords of the URLs in it."""
    return _PASSWORD.sub(r"\1:***@", text)


def shortened(value: Any) -> str:
    """A value as the history shows it."""
    text = hidden(value if isinstance(value, str) else msgspec.json.encode(value).decode())
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}... ({len(text)} characters)"
