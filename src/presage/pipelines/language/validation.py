"""Reads a definition and checks all that can be known before it runs; every fault names its place."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import msgspec
from msgspec import UNSET

from presage.errors import shown
from presage.wording import in_words

from . import choices, expressions, templates
from .data import language_of
from .definition import (
    JSONATA,
    JSONPATH,
    AnyState,
    Choice,
    Fail,
    Machine,
    Map,
    Parallel,
    Succeed,
    Task,
    Wait,
    given,
)
from .fields import (
    Faults,
    assigned_by,
    error_faults,
    expression_faults,
    faults_of,
    field_faults,
    language_faults,
    pascal,
)

LONGEST_NAME = 80
MOST_STATES = 1_000
CheckTask = Callable[[str, Any], None]
"""Raises ValueError if nothing does what a resource names, or not with the members of these arguments."""


class InvalidDefinition(ValueError):
    """A definition that cannot be run; a line for each fault."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = list(faults)
        super().__init__("\n".join(self.faults))


def read_machine(definition: Mapping[str, Any], check_task: CheckTask) -> Machine:
    """The state machine that a definition describes. Raises InvalidDefinition, with every fault."""
    try:
        machine = msgspec.convert(definition, Machine)
    except msgspec.ValidationError as error:
        raise InvalidDefinition([in_words(str(error), definition)]) from None
    faults = list(_machine_faults(machine, JSONPATH, "", check_task, frozenset()))
    names = [name for name, _ in _states(machine)]
    faults += [
        f"two states are called {shown(name)}" for name in sorted({n for n in names if names.count(n) > 1})
    ]
    if len(names) > MOST_STATES:
        faults.append(f"there are {len(names)} states; there may be {MOST_STATES}")
    if faults:
        raise InvalidDefinition(faults)
    return machine


def machines_of(state: AnyState) -> list[Machine]:
    """The machines within a state."""
    if isinstance(state, Parallel):
        return state.branches
    return [state.machine] if isinstance(state, Map) and given(state.machine) else []


def _states(machine: Machine) -> Iterator[tuple[str, AnyState]]:
    """All states, of the machines within too."""
    for name, state in machine.states.items():
        yield name, state
        for inner in machines_of(state):
            yield from _states(inner)


def _machine_faults(
    machine: Machine, inherited: str, where: str, check_task: CheckTask, outer: frozenset[str]
) -> Faults:
    """The faults of a machine.

    Parameters
    ----------
    where : what the places of its faults begin with
    outer : the variables that the machines around it assign
    """
    language = language_of(machine, inherited)
    if language not in (JSONPATH, JSONATA):
        yield f"{where}QueryLanguage is {shown(language)}; it must be JSONPath or JSONata"
        return
    if machine.version != "1.0":
        yield f"{where}Version is {shown(machine.version)}; it must be 1.0"
    if machine.start_at not in machine.states:
        yield f"{where}StartAt is {shown(machine.start_at)}; the states are: {', '.join(machine.states)}"
    own = frozenset(name for state in machine.states.values() for name in assigned_by(state))
    for name in sorted(own & outer):
        yield f"{where}the variable {name} is assigned in here, but belongs to the states around"
    for name, state in machine.states.items():
        place = f"{where}{name}: "
        if len(name) > LONGEST_NAME:
            yield f"{place}the name has {len(name)} characters; it may have {LONGEST_NAME}"
        yield from (f"{place}{fault}" for fault in _state_faults(state, language, machine, check_task))
        for number, inner in enumerate(machines_of(state)):
            within = (
                f"{place}branch {inner.name if given(inner.name) else number}: "
                if isinstance(state, Parallel)
                else place
            )
            yield from _machine_faults(inner, language_of(state, language), within, check_task, outer | own)
    unreachable = set(machine.states) - _reachable(machine)
    yield from (f"{where}{name}: no state leads here" for name in machine.states if name in unreachable)


def targets_of(state: AnyState) -> Iterator[tuple[str, bool]]:
    """The states that may follow, and whether an error leads there."""
    if isinstance(state, Choice):
        yield from ((rule["Next"], False) for rule in state.choices if isinstance(rule.get("Next"), str))
    for target in (getattr(state, "next", UNSET), getattr(state, "default", UNSET)):
        if isinstance(target, str):
            yield target, False
    yield from ((catcher.next, True) for catcher in getattr(state, "catch", ()))


