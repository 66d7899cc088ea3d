"""What must be done for an account to hold what a file declares: found out before anything is changed."""

import json
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from re import sub
from typing import Any

from . import model
from .account import Account, Standing, label
from .declaration import Declaration, Item
from .endpoints import AT_ONCE
from .finding import Finder, ItemId
from .kinds import KINDS, Kind, kinds_of
from .values import LATEST, Change, Ref, differences, mapped, refs_in, texts_in


class Action(StrEnum):
    """What is to be done with a resource."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    LEAVE = "leave"
    DELETE = "delete"
    UNDECLARED = "not declared"


@dataclass(frozen=True, kw_only=True)
class Step:
    """A resource, and what is to be done with it.

    Parameters
    ----------
    item : as it is declared; None = it is not
    stands : as it is there; None = it is not
    changes : what differs
    why : why it is replaced, where no member differs
    name : what it is called, or will be
    """

    kind: Kind
    action: Action
    item: Item | None = None
    stands: Standing | None = None
    changes: Sequence[Change] = ()
    why: str = ""
    name: str = ""

    @property
    def label(self) -> str:
        """The resource in plain words."""
        return label(self.kind, self.name)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All steps, those first that others need."""

    steps: Sequence[Step] = field(default_factory=list[Step])

    def of(self, *actions: Action) -> list[Step]:
        """The steps with these actions."""
        return [step for step in self.steps if step.action in actions]

    @property
    def is_done(self) -> bool:
        """Whether there is nothing to do, and nothing to wait for."""
        waits = any(step.stands and step.stands.is_moving for step in self.of(Action.LEAVE))
        return not waits and not self.of(Action.CREATE, Action.UPDATE, Action.REPLACE, Action.DELETE)


def make_plan(declared: Declaration, account: Account, *, prune: bool = False) -> Plan:
    """What to do. Raises ValueError for references to what is neither declared nor there; CallError.

    Parameters
    ----------
    prune : whether what is not declared is to be deleted
    """
    order = list(KINDS)
    items = sorted(declared.items, key=lambda item: order.index(item.kind.id))
    finder = Finder({item.id: item for item in items}, account)
    finder.find_all()
    planner = _Planner(finder)
    for item in items:
        planner.steps[item.id] = planner.step(item)
    action = Action.DELETE if prune else Action.UNDECLARED
    others = [
        Step(kind=one.kind, action=action, stands=one, name=one.name)
        for one in _undeclared(finder, declared.services, prune=prune)
    ]
    return Plan(steps=[*planner.steps.values(), *others])


def _undeclared(finder: Finder, services: Sequence[str], *, prune: bool) -> list[Standing]:
    """What is there of the services that the file has a part for, can be deleted, and is not declared."""
    kept = {one.arn for one in finder.stands.values() if one}
    kinds = [kind for service in services for kind in kinds_of(service) if not kind.numbered]
    found = [one for kind in kinds for one in finder.listed(kind) if one.arn not in kept]
    if not prune:
        return found
    with ThreadPoolExecutor(AT_ONCE) as threads:  # what each names tells what must go before what
        return list(threads.map(lambda one: finder.account.described(one.kind, one.arn), found))


