"""Anchors, windows, rows: what a window BTS makes of the blocks of an identity."""

import ast
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from .aggregates import FieldSet, State, compiled, truth
from .document import Aggregate, Window
from .errors import DocumentError, Fault, TransformError
from .expressions import Scope
from .fold import Fold, imported
from .functions import Functions
from .keys import Key
from .operations import BUDGET, Operations
from .records import Event, Map, Record
from .syntax import checked
from .values import TYPES, Columns, restored_record, stored

Row = dict[str, Any]
Standing = dict[str, Record]
"""The aggregates beside the blocks, by name, as they stood at some instant."""
_HOURS = {"day": 24.0, "hour": 1.0}


@dataclass(frozen=True)
class _Block:
    """A block, when it starts, and that as blocks are compared by."""

    key: Key
    values: Record
    start: datetime
    at: datetime | str


class _Blocks:
    """The blocks of an identity, by start."""

    def __init__(self, blocks: Iterable[_Block]) -> None:
        self.in_store_order = list(blocks)
        self._sorted = sorted(self.in_store_order, key=lambda block: block.at)
        self._starts: list[Any] = [block.at for block in self._sorted]

    def count(self, at: Any, n: int) -> list[Record]:
        """The last -n blocks that start before an instant, or the first n after it."""
        if n < 0:
            end = bisect_left(self._starts, at)
            return self._values(max(0, end + n), end)
        begin = bisect_right(self._starts, at)
        return self._values(begin, begin + n)

    def between(self, low: Any, high: Any) -> list[Record]:
        """The blocks that start after one instant and before another."""
        return self._values(bisect_right(self._starts, low), bisect_left(self._starts, high))

    def _values(self, begin: int, end: int) -> list[Record]:
        return [block.values for block in self._sorted[begin:end]]


class _WindowAggregate:
    """A Window or Variable aggregate, ready to be evaluated for one anchor after the other."""

    def __init__(self, aggregate: Aggregate, scope: Scope, *, compat: bool) -> None:
        self.aggregate, self.name = aggregate, aggregate.name
        self._when = compiled(scope, aggregate.path, "When", aggregate.when, compat=compat)
        self._fields = FieldSet(aggregate, aggregate.fields, scope, compat=compat)
        self._types = {one.name: TYPES[one.type] for one in aggregate.fields}

    def fresh(self) -> Record:
        """The values before an anchor."""
        return Record({"_identity": ""} | {name: type_.default() for name, type_ in self._types.items()})

    def evaluate(self, values: Record, identity: str, operations: Operations) -> None:
        """Set the fields."""
        if self._when is None or truth(self._when, f"{self.aggregate.path}: When"):
            values["_identity"] = identity
            self._fields.evaluate(values, operations)


