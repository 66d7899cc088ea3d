"""The file that declares what an account shall hold: read, checked, written."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from botocore.validate import ParamValidator

from presage import yaml_text
from presage.errors import few, shown

from . import model
from .kinds import KINDS, PREFIXES, REFERS, Kind, kinds_of
from .values import LATEST, Ref, as_text, mapped

SERVICES = tuple(dict.fromkeys(kind.service for kind in KINDS.values()))
_PLACEHOLDER = "arn:aws:service:region:000000000000:what/is-not-there-yet"
_KINDS_BY_WORD = {
    "campaign": ("personalize", "Campaign"),
    "recommender": ("personalize", "Recommender"),
    "solution-version": ("personalize", "SolutionVersion"),
}
"""What may stand before the name of an experiment's target, as `campaign/shop`."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """A resource that the file declares.

    Parameters
    ----------
    key : its name in the file
    name : its name in the account
    members : as Create takes them, without name and tags; `Ref` where they name something else
    tags : key -> value; None = the file says nothing of tags
    """

    kind: Kind
    key: str
    name: str
    members: Mapping[str, Any]
    tags: Mapping[str, str] | None = None

    @property
    def id(self) -> tuple[str, str, str]:
        """What tells it from every other item."""
        return (*self.kind.id, self.key)

    @property
    def place(self) -> str:
        """Where the file declares it, for messages."""
        return f"{self.kind.service}.{model.section(self.kind)}.{shown(self.key)[1:-1]}"


@dataclass(kw_only=True)
class Declaration:
    """What a file declares.

    Parameters
    ----------
    services : those that the file has a part for; the others are not looked at
    """

    items: list[Item] = field(default_factory=list[Item])
    services: list[str] = field(default_factory=list[str])


def read_declaration(text: str) -> Declaration:
    """What a text declares. Raises ValueError with everything that is wrong, a line each."""
    loaded = yaml_text.load(text)
    if not isinstance(loaded, dict) or not loaded:
        raise ValueError(f"the file must be a mapping with some of: {', '.join(SERVICES)}")
    reading = _Reading()
    try:
        for service, parts in loaded.items():
            reading.read_service(service, parts)
    except RecursionError:
        raise ValueError("the file is nested too deeply, or an alias stands within what it names") from None
    if reading.faults:
        raise ValueError("\n".join(reading.faults))
    return Declaration(items=reading.items, services=[str(service) for service in loaded])


@dataclass
class _Reading:
    """What was read so far, and what is wrong with it."""

    items: list[Item] = field(default_factory=list[Item])
    faults: list[str] = field(default_factory=list[str])

    def read_service(self, service: Any, parts: Any) -> None:
        if service not in SERVICES:
            self.faults.append(_unknown(service, "", SERVICES))
            return
        kinds = {model.section(kind): kind for kind in kinds_of(service)}
        for name, entries in self._mapping(parts, service).items():
            place = f"{service}.{name}"
            if name not in kinds:
                self.faults.append(_unknown(name, service, list(kinds)))
                continue
            for key, given in self._mapping(entries, place).items():
                if not isinstance(key, str) or not key:
                    self.faults.append(f"{place}: the name {key!r} must be a text; put it in quotes")
                    continue
                self._read_item(kinds[name], key, given)

    def _mapping(self, value: Any, place: str) -> Mapping[Any, Any]:
        if value is None:
            return {}
        if isinstance(value, dict):
            return value
        self.faults.append(f"{place} is {shown(value)}; it must be a mapping of names")
        return {}

    def _read_item(self, kind: Kind, key: str, given: Any) -> None:
        place = f"{kind.service}.{model.section(kind)}.{shown(key)[1:-1]}"
        members = self._own(kind, given, place) if kind.is_own else self._of_aws(kind, given, place)
        name = members.pop(model.name_member(kind), key)
        if not isinstance(name, str):
            self.faults.append(f"{place}: its name is {shown(name)}; it must be a text")
            return
        tags = self._tags(members.pop(model.tags_member(kind), None), place)
        for member in kind.json_text:
            if isinstance(members.get(member), dict | list):
                members[member] = json.dumps(members[member])
        item = Item(kind=kind, key=key, name=name, members=members, tags=tags)
        self._check(item)
        self.items.append(item)

    def _tags(self, given: Any, place: str) -> Mapping[str, str] | None:
        if given is None:
            return None
        if isinstance(given, dict) and all(isinstance(one, str | int | float) for one in given.values()):
            return {str(key): str(as_text(value)) for key, value in given.items()}
        self.faults.append(f"{place}.tags is {shown(given)}; it must be a mapping of texts")
        return None

    def _own(self, kind: Kind, given: Any, place: str) -> dict[str, Any]:
        """Of presage's own: as they are, the outermost also with underscores; the server checks them."""
        found = {_camel(str(name)): value for name, value in self._mapping(given, place).items()}
        if kind.id == ("features", "FeatureSet") and "datasetGroup" in found:
            found["datasetGroupArn"] = found.pop("datasetGroup")
        return {name: self._own_value(kind.service, name, value) for name, value in found.items()}

    def _own_value(self, service: str, member: str, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self._own_value(service, str(name), one) for name, one in value.items()}
        if isinstance(value, list):
            return [self._own_value(service, member, one) for one in value]
        return _referred(service, member, value)

    def _of_aws(self, kind: Kind, given: Any, place: str) -> dict[str, Any]:
        shape, tags = model.created(kind), model.tags_member(kind)
        assert shape is not None
        held = dict(self._mapping(given, place))
        kept = {tags: held.pop("tags")} if tags and "tags" in held else {}
        kept |= {member: held.pop(member) for member in kind.json_text if member in held}
        kept |= {model.name_member(kind): held.pop("name")} if "name" in held else {}
        return {**self._structure(kind.service, held, shape, place), **kept}

    def _structure(self, service: str, given: Any, shape: model.Shape, place: str) -> dict[str, Any]:
        names, members = model.member_names(shape), {}
        for name, value in self._mapping(given, place).items():
            member = names.get(name)
            if member is None:
                self.faults.append(_unknown(name, place, sorted(set(names.values()))))
            elif value is not None:
                members[member] = self._value(
                    service, member, value, shape.members[member], f"{place}.{name}"
                )
        return members

    def _value(self, service: str, member: str, value: Any, shape: model.Shape, place: str) -> Any:
        if shape.type_name == "structure":
            return self._structure(service, value, shape, place)
        if shape.type_name == "list" and isinstance(value, list):
            pairs = enumerate(value)
            return [self._value(service, member, one, shape.member, f"{place}[{n}]") for n, one in pairs]
        if shape.type_name == "map" and isinstance(value, dict):
            return {
                str(as_text(name)): self._value(service, "", one, shape.value, f"{place}.{name}")
                for name, one in value.items()
            }
        value = _referred(service, member, value)
        if member == "datasetType" and isinstance(value, str):
            return value.upper().replace("-", "_")
        return as_text(value) if shape.type_name == "string" else value

    def _check(self, item: Item) -> None:
        """Hold an item against its shape in the service model: members missing, or of another type."""
        shape = model.created(item.kind)
        if shape is None:
            return
        members = mapped(item.members, lambda _: _PLACEHOLDER)
        members[model.name_member(item.kind)] = item.name
        report = ParamValidator().validate(members, shape).generate_report()
        self.faults += [f"{item.place}: {line}" for line in report.splitlines()]


