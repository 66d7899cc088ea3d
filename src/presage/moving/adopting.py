"""An account read into what a file declares: everything but models, which are trained anew from it."""

import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from . import model
from .account import Account, Standing, label
from .declaration import Item
from .endpoints import AT_ONCE, CallError
from .kinds import KINDS, REFERS, Kind
from .report import Note, Topic, notes_of
from .values import LATEST, Ref

_WITH_DATA = "DatasetImportJob"
_NEWEST = "adopted"
"""What the one version of each solution is called that is trained anew, if it has no name."""


@dataclass(kw_only=True)
class Adopted:
    """What was read.

    Parameters
    ----------
    standing : what each item was read of, by its id
    """

    items: list[Item] = field(default_factory=list[Item])
    notes: list[Note] = field(default_factory=list[Note])
    standing: dict[tuple[str, str, str], Standing] = field(
        default_factory=dict[tuple[str, str, str], Standing]
    )


def adopt(account: Account) -> Adopted:
    """Read an account. Raises CallError if it cannot be read at all."""
    found = Adopted()
    standing: list[Standing] = []
    for kind in KINDS.values():
        if kind.name != _WITH_DATA and not (kind.is_own and account.endpoint.is_aws):
            standing += _all_of(kind, account, found.notes)
    arns: dict[str, tuple[Kind, str]] = {}
    versions: dict[str, str] = {}
    for one in standing:
        key = _key(one, {key for kind, key in arns.values() if kind == one.kind})
        arns[one.arn if not one.kind.is_own else f"{one.kind.path}/{one.name}"] = (one.kind, key)
        if one.kind.name == "SolutionVersion":
            versions[one.arn.rpartition("/")[0]] = key
    for one in standing:
        item = _Reader(one, arns, versions).item(account, found.notes)
        found.items.append(item)
        found.standing[item.id] = one
        found.notes += notes_of(item)
    return found


def _all_of(kind: Kind, account: Account, notes: list[Note]) -> list[Standing]:
    """What there is of a kind and can be had again: described; what cannot be is noted."""
    try:
        listed = account.listed(kind)
    except CallError as error:
        if not error.code:  # nobody answers
            raise
        notes.append(Note(Topic.UNREAD, f"every {kind.service} {kind.name}", str(error)))
        return []
    if kind.name == "SolutionVersion":
        listed = _newest_of_each(listed)
    with ThreadPoolExecutor(AT_ONCE) as threads:
        described = list(threads.map(lambda one: _described(account, one), listed))
    good: list[Standing] = []
    for one, told in zip(listed, described, strict=True):
        if isinstance(told, CallError):
            notes.append(Note(Topic.UNREAD, label(kind, one.name or one.arn), str(told)))
        elif told.has_failed or told.status.startswith("DELETE"):
            reason = f"it is {told.status}: {told.reason}".rstrip(": ")
            notes.append(Note(Topic.FAILED, label(kind, told.name or one.arn), reason))
        else:
            good.append(told)
    return sorted(good, key=lambda one: (one.created_at, one.name))


def _described(account: Account, one: Standing) -> Standing | CallError:
    try:
        return account.described(one.kind, one.arn)
    except CallError as error:
        return error


def _newest_of_each(versions: Sequence[Standing]) -> list[Standing]:
    """The newest version of each solution that is ACTIVE: the others would be trained on the same data."""
    newest: dict[str, Standing] = {}
    for one in sorted(versions, key=lambda one: one.created_at):
        if one.status == "ACTIVE":
            newest[one.arn.rpartition("/")[0]] = one
    return list(newest.values())


def _key(one: Standing, taken: set[str]) -> str:
    """What an item is called in the file: its name, unless another of its kind has that."""
    name = one.name
    if one.kind.name == "SolutionVersion":
        name = f"{one.arn.split('/')[-2]}-{name or _NEWEST}"
    numbers = (f"{name} ({n})" for n in range(2, len(taken) + 3))
    return next(key for key in (name, *numbers) if key not in taken)