class Windows:
    """A window BTS made ready over a streaming BTS; use one in one thread.

    Raises DocumentError for expressions, imports and sources that cannot be used.
    """

    def __init__(self, document: Window, fold: Fold) -> None:
        self.document, self._fold, self._compat = document, fold, fold.compat
        self._operations = Operations(compat=fold.compat)
        functions = Functions(self._operations)
        self._blocks_of = _time_aggregate(fold, document.name)
        self._stream = fold.document.name
        names = frozenset(aggregate.name for aggregate in document.aggregates)
        self._scope = Scope(
            self._operations,
            functions,
            imports=imported(functions, document.imports, document.name),
            records=names | {"source", "anchor"},
            nests=frozenset({self._stream}),
        )
        compat = fold.compat
        self._when = compiled(self._scope, document.name, "When", document.when, compat=compat)
        condition = compiled(
            self._scope, f"{document.name}.anchor", "Condition", document.condition, compat=compat
        )
        self._condition = condition or (lambda: False)
        self._aggregates = [_WindowAggregate(one, self._scope, compat=compat) for one in document.aggregates]
        for one in document.aggregates:
            self._check_source(one)
        self._watched = self._names_beside()

    def _check_source(self, aggregate: Aggregate) -> None:
        wanted = f"{self._stream}.{self._blocks_of}"
        if aggregate.kind == "window" and aggregate.source != wanted:
            message = f"{aggregate.source!r} is not the aggregate whose blocks are the anchors, {wanted}"
            raise DocumentError([Fault("InvalidValueError", aggregate.path, "Source", message)])

    def _names_beside(self) -> list[str]:
        """The aggregates beside the blocks that expressions name, and that a state keeps."""
        document = self.document
        texts = [document.when, document.condition]
        for one in document.aggregates:
            texts += [one.when, *(text for field in one.fields for text in (field.value, field.when))]
        named = {name for text in texts if text for name in _attributes_of(text, self._stream)}
        return [
            name
            for name, one in self._fold.aggregates.items()
            if name != self._blocks_of
            and (name in named or None in named)
            and (one.aggregate.kind != "variable" or one.aggregate.store)
        ]

    def run(self, state: State, events: Iterable[tuple[datetime, Event]]) -> list[Row]:
        """Fold the events, in the order of their times, into the state; the rows of its anchors.

        An anchor sees the aggregates beside the blocks as they stood after the last event of its block; with
        `compat` as they stand at the end.
        """
        self._reset()
        fold, slot = self._fold, state.slots[self._blocks_of]
        standings: dict[Key, Standing] = {}
        for time, event in events:
            n_before = slot.n_events
            fold.fold(state, event, time)
            if self._watched and slot.n_events > n_before:
                standings[self._open_key(state)] = self._standing(state)
        return self._rows(state, standings)

    def latest(self, state: State) -> Row | None:
        """The row of the block that is open now, of the windows before it alone.

        None if no block is open, or a window lacks blocks. If no further event changes the block, a run that
        has it as an anchor gives these values too, whatever other events come after.
        """
        slot = state.slots[self._blocks_of]
        if slot.values.get("_start_time") is None:
            return None
        blocks = self._blocks(self._fold.records(state))
        anchor = next(one for one in blocks.in_store_order if one.values is slot.values)
        past = [one for one in self._aggregates if one.aggregate.window_value <= 0]
        self._reset()
        self._enter(state, anchor, self._standing(state))
        return self._row(state.identity, anchor, blocks, past)

    def after(self, state: State, at: datetime) -> Row | None:
        """The row of the windows after an instant alone, as if a block had begun then: what came of it.

        `anchor` has the values of the last block that began by then, or none yet. None if a window has no
        block.
        """
        blocks = self._blocks(self._fold.records(state))
        begun = [one for one in blocks.in_store_order if one.start <= at]
        fresh = self._fold.aggregates[self._blocks_of].fresh()
        values = max(begun, key=lambda one: one.start).values if begun else fresh
        anchor = _Block(Key(self._blocks_of, at=at), values, at, at.isoformat() if self._as_text else at)
        later = [one for one in self._aggregates if one.aggregate.window_value > 0]
        self._reset()
        self._enter(state, anchor, self._standing(state))
        return self._row(state.identity, anchor, blocks, later)

    def _reset(self) -> None:
        """Let the names of the aggregates stand for what they are before any row."""
        self._scope.values |= {one.name: one.fresh() for one in self._aggregates}

    def _open_key(self, state: State) -> Key:
        slot = state.slots[self._blocks_of]
        return slot.key or Key(self._blocks_of, at=slot.values["_start_time"])

    def _standing(self, state: State) -> Standing:
        types = self._fold.aggregates
        return {name: restored_record(state.slots[name].values, types[name].types) for name in self._watched}

    def _rows(self, state: State, standings: dict[Key, Standing]) -> list[Row]:
        records = self._fold.records(state)
        blocks = self._blocks(records)
        at_end = self._at_end(records) if self._compat else {}
        rows: list[Row] = []
        n_of_day = Counter[date]()
        most = self.document.most_per_day
        for anchor in blocks.in_store_order:
            if most is not None and n_of_day[anchor.start.date()] >= most:
                continue
            self._enter(state, anchor, at_end or standings.get(anchor.key, {}))
            if truth(self._condition, f"{self.document.name}.anchor: Condition"):
                row = self._row(state.identity, anchor, blocks, self._aggregates)
                if row is not None:
                    rows.append(row)
                    n_of_day[anchor.start.date()] += 1
        return rows

    def _blocks(self, records: dict[Key, Record]) -> _Blocks:
        return _Blocks(
            _Block(key, values, *_starts(self._stream, key, values, as_text=self._as_text))
            for key, values in records.items()
            if key.group == self._blocks_of
        )

    @property
    def _as_text(self) -> bool:
        """Whether times of blocks are compared as text."""
        return self._compat and self._fold.aggregates[self._blocks_of].aggregate.kind == "block"

    def _at_end(self, records: dict[Key, Record]) -> Standing:
        """The record of each aggregate that is stored last, as Blurr has it."""
        aggregates = self._fold.aggregates
        return {
            key.group: restored_record(values, aggregates[key.group].types)
            for key, values in records.items()
            if key.group in self._watched
        }

    def _enter(self, state: State, anchor: _Block, standing: Standing) -> None:
        """Let the names stand for this anchor's values."""
        self._operations.left = BUDGET
        values = self._scope.values
        block = restored_record(anchor.values, self._fold.aggregates[self._blocks_of].types)
        aggregates = {name: one.fresh() for name, one in self._fold.aggregates.items()}
        values[self._stream] = Record(aggregates | standing | {self._blocks_of: block})
        values["identity"] = state.identity
        for name in ("source", "anchor"):
            values.pop(name, None)

    def _row(
        self, identity: str, anchor: _Block, blocks: _Blocks, aggregates: list[_WindowAggregate]
    ) -> Row | None:
        """The row of an anchor; None if one of its windows lacks blocks."""
        scope = self._scope.values
        types = self._fold.aggregates[self._blocks_of].types
        values = {one.name: one.fresh() for one in aggregates}
        anchor_values = scope[self._stream][self._blocks_of]
        scope |= values
        scope["anchor"] = anchor_values
        if self._when is not None and not truth(self._when, f"{self.document.name}: When"):
            return self._flat(values) if self._compat else None
        selected = [self._selected(one.aggregate, anchor, blocks) for one in aggregates]
        if any(found is None for found in selected):
            return None
        for one, found in zip(aggregates, selected, strict=True):
            if one.aggregate.kind == "window":
                scope["source"] = Columns(one.aggregate.path, found or [], types)
            one.evaluate(values[one.name], identity, self._operations)
        return self._flat(values)

    def _selected(self, window: Aggregate, anchor: _Block, blocks: _Blocks) -> list[Record] | None:
        """The blocks of a window; [] for a Variable, which has none, and None if the row is to be dropped."""
        if window.kind != "window":
            return []
        hours = _HOURS.get(window.window_type)
        if hours is None:
            n = int(window.window_value)
            found = blocks.count(anchor.at, n)
            is_exact = len(found) == abs(n) or window.window_type != "count"
            return found if found and is_exact else None
        edge = _later(anchor.start, hours * window.window_value)
        bound = edge.isoformat() if isinstance(anchor.at, str) else edge
        low, high = (anchor.at, bound) if window.window_value > 0 else (bound, anchor.at)
        return blocks.between(low, high) or None

    def _flat(self, values: dict[str, Record]) -> Row:
        row: Row = {}
        for name, record in values.items():
            for field, value in record.items():
                if isinstance(value, Map):
                    row |= _flattened(field if self._compat else f"{name}.{field}", value, self._compat)
                else:
                    row[f"{name}.{field}"] = stored(value)
        return row


