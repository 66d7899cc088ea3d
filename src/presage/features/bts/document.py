"""Documents as typed objects: what a YAML file says, checked, with every expression still as text."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import yaml

from presage.errors import shown

from .errors import DocumentError, Fault, TransformError
from .rules import ACTIVITY, BLOCK, IDENTITY, STREAMING, VARIABLE, WINDOW, WINDOW_AGGREGATE, WINDOW_TYPES
from .validation import Part, faults_of

MOST_BYTES = 1_000_000
_MOST_NODES = 100_000
_MOST_DEPTH = 50
_BRACKETS_REACH = "INVALID_PYTHON_IDENTIFIER"
"""A field of such a name runs: `aggregate['its name']` reaches it."""

AggregateKind = Literal["identity", "block", "activity", "variable", "window"]
_KINDS: dict[str, AggregateKind] = {
    IDENTITY: "identity",
    BLOCK: "block",
    ACTIVITY: "activity",
    VARIABLE: "variable",
    WINDOW_AGGREGATE: "window",
}


@dataclass(frozen=True)
class Field:
    """A field or dimension: expressions as text, "" for none."""

    name: str
    type: str
    value: str
    when: str


@dataclass(frozen=True)
class Aggregate:
    """An aggregate of either kind of document.

    Parameters
    ----------
    fields : the user's fields in the order of the document; without the dimensions
    inactive_seconds : of an Activity, the longest gap within a block
    window_type, window_value, source : of a Window, which blocks it takes, and of which aggregate
    """

    name: str
    path: str
    kind: AggregateKind
    when: str
    store: str
    fields: tuple[Field, ...]
    dimensions: tuple[Field, ...] = ()
    inactive_seconds: float = 0
    window_type: str = ""
    window_value: float = 0
    source: str = ""


@dataclass(frozen=True)
class Import:
    """One entry of `Import`."""

    module: str
    identifiers: tuple[str, ...]


@dataclass(frozen=True)
class Streaming:
    """A streaming BTS: how events become records."""

    name: str
    identity: str
    time: str
    when: str
    imports: tuple[Import, ...]
    stores: tuple[str, ...]
    aggregates: tuple[Aggregate, ...]


@dataclass(frozen=True)
class Window:
    """A window BTS: how records become rows."""

    name: str
    when: str
    imports: tuple[Import, ...]
    condition: str
    most_per_day: int | None
    aggregates: tuple[Aggregate, ...]


def load(text: str) -> Any:
    """What a YAML text holds, by plain types; raises TransformError if it is none, or too large."""
    if len(text) > MOST_BYTES:
        raise TransformError(f"a document has at most {MOST_BYTES:,} characters, and this has {len(text):,}")
    try:
        loaded = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:
        raise TransformError(f"this is no YAML: {error}") from None
    except RecursionError:
        raise TransformError("this YAML is nested too deeply") from None
    _check_size(loaded)
    return loaded


def _check_size(loaded: Any) -> None:
    waiting, n_nodes = [(loaded, 0)], 0
    while waiting:
        node, depth = waiting.pop()
        n_nodes += 1
        if n_nodes > _MOST_NODES or depth > _MOST_DEPTH:
            raise TransformError(
                f"a document has at most {_MOST_NODES:,} values (aliases written out), {_MOST_DEPTH} deep"
            )
        children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        waiting.extend((child, depth + 1) for child in children)


def parse_streaming(loaded: Any, *, compat: bool = False) -> Streaming:
    """The streaming BTS that was loaded.

    Parameters
    ----------
    compat : run a document with faults as Blurr does, as far as it can be run

    Raises DocumentError with all its faults.
    """
    return _Parsing(loaded, compat=compat).streaming()


def parse_window(loaded: Any, *, compat: bool = False) -> Window:
    """The window BTS that was loaded; see `parse_streaming`."""
    return _Parsing(loaded, compat=compat).window()


class _Parsing:
    def __init__(self, loaded: Any, *, compat: bool) -> None:
        faults = faults_of(loaded)
        if faults and not (compat and isinstance(loaded, dict)):
            faults = [fault for fault in faults if not _is_harmless(fault)]
            if faults:
                raise DocumentError(faults)
        self._root: Part = loaded
        self._compat = compat
        self._name = str(self._root.get("Name", ""))

    def streaming(self) -> Streaming:
        root = self._root
        self._expect(STREAMING, "Streaming")
        return Streaming(
            name=self._name,
            identity=self._needed(self._name, root, "Identity"),
            time=self._needed(self._name, root, "Time"),
            when=_expression(root, "When"),
            imports=self._imports(),
            stores=tuple(str(one.get("Name")) for one in self._listed(self._name, root, "Stores")),
            aggregates=tuple(self._aggregates(("identity", "block", "activity", "variable"))),
        )

    def window(self) -> Window:
        root = self._root
        self._expect(WINDOW, "Window")
        anchor = root.get("Anchor")
        if not isinstance(anchor, dict):
            raise _fault("RequiredAttributeError", self._name, "Anchor", "it is missing")
        most = anchor.get("Max")
        return Window(
            name=self._name,
            when=_expression(root, "When"),
            imports=self._imports(),
            condition=self._needed(f"{self._name}.anchor", anchor, "Condition"),
            most_per_day=int(self._number(f"{self._name}.anchor", anchor, "Max")) if most else None,
            aggregates=tuple(self._aggregates(("window", "variable"))),
        )

    def _expect(self, type_: str, spelled: str) -> None:
        if str(self._root.get("Type")).lower() != type_:
            message = f"{shown(self._root.get('Type'))} stands where Blurr:Transform:{spelled} is needed"
            raise _fault("InvalidTypeError", self._name, "Type", message)

    def _imports(self) -> tuple[Import, ...]:
        entries = self._listed(self._name, self._root, "Import")
        return tuple(
            Import(
                self._needed(f"{self._name}.import", one, "Module"),
                tuple(map(str, one.get("Identifiers") or [])),
            )
            for one in entries
        )

    def _listed(self, path: str, part: Part, attribute: str) -> list[Part]:
        value = part.get(attribute) or []
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            raise _fault("InvalidValueError", path, attribute, "it is a list of mappings")
        return value

    def _aggregates(self, kinds: tuple[AggregateKind, ...]) -> Iterator[Aggregate]:
        """The aggregates; of two with one name the last, in the place of the first."""
        found: dict[str, Aggregate] = {}
        for part in self._listed(self._name, self._root, "Aggregates"):
            aggregate = self._aggregate(part)
            if aggregate.kind not in kinds:
                message = f"{shown(part.get('Type'))} cannot stand in this document; {', '.join(kinds)} can"
                raise _fault("InvalidTypeError", aggregate.path, "Type", message)
            found[aggregate.name] = aggregate
        return iter(found.values())

    def _aggregate(self, part: Part) -> Aggregate:
        path = f"{self._name}.{self._needed(self._name, part, 'Name')}"
        kind = _KINDS.get(str(part.get("Type")).lower())
        if kind is None:
            raise _fault("InvalidTypeError", path, "Type", f"{shown(part.get('Type'))} cannot be run")
        fields, dimensions = self._fields(path, part)
        aggregate = Aggregate(
            name=str(part["Name"]),
            path=path,
            kind=kind,
            when=_expression(part, "When"),
            store=str(part.get("Store") or ""),
            fields=fields,
            dimensions=dimensions if kind in ("identity", "block") else (),
        )
        if kind == "activity":
            seconds = self._number(path, part, "SeparateByInactiveSeconds")
            return replace(aggregate, inactive_seconds=seconds)
        return self._with_window(aggregate, part) if kind == "window" else aggregate

    def _with_window(self, aggregate: Aggregate, part: Part) -> Aggregate:
        type_ = self._needed(aggregate.path, part, "WindowType").lower()
        if type_ not in WINDOW_TYPES and not self._compat:
            message = f"{shown(type_)} is none of {', '.join(WINDOW_TYPES)}"
            raise _fault("InvalidValueError", aggregate.path, "WindowType", message)
        value = self._number(aggregate.path, part, "WindowValue")
        source = self._needed(aggregate.path, part, "Source")
        return replace(aggregate, window_type=type_, window_value=value, source=source)

    def _fields(self, path: str, part: Part) -> tuple[tuple[Field, ...], tuple[Field, ...]]:
        """Fields, and dimensions; what has one name has the definition that stands last."""
        order = [attribute for attribute in part if attribute in ("Fields", "Dimensions")]
        found: dict[str, dict[str, Field]] = {"Fields": {}, "Dimensions": {}}
        last: dict[str, Field] = {}
        for attribute in order:
            for one in self._listed(path, part, attribute):
                field = self._field(path, one)
                found[attribute][field.name] = last[field.name] = field
        return tuple(last[name] for name in found["Fields"]), tuple(
            last[name] for name in found["Dimensions"]
        )

    def _field(self, above: str, part: Part) -> Field:
        path = f"{above}.{self._needed(above, part, 'Name')}"
        type_ = self._needed(path, part, "Type").lower()
        value = self._needed(path, part, "Value")
        return Field(str(part["Name"]), type_, value, _expression(part, "When"))

    def _needed(self, path: str, part: Part, attribute: str) -> str:
        value = part.get(attribute)
        if not value:
            raise _fault("RequiredAttributeError", path, attribute, f"it is {value!r}, which is no value")
        return str(value)

    def _number(self, path: str, part: Part, attribute: str) -> float:
        value = part.get(attribute)
        try:
            number = float(value)  # pyright: ignore[reportArgumentType]
        except (TypeError, ValueError):
            number = 0.0
        if not number or number != number or abs(number) > 1e9:  # noqa: PLR0124, NaN
            raise _fault("InvalidNumberError", path, attribute, f"{value!r:.100} is not a number, or it is 0")
        return number


def _expression(part: Part, attribute: str) -> str:
    """An expression's text; "" where nothing, or something falsy, is given."""
    value = part.get(attribute)
    return str(value) if value else ""


def _is_harmless(fault: Fault) -> bool:
    return fault.reason == _BRACKETS_REACH and fault.path.count(".") > 1


def _fault(error: str, path: str, attribute: str, message: str) -> DocumentError:
    return DocumentError([Fault(error, path, attribute, message)])
