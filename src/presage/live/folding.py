"""From the log into the online store: what was told of an identity is folded, each event exactly once.

The states, the answers and the mark that says how far the log was folded are changed in one transaction. A
process that dies leaves all of them as they were, and whoever folds next goes on from there.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import msgspec
import orjson

from presage.features.bts import (
    Dropped,
    Event,
    Key,
    Record,
    State,
    TransformError,
    check_identity,
    dump_open,
    dump_record,
    load_state,
    sharing,
)
from presage.log import Log, LoggedRecord
from presage.online import Mark, OnlineStore, Stored, Turn
from presage.stores import FORGET

from .answers import answer_of
from .documents import Documents

MOST_PER_TURN = 1_000
MOST_HELD = 10_000
"""So many identities are held in memory as they stand."""
_FAILURES = (TransformError, TypeError, ValueError, OverflowError, RecursionError)
"""What an event can bring about that must not keep up the others."""
_UNKNOWN = -1
_encode, _decode = msgspec.msgpack.Encoder().encode, msgspec.msgpack.Decoder().decode
Timed = tuple[datetime, Event]


class _Tracked(dict[Key, Record]):
    """The stored records of a state, and which of them were put or taken away."""

    def __init__(self, records: dict[Key, Record]) -> None:
        super().__init__(records)
        self.changed: set[Key] = set()
        self.removed: set[Key] = set()

    def __setitem__(self, key: Key, record: Record) -> None:
        super().__setitem__(key, record)
        self.changed.add(key)

    def pop(self, key: Key, *default: Any) -> Any:
        """Take a record away."""
        self.changed.discard(key)
        self.removed.add(key)
        return super().pop(key, *default)


@dataclass(slots=True)
class _Held:
    """An identity as it stands, and the time of the newest event that was folded."""

    state: State
    stored: _Tracked
    newest: datetime | None = None


@dataclass
class Counts:
    """What became of the events of a feature set.

    Parameters
    ----------
    late : older than the newest of their identity by more than the bound, and left out
    dropped : left out, for they have no identity or time, or would stop a run over files
    reason : why the last one was dropped
    forgotten : how often an identity was forgotten, with the events that were told of it before
    """

    folded: int = 0
    late: int = 0
    dropped: int = 0
    forgotten: int = 0
    reason: str = ""

    def drop(self, reason: object) -> None:
        """Count an event that is left out."""
        self.dropped += 1
        self.reason = str(reason)

    @classmethod
    def of(cls, mark: Mark) -> "Counts":
        """The counts beside a mark."""
        return cls(**orjson.loads(mark.note)) if mark.note else cls()


@dataclass
class Folding:
    """One feature set's way from the log into the online store; use one in one thread.

    Parameters
    ----------
    name : of the log's stream and of the store's space
    """

    name: str
    documents: Documents
    log: Log
    online: OnlineStore
    most_held: int = MOST_HELD
    _held: dict[str, _Held] = field(default_factory=dict[str, _Held])
    _place: int = _UNKNOWN

    def step(self) -> int:
        """Fold the next records of the log, if there are any; how many there were.

        Raises OnlineError, after which it may be called again.
        """
        if self.online.is_remote and self.online.mark(self.name).place < self._place:
            self._place = _UNKNOWN  # the store lost its last moments
        if not self.log.read(self._place, 1, stream=self.name):
            return 0
        try:
            with self.online.turn(self.name) as turn:
                return self._fold_next(turn)
        except BaseException:
            self._held.clear()
            self._place = _UNKNOWN
            raise

    def _fold_next(self, turn: Turn) -> int:
        if turn.mark.place != self._place:  # another process has folded meanwhile
            self._held.clear()
            self._place = turn.mark.place
        records = self.log.read(self._place, MOST_PER_TURN, stream=self.name)
        if records:
            counts = Counts.of(turn.mark)
            events_of, forgotten = self._placed(records, counts)
            for identity in forgotten:
                turn.forget(identity)
                self._held.pop(identity, None)
            for identity, events in events_of.items():
                self._take_in(turn, identity, events, counts)
            place = records[-1].place
            self.log.raise_mark(place)
            turn.mark = Mark(place, orjson.dumps(asdict(counts)))
            self._place = place
        return len(records)

    def _placed(
        self, records: Iterable[LoggedRecord], counts: Counts
    ) -> tuple[dict[str, list[Timed]], set[str]]:
        """The events of each identity, in the order of the log, and who is to be forgotten before them."""
        found: dict[str, list[Timed]] = {}
        forgotten: set[str] = set()
        for record in records:
            told = record.record
            if FORGET in told:
                forgotten.add(told[FORGET])
                found.pop(told[FORGET], None)
                counts.forgotten += 1
                continue
            try:
                identity, time, event = placed(self.documents, told)
            except TransformError as error:
                counts.drop(error)
            else:
                found.setdefault(identity, []).append((time, event))
        return found, forgotten

    def _take_in(self, turn: Turn, identity: str, events: list[Timed], counts: Counts) -> None:
        """Fold an identity's events; if one of them fails, the halves, until it is alone and left out."""
        try:
            late = self._fold(turn, identity, events)
        except _FAILURES as error:
            self._held.pop(identity, None)  # it is loaded again, as it was
            middle = len(events) // 2
            if not middle:
                counts.drop(f"{identity}: {error}")
                return
            self._take_in(turn, identity, events[:middle], counts)
            self._take_in(turn, identity, events[middle:], counts)
        else:
            counts.late += late
            counts.folded += len(events) - late

    def _fold(self, turn: Turn, identity: str, events: list[Timed]) -> int:
        """Fold events and keep what comes of it; how many came too late."""
        held, late = self._find(turn, identity), 0
        for time, event in events:
            if held.newest is not None and time < held.newest - self.documents.lateness:
                late += 1
                continue
            self.documents.fold.fold(held.state, event, time)
            held.newest = time if held.newest is None else max(time, held.newest)
        if late < len(events):
            self._keep(turn, held)
        return late

    def _find(self, turn: Turn, identity: str) -> _Held:
        """An identity as it stands; of those held, those not asked for the longest go first."""
        held = self._held.pop(identity, None) or self._loaded(turn, identity)
        self._held[identity] = held
        while len(self._held) > self.most_held:
            del self._held[next(iter(self._held))]
        return held

    def _loaded(self, turn: Turn, identity: str) -> _Held:
        state, newest = loaded(self.documents, identity, turn.load(identity))
        state.stored = stored = _Tracked(state.stored)
        return _Held(state, stored, newest)

    def _keep(self, turn: Turn, held: _Held) -> None:
        state, stored = held.state, held.stored
        opened = dump_open(state)
        changed = stored.changed | sharing(state, opened)
        dumped = [dump_record(key, record) for key, record in stored.items() if key in changed]
        newest = held.newest and held.newest.isoformat()
        turn.put(
            state.identity,
            answer_of(self.documents, state, newest).encode(),
            _encode({"state": opened, "newest": newest}),
            {_text(plain[0]): _encode(plain) for plain in dumped},
            [_text(dump_record(key, Record())[0]) for key in stored.removed],
        )
        stored.changed.clear()
        stored.removed.clear()


def loaded(documents: Documents, identity: str, found: Stored | None) -> tuple[State, datetime | None]:
    """The state of an identity from what is kept of it, and the time of its newest event."""
    if found is None:
        return documents.fold.start(identity), None
    opened = _decode(found.opened)
    whole = opened["state"] | {"stored": [_decode(one) for one in found.records]}
    return load_state(documents.fold, whole), datetime.fromisoformat(opened["newest"])


def _text(key: list[Any]) -> str:
    return json.dumps(key)


def placed(documents: Documents, raw: dict[str, Any]) -> tuple[str, datetime, Event]:
    """The identity, the time and the event of what was told; raises TransformError if it has none."""
    if FORGET in raw:
        raise TransformError(f"an event may not have a member {FORGET!r}")
    found = documents.reader.placed(raw)
    if isinstance(found, Dropped):
        raise TransformError(found.reason)
    identity, time, event = found
    return check_identity(identity), time, event
