"""A state as plain JSON values, and back: what waits between two events may wait on a disk."""

from collections import defaultdict
from datetime import datetime
from typing import Any

from .aggregates import State
from .errors import TransformError
from .fold import Fold
from .keys import Key
from .records import Record, containers
from .values import Types, loaded, stored

Plain = dict[str, Any]


def dump_state(state: State) -> Plain:
    """The state as values that JSON has; `load_state` of the same fold makes the state again.

    Fields that share one container go on sharing it. What lies within containers must be what JSON has.
    """
    return dump_open(state) | {"stored": [dump_record(*one) for one in state.stored.items()]}


def dump_open(state: State) -> Plain:
    """The state without its stored records: with them, under `stored` and in their order, it is whole."""
    slots = {
        name: {
            "values": _plain_record(slot.values),
            "key": _plain_key(slot.key),
            "loaded": _plain_key(slot.loaded),
            "events": slot.n_events,
        }
        for name, slot in state.slots.items()
    }
    newest = [_plain_key(key) for key in state.newest.values()]
    shared = [places for places in _places(state).values() if len(places) > 1]
    return {"identity": state.identity, "slots": slots, "newest": newest, "shared": shared}


def dump_record(key: Key, record: Record) -> list[Any]:
    """A stored record: its key, and its values."""
    return [_plain_key(key), _plain_record(record)]


def sharing(state: State, dumped: Plain) -> set[Key]:
    """The stored records that an event may change, as they share a container with others.

    Parameters
    ----------
    dumped : what `dump_open` gave of the state
    """
    n_slots, keys = len(state.slots), list(state.stored)
    places = {place for places in dumped["shared"] for place, _ in places}
    return {keys[place - n_slots] for place in places if place >= n_slots}


def load_state(fold: Fold, plain: Plain) -> State:
    """The state that was dumped; raises TransformError if it is none of this fold."""
    try:
        return _loaded_state(fold, plain)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise TransformError(
            f"this is no state of {fold.document.name}: {type(error).__name__}: {error}"
        ) from None


def _loaded_state(fold: Fold, plain: Plain) -> State:
    state = fold.start(plain["identity"])
    for name, one in plain["slots"].items():
        slot = state.slots[name]
        slot.values = _record(fold.aggregates[name].types, one["values"])
        slot.key, slot.loaded, slot.n_events = _key(one["key"]), _key(one["loaded"]), one["events"]
    for text, values in plain["stored"]:
        key = _key(text)
        if key is not None:
            state.stored[key] = _record(fold.aggregates[key.group].types, values)
    state.newest = {key.group: key for key in map(_key, plain["newest"]) if key is not None}
    records = _records(state)
    for (first, name), *others in plain["shared"]:
        for place, other in others:
            records[place][other] = records[first][name]
    return state


def _records(state: State) -> list[Record]:
    """Every record of a state, in an order that dumping keeps."""
    return [*(slot.values for slot in state.slots.values()), *state.stored.values()]


def _places(state: State) -> dict[int, list[tuple[int, str]]]:
    """For each container of a field the places, (record, field), that hold it."""
    found: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for place, record in enumerate(_records(state)):
        for name, value in containers(record):
            found[id(value)].append((place, name))
    return found


def _plain_record(record: Record) -> Plain:
    return {name: stored(value) for name, value in record.items()}


def _record(types: Types, plain: Plain) -> Record:
    return Record((name, loaded(plain[name], type_)) for name, type_ in types.items())


def _plain_key(key: Key | None) -> list[Any] | None:
    return key and [key.group, list(key.dimensions), key.at and key.at.isoformat()]


def _key(plain: list[Any] | None) -> Key | None:
    if plain is None:
        return None
    group, dimensions, at = plain
    return Key(group, tuple(dimensions), at and datetime.fromisoformat(at))