@dataclass(frozen=True)
class _Reader:
    """Turns what stands into an item.

    Parameters
    ----------
    arns : ARN -> kind and key of what was read
    versions : ARN of a solution -> the key of its one version
    """

    stands: Standing
    arns: Mapping[str, tuple[Kind, str]]
    versions: Mapping[str, str]

    def item(self, account: Account, notes: list[Note]) -> Item:
        kind, members = self.stands.kind, dict(self.stands.members)
        for change in (_without_defaults, _trainable):
            members = change(kind, members)
        members = {
            member: self._value(member, value)
            for member, value in members.items()
            if value is not None and value not in ({}, [], "")
        }
        name = self.stands.name or (_NEWEST if kind.name == "SolutionVersion" else "")
        return Item(
            kind=kind,
            key=self._own_key(),
            name=name,
            members=members,
            tags=self._tags(account, notes) or None,
        )

    def _own_key(self) -> str:
        own = (
            self.stands.arn if not self.stands.kind.is_own else f"{self.stands.kind.path}/{self.stands.name}"
        )
        return self.arns[own][1]

    def _tags(self, account: Account, notes: list[Note]) -> dict[str, str]:
        if not model.tags_member(self.stands.kind):
            return {}
        try:
            return {
                key: value
                for key, value in account.tags(self.stands.kind, self.stands.arn).items()
                if not key.startswith("aws:")
            }
        except CallError as error:
            notes.append(
                Note(Topic.UNREAD, f"tags of the {label(self.stands.kind, self.stands.name)}", str(error))
            )
            return {}

    def _value(self, member: str, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {name: self._value(name, one) for name, one in value.items()}
        if isinstance(value, list):
            return [self._value(member, one) for one in value]
        kinds = REFERS.get(self.stands.kind.service, {}).get(member)
        if not kinds or not isinstance(value, str):
            return value
        return self._reference(member, value, tuple(kinds))

    def _reference(self, member: str, arn: str, kinds: tuple[tuple[str, str], ...]) -> Any:
        """A name for an ARN of this account, if it was read."""
        solution = arn.rpartition("/")[0]
        if member == "solutionVersionArn" and solution in self.versions:
            config = self.stands.members.get("campaignConfig") or {}
            if config.get("syncWithLatestSolutionVersion"):
                return Ref((("personalize", "Solution"),), self.arns[solution][1], LATEST)
            return Ref(kinds, self.versions[solution])
        paths = {"target": "/decisions/campaigns", "featureSet": "/features"}
        found = self.arns.get(arn) or self.arns.get(f"{paths.get(member, '')}/{arn}")
        if found is None:
            return arn
        return Ref((found[0].id,) if member == "target" else kinds, found[1])


def _without_defaults(kind: Kind, members: dict[str, Any]) -> dict[str, Any]:
    """Without what a new one must not be given."""
    if kind.is_own:
        members.pop("name", None)
    members.pop(model.name_member(kind), None)
    if kind.name == "AutoPredictor":  # it would take over what its reference has, which is not there
        members.pop("ReferencePredictorArn", None)
    if kind.name == "Predictor" and members.get("PerformAutoML"):
        members.pop("AlgorithmArn", None)  # the one that was found
    if kind.name == "Solution" and members.get("performAutoML"):
        members.pop("recipeArn", None)
    if kind.id == ("decisions", "Campaign") and members.get("label"):
        members.pop("rewardWaitSeconds", None)  # it follows from the label
    return members


def _trainable(kind: Kind, members: dict[str, Any]) -> dict[str, Any]:
    """A version that is trained for the first time is trained whole."""
    return {**members, "trainingMode": "FULL"} if kind.name == "SolutionVersion" else members


def job_name(*parts: str) -> str:
    """A name that any service takes, of parts that may hold anything."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", "-".join(parts)).strip("-_")[:63].rstrip("-_")