def _referred(service: str, member: str, value: Any) -> Any:
    """A reference where a member names something; what begins with `arn:` is meant as it stands."""
    if not isinstance(value, str) or value.startswith("arn:"):
        return value
    if member in PREFIXES:
        return PREFIXES[member] + value
    kinds = tuple(REFERS.get(service, {}).get(member, ()))
    if not kinds:
        return value
    if value.endswith(LATEST):
        return Ref((("personalize", "Solution"),), value.removesuffix(LATEST), LATEST)
    word, _, name = value.partition("/")
    if member == "target":
        kind = _KINDS_BY_WORD.get(word)
        return Ref((kind,), name) if kind and name else Ref(kinds[:1], value)
    return Ref(kinds, value)


def _unknown(name: Any, place: str, known: Any) -> str:
    close = get_close_matches(str(name), known, 1)
    hint = f"did you mean {close[0]}?" if close else f"there are: {few(list(known))}"
    return f"{f'{place}: ' if place else ''}{shown(name)} is unknown; {hint}"


def _camel(name: str) -> str:
    return re.sub(r"_([a-z])", lambda found: found[1].upper(), name)


def write_declaration(items: list[Item]) -> str:
    """The text of a file that declares the items."""
    parts: dict[str, dict[str, dict[str, Any]]] = {}
    for item in sorted(items, key=lambda one: list(KINDS).index(one.kind.id)):
        members = _plain(item)
        if item.name != item.key:
            members = {"name": item.name, **members}
        if item.tags:
            members["tags"] = dict(item.tags)
        part = parts.setdefault(item.kind.service, {}).setdefault(model.section(item.kind), {})
        part[item.key] = members
    return yaml_text.dump(parts)


def _plain(item: Item) -> dict[str, Any]:
    """Members as the file holds them: names for references, schemas as what their text means."""
    members = {member: _named(member, value) for member, value in item.members.items()}
    for member in item.kind.json_text:
        try:
            members[member] = json.loads(members[member])
        except (KeyError, ValueError):
            continue
    return members


def _named(member: str, value: Any) -> Any:
    if isinstance(value, Ref):
        words = {kind: word for word, kind in _KINDS_BY_WORD.items()}
        before = f"{words[value.kinds[0]]}/" if member == "target" and value.kinds[0] in words else ""
        return f"{before}{value.key}{value.suffix}"
    if isinstance(value, Mapping):
        return {name: _named(name, one) for name, one in value.items()}
    if isinstance(value, list):
        return [_named(member, one) for one in value]
    return value.removeprefix(PREFIXES[member]) if member in PREFIXES and isinstance(value, str) else value
