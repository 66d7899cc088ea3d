"""What each type of state does, once: its output, and which state is next."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from datetime import UTC
from typing import TYPE_CHECKING, Any

from presage.errors import shown

from .language import choices, expressions
from .language.definition import (
    JSONATA,
    Choice,
    Fail,
    Machine,
    Map,
    Parallel,
    Pass,
    Succeed,
    Task,
    Wait,
    given,
)
from .language.faults import (
    HEARTBEAT_TIMEOUT,
    NO_CHOICE,
    QUERY,
    RUNTIME,
    TIMEOUT,
    TOLERATED,
    StateError,
)
from .language.paths import Scope
from .tasks import Call

if TYPE_CHECKING:
    from .interpreter import Interpreter, Visit

MOST_AT_ONCE = 40
"""Items of a Map that are done at once if it does not say, or says 0."""
LONGEST_WAIT_SECONDS = 99_999_999


@dataclass(frozen=True, kw_only=True)
class Done:
    """How a state ended.

    Parameters
    ----------
    next : the state to go on with; None = the flow ends
    assigned : the variables that it gave values
    """

    output: Any
    next: str | None = None
    assigned: dict[str, Any] = field(default_factory=dict[str, Any])


async def visit(run: "Interpreter", visited: "Visit") -> Done:
    """Do a state. Raises StateError."""
    state = visited.state
    if isinstance(state, Fail):
        error, cause = (visited.data.text(state, field, visited.scope) for field in ("error", "cause"))
        raise StateError(error or "", cause or "")
    effective = visited.data.effective(state, visited.scope)
    seen = replace(visited, scope=visited.scope.of(effective))
    match state:
        case Choice():
            return _choose(seen, state)
        case Succeed():
            return Done(output=seen.data.output(state, effective, effective, seen.scope))
        case Wait():
            await _wait(run, seen, state)
            return _going(seen, seen.data.assigned(state.assign, seen.scope), effective, effective)
        case Pass():
            result = state.result if given(state.result) else seen.data.arguments(state, seen.scope)
            return _ended(seen, result)
        case Task():
            result = await _task(run, seen, state)
        case Parallel():
            result = await _parallel(run, seen, state)
        case Map():
            result = await _map(run, seen, state)
    return _ended(seen, seen.data.selected(state, result, seen.scope))


def _ended(visited: "Visit", result: Any) -> Done:
    """How a state ended that has a result."""
    scope = visited.scope.of(result, result=result)
    state: Any = visited.state
    assigned = visited.data.assigned(state.assign, scope)
    return _going(replace(visited, scope=scope), assigned, visited.raw, result)


def _going(visited: "Visit", assigned: dict[str, Any], raw: Any, result: Any) -> Done:
    """How a state ended that another may follow."""
    state: Any = visited.state
    output = visited.data.output(state, raw, result, visited.scope)
    return Done(output=output, next=state.next if given(state.next) else None, assigned=assigned)


def _choose(visited: "Visit", state: Choice) -> Done:
    """Go where the first rule that holds says, or else to the default."""
    scope = visited.scope
    for rule in state.choices:
        if _holds(visited, rule):
            output = expressions.filled(rule["Output"], scope) if "Output" in rule else None
            if "Output" not in rule:
                output = visited.data.output(state, scope.data, scope.data, scope)
            assigned = visited.data.filled(rule.get("Assign", {}), scope)
            return Done(output=output, next=rule["Next"], assigned=assigned)
    if not isinstance(state.default, str):
        text = f"no rule of {visited.name} holds for {shown(scope.data)}, and it has no Default"
        raise StateError(NO_CHOICE, text)
    output = visited.data.output(state, scope.data, scope.data, scope)
    return Done(output=output, next=state.default, assigned=visited.data.assigned(state.assign, scope))


def _holds(visited: "Visit", rule: dict[str, Any]) -> bool:
    if visited.language != JSONATA:
        return choices.holds(rule, visited.scope)
    found = expressions.filled(rule["Condition"], visited.scope)
    if not isinstance(found, bool):
        text = f"the condition {shown(rule['Condition'])} gives {shown(found)}; it must be true or false"
        raise StateError(QUERY, text)
    return found


async def _wait(run: "Interpreter", visited: "Visit", state: Wait) -> None:
    """Wait; whoever goes on with it later waits until the same time."""
    until = visited.position.until
    if not until:
        until = _wait_until(run, visited, state)
        run.begin(visited, until=until)
    await run.until(until)


def _wait_until(run: "Interpreter", visited: "Visit", state: Wait) -> float:
    if given(state.seconds) or given(state.seconds_path):
        seconds = visited.data.number(state, "seconds", visited.scope)
        return run.clock() + min(seconds or 0, LONGEST_WAIT_SECONDS)
    text = visited.data.text(state, "timestamp", visited.scope)
    at = choices.instant(text)
    if at is None:
        raise StateError(RUNTIME, f"the time is {shown(text)}; it must be such as 2026-01-31T06:00:00Z")
    return at.astimezone(UTC).timestamp()


async def _task(run: "Interpreter", visited: "Visit", state: Task) -> Any:
    """The result of a task, within its time."""
    arguments = visited.data.arguments(state, visited.scope)
    seconds = visited.data.number(state, "timeout_seconds", visited.scope)
    beats = visited.data.number(state, "heartbeat_seconds", visited.scope)
    run.begin(visited)
    loop = asyncio.get_running_loop()
    beat_at = [loop.time()]

    def tell(_text: str) -> None:
        beat_at[0] = loop.time()

    call = Call(
        resource=state.resource,
        arguments=arguments,
        name=visited.path,
        again=visited.position.begun,
        tell=tell,
    )
    working = asyncio.ensure_future(run.work(call))
    try:
        async with asyncio.timeout(seconds):
            if beats:
                await _while_it_beats(working, beat_at, beats)
            return await working
    except TimeoutError:
        raise StateError(TIMEOUT, f"the task {visited.name} took longer than {seconds} seconds") from None
    finally:
        working.cancel()


async def _while_it_beats(working: "asyncio.Future[Any]", beat_at: list[float], seconds: float) -> None:
    """Wait for a task; raises StateError if it gives no sign of life for too long."""
    loop = asyncio.get_running_loop()
    while not working.done():
        left = beat_at[0] + seconds - loop.time()
        if left <= 0:
            raise StateError(HEARTBEAT_TIMEOUT, f"the task gave no sign of life for {seconds} seconds")
        await asyncio.wait([working], timeout=left)


async def _parallel(run: "Interpreter", visited: "Visit", state: Parallel) -> Any:
    """The outputs of all branches: an array, or an object if they have names."""
    data = visited.data.arguments(state, visited.scope)
    run.begin(visited)
    branches = state.branches
    ended = {branch.name: asyncio.Event() for branch in branches if isinstance(branch.name, str)}
    outputs: dict[str, Any] = {}

    async def follow(number: int) -> Any:
        branch = branches[number]
        for need in branch.needs:
            await ended[need].wait()
        flow = run.inner(visited, branch, number)
        if not isinstance(branch.name, str):
            return await run.follow(flow, data)
        steps = {need: outputs[need] for need in _ancestors(branch.name, branches)}
        outputs[branch.name] = await run.follow(replace(flow, outer={**flow.outer, "steps": steps}), data)
        ended[branch.name].set()
        return outputs[branch.name]

    found = await _all(follow, len(branches), at_once=len(branches))
    return {name: outputs[name] for name in ended} if len(ended) == len(branches) else found


def _ancestors(name: str, branches: list[Machine]) -> list[str]:
    """What a branch needs, and what that needs, in the order of the branches."""
    needs = {branch.name: branch.needs for branch in branches}
    found, waiting = set[str](), [name]
    while waiting:
        new = set(needs[waiting.pop()]) - found
        found |= new
        waiting += new
    return [str(branch.name) for branch in branches if branch.name in found]


async def _map(run: "Interpreter", visited: "Visit", state: Map) -> list[Any]:
    """The outputs for all items."""
    data, scope = visited.data, visited.scope
    items = data.items(state, scope)
    if isinstance(items, dict) and visited.language == JSONATA:
        items = [{"Key": key, "Value": value} for key, value in items.items()]
    if not isinstance(items, list):
        raise StateError(RUNTIME, f"what {visited.name} goes over is {shown(items)}; it must be an array")
    at_once = data.number(state, "max_concurrency", scope) or MOST_AT_ONCE
    tolerance = _tolerance(visited, state, len(items))
    run.begin(visited)
    failures: list[StateError] = []

    async def follow(number: int) -> Any:
        item = {"Index": number, "Value": items[number]}
        flow = run.inner(visited, state.machine, number, Map={"Item": item})
        if isinstance(state.machine.name, str):
            flow = replace(flow, outer={**flow.outer, state.machine.name: items[number]})
        within = replace(scope, context={**scope.context, "Map": {"Item": item}})
        try:
            return await run.follow(flow, _item_input(visited, state, items[number], within))
        except StateError as error:
            if tolerance is None:
                raise
            failures.append(error)
            if len(failures) > tolerance:
                text = f"{len(failures)} of {len(items)} items failed, the last by {error}"
                raise StateError(TOLERATED, text) from None
            return error.output

    return await _all(follow, len(items), at_once=max(1, int(at_once)))


def _item_input(visited: "Visit", state: Map, item: Any, scope: Scope) -> Any:
    for field_name in ("item_selector", "parameters"):
        template = getattr(state, field_name)
        if given(template):
            return visited.data.filled(template, scope)
    return item


def _tolerance(visited: "Visit", state: Map, n_items: int) -> float | None:
    """How many items may fail; None if the state does not say: then each one fails it."""
    count = visited.data.number(state, "tolerated_failure_count", visited.scope)
    percentage = visited.data.number(state, "tolerated_failure_percentage", visited.scope)
    allowed = [*([count] if count is not None else [])]
    allowed += [percentage / 100 * n_items] if percentage is not None else []
    return min(allowed) if allowed else None


async def _all(follow: Callable[[int], Coroutine[Any, Any, Any]], n: int, *, at_once: int) -> list[Any]:
    """What each of n gives, some at once; the first failure ends the others, and is raised."""
    turns = asyncio.Semaphore(at_once)

    async def one(number: int) -> Any:
        async with turns:
            return await follow(number)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(number)) for number in range(n)]
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return [task.result() for task in tasks]
