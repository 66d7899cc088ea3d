"""Runs a state machine: from state to state, with retries and catchers; each step is in the journal first.

Whatever was interrupted goes on where the journal says: what has ended is not done again.
"""

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec

from .journal import Event, Journal, Position, shortened, within
from .language.data import Data, data_of, language_of
from .language.definition import JSONPATH, AnyState, Fail, Machine, Retrier
from .language.faults import DATA_LIMIT, MOST_BYTES, RUNTIME, TIMEOUT, StateError
from .language.paths import Scope
from .tasks import Work
from .visits import visit

MOST_STEPS = 100_000
"""So many states may a flow enter: one that goes round without end stops."""
POLL_SECONDS = 1.0
"""A wait looks at the clock so often at least: clocks are set."""


@dataclass(frozen=True, kw_only=True)
class Flow:
    """One pass through the states of a machine.

    Parameters
    ----------
    path : its name in the journal
    language : the query language that its states inherit
    outer : the variables of the flows around it, which it sees and cannot assign
    context : what the context object holds besides, such as `Map`
    """

    machine: Machine
    path: str = ""
    language: str = JSONPATH
    outer: Mapping[str, Any] = field(default_factory=dict[str, Any])
    context: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, kw_only=True)
class Visit:
    """A flow at one of its states.

    Parameters
    ----------
    scope : what its expressions see; the data are its effective input
    raw : its input as it came
    """

    flow: Flow
    name: str
    state: AnyState
    position: Position
    scope: Scope
    raw: Any

    @property
    def language(self) -> str:
        """Its query language."""
        return language_of(self.state, self.flow.language)

    @property
    def data(self) -> Data:
        """How data goes in its language."""
        return data_of(self.language)

    @property
    def path(self) -> str:
        """What the paths of the flows within it begin with, and its work is named by."""
        return within(self.flow.path, self.position)