def _reachable(machine: Machine) -> set[str]:
    found, waiting = set[str](), [machine.start_at]
    while waiting:
        name = waiting.pop()
        if name in machine.states and name not in found:
            found.add(name)
            waiting += [target for target, _ in targets_of(machine.states[name])]
    return found


def _state_faults(state: AnyState, inherited: str, machine: Machine, check_task: CheckTask) -> Faults:
    language = language_of(state, inherited)
    if language not in (JSONPATH, JSONATA) or (inherited == JSONATA and language == JSONPATH):
        yield f"QueryLanguage is {shown(language)}; where {inherited} is around it, it must be JSONata"
        return
    yield from _flow_faults(state, machine)
    yield from language_faults(state, language)
    yield from field_faults(state, language)
    yield from error_faults(state, language)
    match state:
        case Task():
            arguments = state.arguments if language == JSONATA else state.parameters
            yield from faults_of("Resource", check_task, state.resource, arguments)
        case Choice():
            yield from _choice_faults(state, language)
        case Wait():
            yield from _wait_faults(state)
        case Map():
            yield from _map_faults(state)
        case Parallel():
            yield from _branch_faults(state)
        case _:
            pass


def _wait_faults(state: Wait) -> Faults:
    ways = ("seconds", "seconds_path", "timestamp", "timestamp_path")
    if sum(given(getattr(state, way)) for way in ways) != 1:
        yield "it must have exactly one of Seconds, SecondsPath, Timestamp, TimestampPath"
    text = state.timestamp
    is_fixed = isinstance(text, str) and not expressions.is_expression(text)
    if is_fixed and choices.instant(text) is None:
        yield f"Timestamp is {shown(text)}; it must be such as 2026-01-31T06:00:00Z"


def _flow_faults(state: AnyState, machine: Machine) -> Faults:
    for target, _ in targets_of(state):
        if target not in machine.states:
            yield f"it leads to {shown(target)}, which is no state beside it"
    if isinstance(state, Choice | Succeed | Fail):
        return
    if given(state.next) is state.end:
        yield "it must have either Next, or End: true"


def _choice_faults(state: Choice, language: str) -> Faults:
    if not state.choices:
        yield "Choices is empty; it must hold at least one rule"
    for rule in state.choices:
        if not isinstance(rule.get("Assign", {}), dict):
            yield f"Assign is {shown(rule['Assign'])}; it must be an object"
        elif not isinstance(rule.get("Next"), str):
            yield f"the rule {shown(rule)} lacks Next"
        elif language == JSONPATH:
            yield from faults_of("Choices", choices.check_rule, rule, ("Next", "Assign"))
            yield from faults_of("Choices", templates.check_template, rule.get("Assign", {}))
        elif not set(rule) <= {"Condition", "Next", "Assign", "Output", "Comment"} or "Condition" not in rule:
            yield f"the rule {shown(rule)} must have Condition and Next, and may have Assign, Output, Comment"
        else:
            yield from expression_faults("Choices", "", rule)


def _map_faults(state: Map) -> Faults:
    if not given(state.item_processor) and not given(state.iterator):
        yield "it lacks ItemProcessor"
    for name in ("item_reader", "item_batcher", "result_writer"):
        if given(getattr(state, name)):
            yield f"{pascal(name)} is not supported; read the items in a state before, and go over the array"


def _branch_faults(state: Parallel) -> Faults:
    if not state.branches:
        yield "Branches is empty; it must hold at least one"
    names = [branch.name for branch in state.branches if isinstance(branch.name, str)]
    if len(set(names)) < len(names):
        yield "two branches have one name"
    for branch in state.branches:
        for need in branch.needs:
            if need not in names or not isinstance(branch.name, str):
                yield f"the branch {shown(branch.name)} needs {shown(need)}, which is no branch beside it"
    if not any(need not in names for branch in state.branches for need in branch.needs):
        yield from _circle_faults({str(branch.name): branch.needs for branch in state.branches})


def _circle_faults(needs: Mapping[str, list[str]]) -> Faults:
    left = dict(needs)
    while ready := [name for name, needed in left.items() if not set(needed) & set(left)]:
        for name in ready:
            del left[name]
    if left:
        yield f"these need each other in a circle: {', '.join(sorted(left))}"
