"""The aggregates of a streaming BTS: how each takes in an event, and when it saves a record."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from .document import Aggregate, Field
from .errors import FATAL, DocumentError, ExpressionError, Fault, TransformError
from .expressions import Scope
from .keys import Key
from .operations import Operations
from .records import Map, Record, Set
from .values import TYPES, FieldType, Types, in_utc, restored_record

Evaluate = Callable[[], Any]
_KEYED = (Map, Set)
_OF_THE_EVENT = ("source", "time", "identity")


@dataclass(slots=True)
class Slot:
    """What an aggregate holds of an identity between two events.

    Parameters
    ----------
    values : the values of its fields now
    key : under which they will be saved; None while no event was evaluated
    loaded : the key under which the store holds an earlier form of them
    n_events : so many events were evaluated since the state began
    """

    values: Record
    key: Key | None = None
    loaded: Key | None = None
    n_events: int = 0


@dataclass(slots=True)
class State:
    """All that is known of an identity: saved records in the order of their first save, and open ones.

    Parameters
    ----------
    stored : the records that were left; those still open stand in `slots`
    newest : of each Activity, the stored block that starts last
    """

    identity: str
    slots: dict[str, Slot]
    stored: dict[Key, Record] = field(default_factory=dict[Key, Record])
    newest: dict[str, Key] = field(default_factory=dict[str, Key])


@dataclass(frozen=True, slots=True)
class _Step:
    """A field ready to be evaluated."""

    name: str
    path: str
    type: FieldType
    value: Evaluate


def compiled(scope: Scope, path: str, attribute: str, text: str, *, compat: bool) -> Evaluate | None:
    """What evaluates an optional expression; None where there is none.

    With `compat` one that is no expression counts as none, if it is a `When`.
    """
    if not text:
        return None
    try:
        return scope.compile(text)
    except ExpressionError as error:
        if compat and attribute == "When" and _is_no_python(text):
            return None
        raise DocumentError([Fault("InvalidExpressionError", path, attribute, str(error))]) from None


def _is_no_python(text: str) -> bool:
    try:
        compile(text.strip(), "<expression>", "eval")
    except (SyntaxError, ValueError):
        return True
    return False


def truth(evaluate: Evaluate, path: str) -> bool:
    """Whether a condition holds; one that fails does not. Raises TransformError if the run must stop."""
    try:
        return bool(evaluate())
    except FATAL as error:
        raise stop(path, error) from None
    except Exception:
        return False


def stop(path: str, error: Exception) -> TransformError:
    """What stops a run: where, and why."""
    return TransformError(f"{path}: {error}")


class FieldSet:
    """The fields of an aggregate, ready to be evaluated in order."""

    def __init__(self, aggregate: Aggregate, fields: Iterable[Field], scope: Scope, *, compat: bool) -> None:
        steps = [self._step(one, aggregate.path, scope, compat=compat) for one in fields]
        self._steps = [(step.name, step.type.kind, step.value, step) for step in steps]

    @staticmethod
    def _step(one: Field, above: str, scope: Scope, *, compat: bool) -> _Step:
        path = f"{above}.{one.name}"
        if one.type not in TYPES:
            raise DocumentError(
                [Fault("InvalidTypeError", path, "Type", f"{one.type!r} is no type of a field")]
            )
        compiled(scope, path, "Value", one.value, compat=False)
        has_when = compiled(scope, path, "When", one.when, compat=compat) is not None
        return _Step(one.name, path, TYPES[one.type], scope.compile(one.value, one.when if has_when else ""))

    def evaluate(self, values: Record, operations: Operations) -> int:
        """Set the fields whose expressions give a value; how many were set."""
        n_set = 0
        for name, kind, value_of, step in self._steps:
            try:
                value = value_of()
                if value is None:
                    continue
                if not isinstance(value, kind):
                    value = step.type.cast(
                        operations.hashed(value) if kind in _KEYED else operations.paid(value)
                    )
            except FATAL as error:
                raise stop(step.path, error) from None
            except Exception:  # noqa: S112, the field keeps its value, as Blurr has it
                continue
            values[name] = in_utc(value) if type(value) is datetime else value
            n_set += 1
        return n_set


class Kept:
    """An aggregate that keeps values between events, and saves them at the end if it has a store."""

    is_timed = False

    def __init__(self, aggregate: Aggregate, scope: Scope, operations: Operations, *, compat: bool) -> None:
        self.aggregate, self.name, self._compat = aggregate, aggregate.name, compat
        self._scope, self._operations = scope.values, operations
        self._when = compiled(scope, aggregate.path, "When", aggregate.when, compat=compat)
        self._when_path = f"{aggregate.path}: When"
        self._fields = FieldSet(aggregate, self._evaluated(scope), scope, compat=compat)
        fields = {one.name: one.type for one in (*aggregate.fields, *aggregate.dimensions)}
        times = {"_start_time": "datetime", "_end_time": "datetime"} if self.is_timed else {}
        self.types: Types = {
            name: TYPES[kind] for name, kind in ({"_identity": "string"} | times | fields).items()
        }

    def _evaluated(self, scope: Scope) -> Iterable[Field]:
        """The fields that are evaluated in order once an event counts."""
        del scope
        return self.aggregate.fields

    def fresh(self) -> Record:
        """The values before any event."""
        return Record((name, type_.default()) for name, type_ in self.types.items())

    def _is_wanted(self) -> bool:
        return self._when is None or truth(self._when, self._when_path)

    def step(self, state: State, time: datetime) -> None:
        """Take in an event."""
        if self._is_wanted():
            self._evaluate(state, state.slots[self.name], time)

    def _evaluate(self, state: State, slot: Slot, time: datetime) -> None:
        slot.n_events += 1
        values = slot.values
        values["_identity"] = state.identity
        if self.is_timed:
            start, end = values["_start_time"], values["_end_time"]
            values["_start_time"] = time if start is None or time < start else start
            values["_end_time"] = time if end is None or time > end else end
        self._fields.evaluate(values, self._operations)

    def _put(self, slot: Slot, values: Record) -> None:
        """Let these be the values now."""
        slot.values = self._scope[self.name] = values

    def save(self, state: State, key: Key, values: Record) -> None:
        """Store a record."""
        state.stored[key] = values

    def finish(self, state: State, records: dict[Key, Record]) -> None:
        """Add what is still open to the records."""
        if self.aggregate.store:
            records[Key(self.name)] = state.slots[self.name].values


class _Keyed(Kept):
    """Identity and Block: one record for each combination of the values of the dimensions.

    Dimensions are evaluated before the fields, for the key, and again after them. Where they depend on the
    event alone the second time would give the same, and is spared.
    """

    _is_settled = False

    def __init__(self, aggregate: Aggregate, scope: Scope, operations: Operations, *, compat: bool) -> None:
        super().__init__(aggregate, scope, operations, compat=compat)
        self._dimensions = FieldSet(aggregate, aggregate.dimensions, scope, compat=compat)
        self._names = [one.name for one in aggregate.dimensions]

    def _evaluated(self, scope: Scope) -> Iterable[Field]:
        fields, dimensions = self.aggregate.fields, self.aggregate.dimensions
        names = {one.name for one in fields}
        texts = [text for one in dimensions for text in (one.value, one.when) if text]
        is_own = not any(one.name in names for one in dimensions)
        self._is_settled = is_own and all(scope.looks_only_at(text, _OF_THE_EVENT) for text in texts)
        if self._is_settled:
            return fields
        return (*fields, *(one for one in dimensions if one.name not in names))

    def step(self, state: State, time: datetime) -> None:
        """Take in an event: save and change the record first, if the dimensions are others."""
        if not self._is_wanted():
            return
        found = Record()
        if self._names and self._dimensions.evaluate(found, self._operations) < len(self._names):
            return
        slot = state.slots[self.name]
        if slot.key is None or not found.items() <= slot.values.items():
            if slot.key is not None:
                self.save(state, slot.key, slot.values)
            key = self._key(found)
            before = state.stored.get(key)
            self._put(slot, self.fresh() if before is None else restored_record(before, self.types))
            slot.key = key
        self._evaluate(state, slot, time)
        if self._is_settled:
            slot.values.update(found)
        else:
            slot.key = self._key(found)

    def _key(self, values: Record) -> Key:
        return Key(self.name, tuple(str(values[name]) for name in self._names))

    def finish(self, state: State, records: dict[Key, Record]) -> None:
        """Add what is still open to the records."""
        slot = state.slots[self.name]
        if slot.key is not None:
            records[slot.key] = slot.values


class _Block(_Keyed):
    is_timed = True


class _Activity(Kept):
    """One record for each burst of events."""

    is_timed = True

    def __init__(self, aggregate: Aggregate, scope: Scope, operations: Operations, *, compat: bool) -> None:
        super().__init__(aggregate, scope, operations, compat=compat)
        self._gap = timedelta(seconds=aggregate.inactive_seconds)

    def step(self, state: State, time: datetime) -> None:
        """Take in an event: save the block first, if it is too far away."""
        slot = state.slots[self.name]
        if slot.values["_start_time"] is None and self.name in state.newest:
            slot.loaded = state.newest[self.name]
            self._put(slot, restored_record(state.stored[slot.loaded], self.types))
        start = slot.values["_start_time"]
        if start is not None and (time > slot.values["_end_time"] + self._gap or time < start - self._gap):
            self._leave(state, slot)
        if self._is_wanted():
            self._evaluate(state, slot, time)

    def _leave(self, state: State, slot: Slot) -> None:
        self._forget_moved(slot, state.stored)
        self.save(state, self._key(slot), slot.values)
        slot.loaded = None
        self._put(slot, self.fresh())

    def _key(self, slot: Slot) -> Key:
        return Key(self.name, at=slot.values["_start_time"])

    def _forget_moved(self, slot: Slot, records: dict[Key, Record]) -> None:
        """Drop the earlier form of a block that an event from before its start has moved."""
        if slot.loaded is not None and slot.loaded != self._key(slot) and not self._compat:
            records.pop(slot.loaded, None)

    def save(self, state: State, key: Key, values: Record) -> None:
        """Store a block, and remember which starts last."""
        super().save(state, key, values)
        newest = state.newest.get(self.name)
        if key.at and (
            newest is None or newest.at is None or newest not in state.stored or key.at > newest.at
        ):
            state.newest[self.name] = key

    def finish(self, state: State, records: dict[Key, Record]) -> None:
        """Add the open block to the records; without one Blurr adds a phantom."""
        slot = state.slots[self.name]
        if slot.values["_start_time"] is not None or self._compat:
            self._forget_moved(slot, records)
            records[self._key(slot)] = slot.values


KINDS: dict[str, type[Kept]] = {
    "variable": Kept,
    "identity": _Keyed,
    "block": _Block,
    "activity": _Activity,
}