def _flattened(prefix: str, value: dict[Any, Any], compat: bool) -> Row:
    """A map as columns; with `compat` the prefix of a nested map is its own key alone, as Blurr has it."""
    row: Row = {}
    for key, one in value.items():
        if isinstance(one, dict):
            row |= _flattened(str(key) if compat else f"{prefix}.{key}", one, compat)
        else:
            row[f"{prefix}.{key}"] = stored(one)
    return row


def _starts(stream: str, key: Key, values: Record, *, as_text: bool) -> tuple[datetime, datetime | str]:
    start = values["_start_time"]
    if start is None:
        raise TransformError(
            f"{stream}.{key.group}: a block without a start cannot be in a window; it comes of --compat, "
            "where an Activity whose last event did not count stores one"
        )
    return start, start.isoformat() if as_text else start


def _later(start: datetime, hours: float) -> datetime:
    """A time so many hours later, or the farthest that there is."""
    try:
        return start + timedelta(hours=hours)
    except OverflowError:
        farthest = datetime.max if hours > 0 else datetime.min
        return farthest.replace(tzinfo=UTC)


def _time_aggregate(fold: Fold, window: str) -> str:
    """The aggregate whose blocks are the anchors; raises DocumentError unless there is exactly one."""
    timed = [name for name, one in fold.aggregates.items() if one.is_timed]
    if len(timed) != 1:
        stream = fold.document.name
        message = f"{stream} has {len(timed)} Block or Activity aggregates; a window needs exactly one"
        raise DocumentError([Fault("InvalidValueError", window, "Aggregates", message)])
    return timed[0]


def _attributes_of(text: str, name: str) -> Iterable[str | None]:
    """The attributes by which an expression uses a name; None where it uses it otherwise."""
    tree = checked(
        text,
        known={
            node.id for node in ast.walk(ast.parse(text.strip(), mode="eval")) if isinstance(node, ast.Name)
        },
    )
    nodes = list(ast.walk(tree))
    uses = [node for node in nodes if isinstance(node, ast.Name) and node.id == name]
    named = [node for node in nodes if isinstance(node, ast.Attribute) and node.value in uses]
    return [*(node.attr for node in named), *([None] if len(named) < len(uses) else [])]
