"""Group commit: a commit waits for the disk, so one thread commits together whatever waits."""

import threading
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import TypeAlias

import orjson

from .protocol import LogError, NoSuchStream, Record

MOST_PER_COMMIT = 5_000


@dataclass(frozen=True)
class Append:
    """Records that are to be logged, all or none.

    Parameters
    ----------
    records : a line of JSON each
    received_at : seconds since 1970, UTC
    done : their places, once they are on disk
    """

    stream: str
    records: Sequence[bytes]
    received_at: float
    done: Future[range] = field(default_factory=Future[range])


Outcome: TypeAlias = range | NoSuchStream
"""What becomes of an append: its places, or why it was refused."""
Insert: TypeAlias = Callable[[Sequence[Append]], Sequence[Outcome]]


def appended(stream: str, records: Iterable[Record], received_at: float) -> Append:
    """Records as they are to be logged. Raises TypeError for what JSON cannot hold."""
    return Append(stream, [orjson.dumps(record) for record in records], received_at)


def placed(appends: Sequence[Append], streams: Iterable[str], last: int) -> list[Outcome]:
    """What becomes of appends that are made together.

    Parameters
    ----------
    streams : those that are open
    last : the place of the newest record before
    """
    is_open = set(streams)
    outcomes: list[Outcome] = []
    for append in appends:
        if append.stream not in is_open:
            outcomes.append(NoSuchStream(append.stream))
        else:
            outcomes.append(range(last + 1, last + 1 + len(append.records)))
            last += len(append.records)
    return outcomes


def rows_of(
    appends: Sequence[Append], outcomes: Sequence[Outcome]
) -> Generator[tuple[int, str, float, bytes]]:
    """(place, stream, received_at, record) of all records that are logged."""
    for append, outcome in zip(appends, outcomes, strict=True):
        if isinstance(outcome, range):
            for place, record in zip(outcome, append.records, strict=True):
                yield place, append.stream, append.received_at, record


class GroupCommit:
    """Commits what any thread appends.

    Parameters
    ----------
    insert : logs appends in one commit; one thread at a time calls it
    name : of the log, in errors
    """

    def __init__(self, insert: Insert, name: str) -> None:
        self._insert, self._name = insert, name
        self._waiting: SimpleQueue[Append | None] = SimpleQueue()
        self._gate = threading.Lock()
        self._is_closed = False
        self._writing = threading.Lock()
        self._writer = threading.Thread(target=self._write_until_closed, name="event-log", daemon=True)
        self._writer.start()

    def append(self, appended: Append) -> Future[range]:
        """Let the thread commit this; the answer comes once it has."""
        with self._gate:
            self._check_open()
            self._waiting.put(appended)
        return appended.done

    def write(self, appended: Append) -> range:
        """Commit this by the thread that calls, and with it whatever waits; the places."""
        with self._writing:
            self._check_open()
            self._commit([appended, *self._more()])
        return appended.done.result()

    def close(self) -> bool:
        """Commit what waits, then stop; whether this was not done before."""
        with self._gate:
            if self._is_closed:
                return False
            self._is_closed = True
            self._waiting.put(None)
        self._writer.join()
        with self._writing:  # who wrote by itself has ended
            return True

    def _check_open(self) -> None:
        if self._is_closed:
            raise LogError(f"the event log {self._name} is closed")

    def _write_until_closed(self) -> None:
        while (first := self._waiting.get()) is not None:
            with self._writing:
                self._commit([first, *self._more()])

    def _more(self) -> list[Append]:
        """What else waits now. The end mark, if met, is put back: nothing can follow it."""
        more: list[Append] = []
        while len(more) < MOST_PER_COMMIT:
            try:
                item = self._waiting.get_nowait()
            except Empty:
                break
            if item is None:
                self._waiting.put(None)
                break
            more.append(item)
        return more

    def _commit(self, appends: Sequence[Append]) -> None:
        wanted = [append for append in appends if append.done.set_running_or_notify_cancel()]
        outcomes: Sequence[Outcome | Exception]
        try:
            outcomes = self._insert(wanted)
        except Exception as error:  # whatever it is, those who wait must hear of it
            outcomes = [error] * len(wanted)
        for append, outcome in zip(wanted, outcomes, strict=True):
            if isinstance(outcome, range):
                append.done.set_result(outcome)
            else:
                append.done.set_exception(outcome)
