"""What every form of the event log offers, whatever keeps it."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeAlias

import orjson

from presage.errors import Unavailable

Record: TypeAlias = Mapping[str, Any]
"""What was told: anything that JSON can hold."""


class LogError(RuntimeError):
    """The log could not do what was asked of it; what was to be logged is not."""


class LogOutage(LogError, Unavailable):
    """What keeps the log does not answer. A record whose commit was under way may have been logged."""


class NoSuchStream(LogError):
    """The stream was never opened, or it was dropped."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"no stream {name!r} is open in the event log; open it before anything is told to it"
        )


Write: TypeAlias = Callable[[Sequence[Record]], range]
"""Logs records of one stream, all or none; their places, once they are on disk."""


class LoggedRecord(NamedTuple):
    """One record of the log.

    Parameters
    ----------
    place : 1, 2, ... over all streams, never given twice
    stream : the name of the stream that it was told to
    received_at : seconds since 1970, UTC
    text : the record as one line of JSON
    """

    place: int
    stream: str
    received_at: float
    text: bytes

    @property
    def record(self) -> dict[str, Any]:
        """What was told."""
        return orjson.loads(self.text)


class Lines(NamedTuple):
    """Many records at once.

    Parameters
    ----------
    places : of each record, in order
    text : the records in the same order, a line of JSON each
    """

    places: list[int]
    text: bytes


@dataclass(frozen=True, kw_only=True)
class Stream:
    """A stream that should be open.

    Parameters
    ----------
    name : chosen by whoever opens it; the name of a dropped one should not be given to another
    consumer : who reads it and says when its records may go
    formerly : the name under which a log of format 1 has it
    """

    name: str
    consumer: str
    formerly: str = ""


@dataclass(frozen=True, kw_only=True)
class Backlog:
    """What a stream holds.

    Parameters
    ----------
    first, last : the places of its oldest and its newest record
    read_through : the place through which its consumer has read it; 0 = nothing
    """

    stream: str
    first: int
    last: int
    read_through: int


class Log(Protocol):
    """A durable log of many streams, in one order.

    The order can be trusted: once a reader has met a place, no smaller one appears any more. A form on a
    database that hands out places before it commits must see to it. Several processes may use one log at
    once. Every method raises LogError where the log fails.
    """

    def open_stream(self, name: str, consumer: str) -> None:
        """Let records be told to a stream; one that is open stays as it is."""
        ...

    def drop_stream(self, name: str) -> None:
        """Forget a stream and its records, in one step; what is told to it afterwards is refused."""
        ...

    def append(self, stream: str, records: Sequence[Record]) -> Future[range]:
        """Log the records, all or none; the answer, their places, comes once they are on disk.

        Await it with `asyncio.wrap_future`. It raises NoSuchStream where the stream is not open by then.
        """
        ...

    def write(self, stream: str, records: Sequence[Record]) -> range:
        """The same for a thread that waits anyway: their places, once they are on disk.

        No other thread needs to be woken for it, which on a busy machine takes longer than a quick disk.
        """
        ...

    def turn(self, stream: str) -> AbstractContextManager[Write]:
        """Wait for the turn to write to a stream what follows from all that it holds.

        Whoever else asks for it, in any process, waits until this one is over. One that was taken away, for
        its process stood still or the log was out of reach, writes nothing any more.
        """
        ...

    def read(
        self,
        after: int,
        limit: int,
        *,
        through: int | None = None,
        stream: str | None = None,
        consumer: str | None = None,
    ) -> list[LoggedRecord]:
        """The first `limit` records beyond the place `after`, in order.

        Parameters
        ----------
        through : up to and with this place; None = up to the newest
        stream : of this stream alone
        consumer : of this consumer's streams alone
        """
        ...

    def read_lines(self, stream: str, after: int, limit: int, through: int) -> Lines:
        """The same of one stream, without an object for each record."""
        ...

    def last_place(self) -> int:
        """The place of the newest record, forgotten ones included; 0 before the first."""
        ...

    def backlog(self, consumer: str) -> list[Backlog]:
        """A consumer's streams that hold records, the one with the oldest record first."""
        ...

    def mark_read(self, stream: str, through: int) -> None:
        """Keep in mind that the consumer needs no record of the stream up to and with a place any more."""
        ...

    def drop(self, stream: str, through: int) -> None:
        """Forget a stream's records up to and with a place."""
        ...

    def erase(self, stream: str, places: Sequence[int]) -> None:
        """Forget single records of a stream; the others keep their places."""
        ...

    def rewrite(self, stream: str, texts: Mapping[int, bytes], then: Record) -> None:
        """Let single records of a stream be others, and log one more, in one step.

        Parameters
        ----------
        texts : by place, a line of JSON each
        """
        ...

    def raise_mark(self, through: int) -> None:
        """Give no place up to and with this one again, even if the log itself is lost.

        Called before such places are stored anywhere else.
        """
        ...

    def close(self) -> None:
        """Log what waits, then stop."""
        ...
