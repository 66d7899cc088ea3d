"""A whole transform: the events of an identity in, what is printed of it out."""

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from operator import itemgetter
from typing import Any, NamedTuple

from .document import Streaming, Window
from .errors import FATAL, TransformError
from .fold import Fold, fold_all
from .keys import Key
from .operations import Operations
from .records import Event, Record
from .values import stored
from .windows import Windows

Timed = tuple[datetime, Event]
MOST_CELLS = 10_000_000
"""So much may one record hold that is to be written."""
_time = itemgetter(0)


class Output(NamedTuple):
    """A line of what comes out.

    Parameters
    ----------
    text : the key of a stored record, or an identity
    content : the record's values by field, or the rows
    group : the aggregate that the record is of; "" for rows
    """

    text: str
    content: Any
    group: str = ""


class Transform:
    """A streaming BTS, and perhaps a window BTS over it, made ready; use one in one thread.

    Raises DocumentError for what of them cannot be used.
    """

    def __init__(self, streaming: Streaming, window: Window | None = None, *, compat: bool = False) -> None:
        self.fold = Fold(streaming, compat=compat)
        self.windows = Windows(window, self.fold) if window else None
        stores = [one.store for one in streaming.aggregates if one.store]
        self._store = stores[0] if compat and stores else None

    def output(self, identity: object, events: Sequence[Timed]) -> list[Output]:
        """What is printed of an identity: its stored records, or its one line of rows.

        Parameters
        ----------
        events : in any order; those of one time are folded in the order given

        Raises TransformError if an expression must stop the run.
        """
        in_order = sorted(events, key=_time)
        if self.windows is not None:
            state = self.fold.start(identity)
            return [Output(state.identity, self.windows.run(state, in_order))]
        state = fold_all(self.fold, identity, in_order)
        return printed(state.identity, self._in_store(self.fold.records(state)))

    def _in_store(self, records: dict[Key, Record]) -> dict[Key, Record]:
        """The records that are printed; with `compat` those of the first store alone."""
        if self._store is None:
            return records
        aggregates = self.fold.aggregates
        return {
            key: record
            for key, record in records.items()
            if aggregates[key.group].aggregate.store in ("", self._store)
        }


def printed(identity: str, records: dict[Key, Record]) -> list[Output]:
    """Records as they are printed."""
    return [
        Output(key.text(identity), {name: stored(value) for name, value in record.items()}, key.group)
        for key, record in records.items()
    ]


def json_line(output: Output) -> str:
    """One line of output; raises TransformError for what JSON cannot hold."""
    return json_text(output.text, [output.text, output.content])


def json_text(name: str, content: Any) -> str:
    """What came out as JSON; raises TransformError, with its name, for what JSON cannot hold."""
    meter = Operations()
    meter.left = MOST_CELLS
    try:
        meter.weighed(content)
        return _encode(content)
    except FATAL:
        raise TransformError(f"{name}: the record holds more than {MOST_CELLS:,} values") from None
    except RecursionError:
        raise TransformError(f"{name}: the record is nested too deeply to be written") from None
    except (TypeError, ValueError) as error:
        raise TransformError(f"{name}: the record cannot be written: {error}") from None


def _plain(value: object) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Iterable):
        return list(value)  # pyright: ignore[reportUnknownArgumentType]
    raise TypeError(f"JSON has no form for a {type(value).__name__}; give it as text or a number")


_encode = json.JSONEncoder(default=_plain).encode