class _Planner:
    def __init__(self, finder: Finder) -> None:
        self.finder = finder
        self.steps: dict[ItemId, Step] = {}
        self.gone: dict[str, str] = {}
        """The ARN of what is deleted, to be made anew -> what it is."""

    def step(self, item: Item) -> Step:
        stands = self.finder.stands[item.id]
        if stands is None or self._goes_with_its_parent(item):
            name = item.name if stands else self.finder.free_name(item)
            return Step(kind=item.kind, action=Action.CREATE, item=item, name=name)
        changes = self._changes(item, stands)
        why = self._why_anew(item, stands)
        if why or any(not updated_by(item.kind, change) for change in changes):
            action, name = Action.REPLACE, self.finder.free_name(item)
            if not item.kind.numbered:
                self.gone[stands.arn] = label(item.kind, name)
        else:
            action, name = (Action.UPDATE if changes else Action.LEAVE), stands.name or item.name
        return Step(
            kind=item.kind, action=action, item=item, stands=stands, changes=changes, why=why, name=name
        )

    def _goes_with_its_parent(self, item: Item) -> bool:
        """Whether an item cannot be deleted, but is when what it belongs to is replaced."""
        parent = item.members[item.kind.within] if item.kind.numbered and item.kind.within else ""
        return parent != "" and self.finder.arn_of(parent) in self.gone

    def _changes(self, item: Item, stands: Standing) -> list[Change]:
        """What differs, of what the service tells."""
        kind = item.kind
        told = stands.members.keys() if kind.is_own else model.told_members(kind) | stands.members.keys()
        declared = {m: v for m, v in item.members.items() if m in told or kind.is_own}
        wanted = mapped(declared, lambda ref: self._compared(ref, stands))
        changes = differences(
            _comparable(kind, wanted), _comparable(kind, stands.members), completed=kind.completed
        )
        return [*changes, *_of_texts(item, stands, changes), *self._tag_changes(item, stands)]

    def _tag_changes(self, item: Item, stands: Standing) -> list[Change]:
        if item.tags is None or item.kind.is_own:  # those of presage's own stay as they were made
            return []
        held = self.finder.account.tags(item.kind, stands.arn)
        gone = [key for key in held if key not in item.tags and not key.startswith("aws:")]
        return [
            *differences(dict(item.tags), held, "tags"),
            *(Change(f"tags.{key}", held[key], None) for key in gone),
        ]

    def _compared(self, ref: Ref, stands: Standing) -> str:
        """What a reference is compared as: an ARN, or the name of what is not there yet."""
        arn, item = self.finder.arn_of(ref), self.finder.declared(ref)
        step = self.steps.get(item.id) if item else None
        if arn is None or (step is not None and step.action in (Action.CREATE, Action.REPLACE)):
            return f"{ref.key}{ref.suffix} (new)"
        if ref.suffix == LATEST:  # what is told is the version that it means now
            now = str(stands.members.get("solutionVersionArn", ""))
            return now if now.startswith(arn.removesuffix(LATEST) + "/") else arn
        return arn

    def _why_anew(self, item: Item, stands: Standing) -> str:
        """Why a resource must be made anew though its members may be as declared; empty = it need not."""
        if stands.has_failed:
            return f"it is {stands.status}: {stands.reason}"
        if stands.status.startswith("DELETE"):
            return f"it is {stands.status}"
        for arn in prefixes(stands.members):
            if arn in self.gone:
                return f"the {self.gone[arn]}, which it uses, is replaced"
        for ref in refs_in(item.members) if item.kind.numbered else ():
            other = self.finder.declared(ref)
            used = self.finder.stands.get(other.id) if other else None
            if used and used.created_at > stands.created_at:
                return f"the {label(used.kind, used.name)} was made since"
        return ""


def prefixes(told: Any) -> Generator[str]:
    """Every ARN that is told, and what it is a part of, as `.../solution/s/1a2b` is of `.../solution/s`."""
    for text in texts_in(told):
        if text.startswith("arn:"):
            parts = text.split("/")
            yield from ("/".join(parts[:n]) for n in range(len(parts), 0, -1))


def _comparable(kind: Kind, members: Mapping[str, Any]) -> dict[str, Any]:
    """Members as they are compared: JSON texts as what they mean, metrics by their names."""
    held = dict(members)
    for member in kind.json_text:
        held[member] = _meaning(held.get(member))
    if "metrics" in held:
        held["metrics"] = sorted(held["metrics"], key=lambda metric: metric["metricName"])
    return held


def _of_texts(item: Item, stands: Standing, found: Sequence[Change]) -> list[Change]:
    """JSON texts that mean more than is declared: they are declared whole."""
    differ = [
        Change(member, stands.members.get(member), item.members[member])
        for member in item.kind.json_text
        if member in item.members and _meaning(item.members[member]) != _meaning(stands.members.get(member))
    ]
    told = {change.path.split(".")[0] for change in found}
    return [change for change in differ if change.path not in told]


def _meaning(text: Any) -> Any:
    """What a JSON text means; the text itself if it is none."""
    try:
        return json.loads(text)
    except (TypeError, ValueError):
        return text


def updated_by(kind: Kind, change: Change) -> str:
    """The path in an update's request that makes a change; empty = no update can."""
    path = sub(r"\[[0-9]+\]", "[]", change.path)
    if path.startswith("tags."):
        return "tags"
    matches = (to for at, to in kind.updates.items() if path == at or path.startswith((f"{at}.", f"{at}[")))
    return next(matches, "")