@dataclass(frozen=True, kw_only=True)
class Interpreter:
    """Runs the flows of one run.

    Parameters
    ----------
    work : does the tasks
    execution : what `$$.Execution` and `$$.StateMachine` hold
    resumes : how often the run was resumed after it had ended
    """

    journal: Journal
    work: Work
    execution: Mapping[str, Any] = field(default_factory=dict[str, Any])
    resumes: int = 0

    @property
    def clock(self) -> Callable[[], float]:
        """Seconds since 1970, UTC."""
        return self.journal.clock

    async def run(self, machine: Machine, data: Any, *, started_at: float, **variables: Any) -> Any:
        """The output of a whole machine. Raises StateError.

        Parameters
        ----------
        started_at : its time limit counts from here
        """
        flow = Flow(machine=machine, language=language_of(machine, JSONPATH), outer=variables)
        if not isinstance(machine.timeout_seconds, int):
            return await self.follow(flow, data)
        try:
            async with asyncio.timeout(max(0.0, started_at + machine.timeout_seconds - self.clock())):
                return await self.follow(flow, data)
        except TimeoutError:
            text = f"the run took longer than its TimeoutSeconds, {machine.timeout_seconds}"
            raise StateError(TIMEOUT, text) from None

    async def follow(self, flow: Flow, data: Any) -> Any:
        """The output of a flow; it goes on from where it stood. Raises StateError."""
        position = self.journal.position(flow.path)
        if position is None:
            position = self._enter(flow, flow.machine.start_at, Position(state="", data=data), data)
        elif position.error:
            position = self._resumed(flow, position)
        while not position.has_ended:
            await asyncio.sleep(0)  # let others have their turn, and time limits
            if position.step > MOST_STEPS:
                raise StateError(RUNTIME, f"it went through {MOST_STEPS} states, more than a run may")
            position = await self._step(flow, position)
        return position.data

    def _resumed(self, flow: Flow, position: Position) -> Position:
        """A flow that failed, at the state that did, to be done anew.

        From a Fail state that a catcher led to, it goes back to the state whose error was caught. Raises
        StateError if the run has not been resumed since.
        """
        if position.resumes == self.resumes:
            raise StateError(position.error, position.cause)
        if position.caught and isinstance(flow.machine.states[position.state], Fail):
            caught = position.caught
            return msgspec.structs.replace(caught, error="", cause="", begun=False, tries={}, until=0.0)
        return msgspec.structs.replace(position, error="", cause="", begun=False, tries={}, until=0.0)

    def _enter(self, flow: Flow, name: str, before: Position, data: Any, **changes: Any) -> Position:
        """A flow at its next state; the journal has it."""
        position = Position(
            state=name,
            data=data,
            variables=changes.pop("variables", before.variables),
            step=before.step + 1,
            entered_at=self.clock(),
            caught=changes.pop("caught", before.caught),
        )
        entered = self._event(flow, position, "ENTERED", data)
        self.journal.put(flow.path, position, *changes.pop("events", ()), entered, **changes)
        return position

    async def _step(self, flow: Flow, position: Position) -> Position:
        """Do the state at which a flow stands; where it stands then. Raises StateError."""
        visited = self._visit(flow, position)
        try:
            if position.until:
                await self.until(position.until)
            done = await visit(self, visited)
            self._check_size(done.output, visited.name)
        except StateError as error:
            return await self._failed(visited, error)
        variables = {**position.variables, **done.assigned}
        exited, over = self._event(flow, position, "EXITED", done.output), visited.path + "/"
        if done.next is None:
            ended = Position(state="", data=done.output, variables=variables, step=position.step)
            self.journal.put(flow.path, ended, exited, drop=over)
            return ended
        return self._enter(
            flow, done.next, position, done.output, variables=variables, events=(exited,), drop=over
        )

    def _visit(self, flow: Flow, position: Position) -> Visit:
        state = flow.machine.states[position.state]
        entered = datetime.fromtimestamp(position.entered_at, UTC).isoformat(timespec="milliseconds")
        here = {
            "EnteredTime": entered.replace("+00:00", "Z"),
            "Name": position.state,
            "RetryCount": sum(position.tries.values()),
        }
        scope = Scope(
            data=position.data,
            context={**self.execution, **flow.context, "State": here},
            variables={**flow.outer, **position.variables},
            states={"input": position.data},
        )
        return Visit(
            flow=flow,
            name=position.state,
            state=state,
            position=position,
            scope=scope,
            raw=position.data,
        )

    async def _failed(self, visited: Visit, error: StateError) -> Position:
        """Where a flow stands after its state failed: at it again, or at a catcher's. Raises StateError."""
        state, flow, position = visited.state, visited.flow, visited.position
        for number, retrier in enumerate(getattr(state, "retry", ())):
            if error.matches(retrier.error_equals):
                if position.tries.get(number, 0) < retrier.max_attempts:
                    return self._again(visited, number, retrier, error)
                break
        for catcher in getattr(state, "catch", ()):
            if error.matches(catcher.error_equals):
                scope = visited.scope.of(error.output, errorOutput=error.output)
                output = visited.data.caught(catcher, visited.raw, error.output, scope)
                assigned = visited.data.assigned(catcher.assign, scope)
                return self._enter(
                    flow,
                    catcher.next,
                    position,
                    output,
                    variables={**position.variables, **assigned},
                    caught=msgspec.structs.replace(
                        position, caught=None, error=error.error, cause=error.cause
                    ),
                    events=(self._event(flow, position, "CAUGHT", str(error)),),
                )
        failed = msgspec.structs.replace(position, error=error.error, cause=error.cause, resumes=self.resumes)
        self.journal.put(flow.path, failed, self._event(flow, position, "FAILED", str(error)))
        raise error

    def _again(self, visited: Visit, number: int, retrier: Retrier, error: StateError) -> Position:
        """A flow whose state is tried again after a while."""
        position, tried = visited.position, visited.position.tries.get(number, 0)
        next_try = msgspec.structs.replace(
            position,
            tries={**position.tries, number: tried + 1},
            attempt=position.attempt + 1,
            until=self.clock() + delay_seconds(retrier, tried),
            begun=error.is_uncertain,
        )
        retried = self._event(visited.flow, next_try, "RETRIED", str(error))
        self.journal.put(visited.flow.path, next_try, retried, drop=visited.path + "/")
        return next_try

    def begin(self, visited: Visit, **changes: Any) -> None:
        """Write down that the work of a state is begun."""
        self.journal.put(visited.flow.path, msgspec.structs.replace(visited.position, begun=True, **changes))

    async def until(self, at: float) -> None:
        """Wait until the clock shows a time."""
        while (left := at - self.clock()) > 0:
            await asyncio.sleep(min(left, POLL_SECONDS))

    def inner(self, visited: Visit, machine: Machine, number: int, **context: Any) -> Flow:
        """A flow within a state."""
        return Flow(
            machine=machine,
            path=f"{visited.path}/{number}",
            language=language_of(machine, visited.flow.language),
            outer=visited.scope.variables,
            context={**visited.flow.context, **context},
        )

    def _event(self, flow: Flow, position: Position, kind: str, value: Any) -> Event:
        return Event(
            at=self.clock(),
            kind=kind,
            path=flow.path,
            state=position.state,
            step=position.step,
            attempt=position.attempt,
            text=shortened(value),
        )

    @staticmethod
    def _check_size(output: Any, name: str) -> None:
        size = len(msgspec.json.encode(output))
        if size > MOST_BYTES:
            text = f"the output of {name} has {size} bytes; it may have {MOST_BYTES}: hand on a place in S3"
            raise StateError(DATA_LIMIT, text)


def delay_seconds(retrier: Retrier, tried: int) -> float:
    """How long a state waits before it is tried again.

    Parameters
    ----------
    tried : how often this retrier has had it tried again before
    """
    delay = retrier.interval_seconds * retrier.backoff_rate**tried
    if isinstance(retrier.max_delay_seconds, int):
        delay = min(delay, retrier.max_delay_seconds)
    return random.uniform(0.0, delay) if retrier.jitter_strategy == "FULL" else delay  # noqa: S311
