"""What of a plan must be done before what."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .finding import ItemId
from .planning import Action, Plan, Step, prefixes
from .values import refs_in

_ROOTS = ("DatasetGroup", "Dataset", "Solution")
"""Kinds that tell what an item is about."""


@dataclass(frozen=True, eq=False)
class Task:
    """One thing to do of a step: delete what stands, or make what is declared."""

    step: Step
    deletes: bool = False


def needs_of(plan: Plan) -> dict[Task, list[Task]]:
    """Task -> the tasks that must be done before it."""
    makes = {step.item.id: Task(step) for step in plan.steps if step.item}
    gone = [
        Task(step, deletes=True)
        for step in plan.steps
        if step.action == Action.DELETE or (step.action == Action.REPLACE and not step.kind.numbered)
    ]
    needs = {**_made_before(makes), **_gone_before(gone)}
    for task in gone:
        if task.step.item:
            needs[makes[task.step.item.id]].append(task)
    return needs


def _made_before(makes: Mapping[ItemId, Task]) -> dict[Task, list[Task]]:
    """What each item names; what its kind comes after, about the same; what is before it in its line."""
    scopes = {one: _scope(one, makes) for one in makes}
    about: dict[tuple[ItemId, str], list[Task]] = defaultdict(list)
    for one, task in makes.items():
        for root in scopes[one]:
            about[root, task.step.kind.name].append(task)
    lines: dict[tuple[tuple[str, str], Any], Task] = {}
    needs: dict[Task, list[Task]] = {}
    for one, task in makes.items():
        item = task.step.item
        assert item is not None
        found = [makes[id_] for id_ in _referred(one, makes)]
        found += [other for root in scopes[one] for name in item.kind.after for other in about[root, name]]
        if item.kind.in_line:
            line = (item.kind.id, item.members[item.kind.in_line])
            found += [lines[line]] if line in lines else []
            lines[line] = task
        needs[task] = found
    return needs


def _gone_before(gone: Sequence[Task]) -> dict[Task, list[Task]]:
    """What stands and names another, or a part of it, goes before that."""
    by_arn = {task.step.stands.arn: task for task in gone if task.step.stands}
    needs: dict[Task, list[Task]] = {task: [] for task in gone}
    for task in gone:
        for arn in prefixes(task.step.stands.members if task.step.stands else {}):
            if arn in by_arn and by_arn[arn] is not task:
                needs[by_arn[arn]].append(task)
    return needs


def _referred(one: ItemId, makes: Mapping[ItemId, Task]) -> list[ItemId]:
    """The items that an item names."""
    item = makes[one].step.item
    assert item is not None
    named = [(*kind, ref.key) for ref in refs_in(item.members) for kind in ref.kinds]
    return [id_ for id_ in named if id_ in makes]


def _scope(one: ItemId, makes: Mapping[ItemId, Task]) -> set[ItemId]:
    """The dataset groups, datasets and solutions that an item is about, itself among them."""
    found, waiting = {one}, [one]
    while waiting:
        new = [id_ for id_ in _referred(waiting.pop(), makes) if id_ not in found]
        found.update(new)
        waiting += new
    return {id_ for id_ in found if id_[1] in _ROOTS}
