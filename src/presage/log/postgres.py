"""The log in a Postgres database, which any number of servers share.

Places are given under a lock: every commit takes the one row of `event_meta` first and holds it until it is
on disk and seen. So places are committed in their order, and a reader never meets a place below one that it
has met. What waits meanwhile goes together into the next commit. docs/decisions/log-in-postgres.md weighs it.
"""

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from uuid import uuid4

from presage.postgres import Connection, Connections, Rows

from .group import MOST_PER_COMMIT, Append, GroupCommit, Outcome, appended, placed, rows_of
from .mark import heeding_mark, locked_log, raise_mark
from .protocol import Backlog, Lines, LogError, LoggedRecord, LogOutage, Record, Stream, Write

FORMAT = 1
MOST_SECONDS = 15.0
"""A statement that takes longer fails: it may wait for the commits of others, or read many records."""
TURN_SECONDS = 30.0
"""So long a process waits for another one's turn."""
_MAKING_TABLES, _TURN = 4_600_005, 4_600_006  # numbers of ours for advisory locks
_TABLES = """
CREATE TABLE event_log (
    seq BIGINT PRIMARY KEY,
    stream TEXT NOT NULL,
    received_at DOUBLE PRECISION NOT NULL,
    record BYTEA NOT NULL
);
CREATE INDEX event_log_by_stream ON event_log (stream, seq);
CREATE TABLE event_streams (
    name TEXT PRIMARY KEY,
    consumer TEXT NOT NULL,
    read_through BIGINT NOT NULL DEFAULT 0
);
CREATE TABLE event_meta (format INTEGER NOT NULL, identity TEXT NOT NULL, last BIGINT NOT NULL);
"""
_SESSION = """
SET synchronous_commit = on;
SET idle_in_transaction_session_timeout = '60s';
SET idle_session_timeout = '60s';
SET tcp_keepalives_idle = 10;
SET tcp_keepalives_interval = 5;
SET tcp_keepalives_count = 3
"""
"""The lock of a process that stands still, or whose machine is gone, is taken away after a while."""
_LOCK = "SELECT last FROM event_meta FOR UPDATE"


class PostgresLog:
    """The log in tables of a database; see `protocol.Log`."""

    def __init__(
        self,
        folder: Path,
        url: str,
        *,
        streams: Callable[[], Iterable[Stream]] | None,
        stored: Callable[[], int] | None,
        clock: Callable[[], float],
    ) -> None:
        self._folder, self._clock = folder, clock
        self._streams, self._stored = streams, stored
        self._marked = 0
        self._identity = ""
        self._connections = Connections(
            url,
            setting="database",
            prepare=self._prepare,
            session=_SESSION,
            failed=lambda text: LogOutage(f"the event log in {text}"),
        )
        self.last_place()  # it is made now, if it is not there
        self._group = GroupCommit(self._insert, f"in {self._connections.place}")

    def open_stream(self, name: str, consumer: str) -> None:
        """Let records be told to a stream; one that is open stays as it is."""
        self._ask(
            "INSERT INTO event_streams (name, consumer) VALUES (%s, %s) ON CONFLICT DO NOTHING",
            [name, consumer],
        )

    def drop_stream(self, name: str) -> None:
        """Forget a stream and its records; what is told to it afterwards is refused."""
        self.drop(name, self.last_place())  # most of them while others log
        with self._connections.use(MOST_SECONDS) as connection, connection.transaction():
            connection.ask(_LOCK)
            connection.ask("DELETE FROM event_streams WHERE name = %s", [name])
            connection.ask("DELETE FROM event_log WHERE stream = %s", [name])

    def append(self, stream: str, records: Sequence[Record]) -> Future[range]:
        """Log the records, all or none; the answer, their places, comes once they are on disk."""
        return self._group.append(appended(stream, records, self._clock()))

    def write(self, stream: str, records: Sequence[Record]) -> range:
        """Log the records, all or none, by this thread, and with them whatever waits; their places."""
        return self._group.write(appended(stream, records, self._clock()))

    @contextmanager
    def turn(self, stream: str) -> Generator[Write]:
        """Wait for the turn to write to a stream what follows from all that it holds.

        One connection holds the lock and writes: if it is lost, both are.
        """
        with self._connections.use(TURN_SECONDS) as connection:
            connection.ask("SELECT pg_advisory_lock(%s, hashtext(%s))", [_TURN, stream])
            try:
                yield partial(self._write_by, connection, stream)
            finally:
                if connection.is_usable:
                    connection.ask("SELECT pg_advisory_unlock(%s, hashtext(%s))", [_TURN, stream])

    def read(
        self,
        after: int,
        limit: int,
        *,
        through: int | None = None,
        stream: str | None = None,
        consumer: str | None = None,
    ) -> list[LoggedRecord]:
        """The first `limit` records beyond the place `after`, in order."""
        wanted: dict[str, object] = {
            "seq > %s": after,
            "seq <= %s": through,
            "stream = %s": stream,
            "stream IN (SELECT name FROM event_streams WHERE consumer = %s)": consumer,
        }
        wanted = {condition: value for condition, value in wanted.items() if value is not None}
        rows = self._ask(
            f"SELECT seq, stream, received_at, record FROM event_log WHERE {' AND '.join(wanted)}"  # noqa: S608
            " ORDER BY seq LIMIT %s",
            [*wanted.values(), limit],
        )
        return [LoggedRecord._make(row) for row in rows]

    def read_lines(self, stream: str, after: int, limit: int, through: int) -> Lines:
        """The same of one stream, without an object for each record."""
        ((places, text),) = self._ask(
            "SELECT coalesce(array_agg(seq ORDER BY seq), '{}'),"
            " coalesce(string_agg(record, '\\x0a'::bytea ORDER BY seq), '')"
            " FROM (SELECT seq, record FROM event_log WHERE stream = %s AND seq > %s AND seq <= %s"
            " ORDER BY seq LIMIT %s) AS part",
            [stream, after, through, limit],
        )
        return Lines(places, text)

    def last_place(self) -> int:
        """The place of the newest record, forgotten ones included; 0 before the first."""
        return self._ask("SELECT last FROM event_meta", [])[0][0]

    def backlog(self, consumer: str) -> list[Backlog]:
        """A consumer's streams that hold records, the one with the oldest record first."""
        rows = self._ask(
            "SELECT name, (SELECT min(seq) FROM event_log WHERE stream = name),"
            " (SELECT max(seq) FROM event_log WHERE stream = name), read_through"
            " FROM event_streams WHERE consumer = %s ORDER BY 2",
            [consumer],
        )
        return [
            Backlog(stream=stream, first=first, last=last, read_through=read_through)
            for stream, first, last, read_through in rows
            if last
        ]

    def mark_read(self, stream: str, through: int) -> None:
        """Keep in mind that the consumer needs no record of the stream up to and with a place any more."""
        self._ask(
            "UPDATE event_streams SET read_through = greatest(read_through, %s) WHERE name = %s",
            [through, stream],
        )

    def drop(self, stream: str, through: int) -> None:
        """Forget a stream's records up to and with a place; many at a time, so that nobody waits for long."""
        some = f"SELECT seq FROM event_log WHERE stream = %s AND seq <= %s LIMIT {MOST_PER_COMMIT}"  # noqa: S608
        while self._ask(
            f"WITH gone AS (DELETE FROM event_log WHERE seq IN ({some}) RETURNING 1)"  # noqa: S608
            " SELECT 1 FROM gone LIMIT 1",
            [stream, through],
        ):
            pass

    def erase(self, stream: str, places: Sequence[int]) -> None:
        """Forget single records of a stream; many at a time, so that nobody waits for long."""
        for begin in range(0, len(places), MOST_PER_COMMIT):
            some = list(places[begin : begin + MOST_PER_COMMIT])
            self._ask("DELETE FROM event_log WHERE stream = %s AND seq = ANY(%s)", [stream, some])

    def rewrite(self, stream: str, texts: Mapping[int, bytes], then: Record) -> None:
        """Let single records of a stream be others, and log one more, in one step."""
        append = appended(stream, [then], self._clock())
        with self._connections.use(MOST_SECONDS) as connection, connection.transaction():
            (outcome,) = _insert(connection, [append])
            if not isinstance(outcome, range):
                raise outcome
            connection.ask(
                "UPDATE event_log SET record = new.record"
                " FROM unnest(%s::bigint[], %s::bytea[]) AS new (seq, record)"
                " WHERE event_log.stream = %s AND event_log.seq = new.seq",
                [list(texts), list(texts.values()), stream],
            )

    def raise_mark(self, through: int) -> None:
        """Give no place up to and with this one again, even if the log itself is lost."""
        if through > self._marked:
            self._marked = raise_mark(self._folder, self._identity, through)

    def close(self) -> None:
        """Log what waits, then stop."""
        if self._group.close():
            self._connections.close()

    def _ask(self, statement: str, values: Sequence[object]) -> Rows:
        with self._connections.use(MOST_SECONDS) as connection:
            return connection.ask(statement, values)

    def _insert(self, appends: Sequence[Append]) -> list[Outcome]:
        with self._connections.use(MOST_SECONDS) as connection:
            return _insert(connection, appends)

    def _write_by(self, connection: Connection, stream: str, records: Sequence[Record]) -> range:
        """Log records by the connection whose turn it is."""
        (outcome,) = _insert(connection, [appended(stream, records, self._clock())])
        if not isinstance(outcome, range):
            raise outcome
        return outcome

    def _prepare(self, connection: Connection) -> None:
        """Make the tables that are not there, and number on from where it must be."""
        with locked_log(self._folder), connection.transaction():
            connection.ask("SELECT pg_advisory_xact_lock(%s)", [_MAKING_TABLES])
            # not by IF NOT EXISTS, which locks a table before it looks: who logs holds what is asked for next
            if connection.ask("SELECT 1 WHERE to_regclass('event_meta') IS NULL"):
                for statement in filter(str.strip, _TABLES.split(";")):
                    connection.ask(statement)
            is_new = not connection.ask("SELECT 1 FROM event_meta")
            if is_new:
                connection.ask("INSERT INTO event_meta VALUES (%s, %s, 0)", [FORMAT, uuid4().hex])
            connection.ask(_LOCK)
            ((found, self._identity, last),) = connection.ask("SELECT format, identity, last FROM event_meta")
            log = f"in {self._connections.place}"
            if found > FORMAT:
                raise LogError(
                    f"the event log {log} was written by a newer presage (format {found});"
                    f" this one knows up to {FORMAT}"
                )
            with heeding_mark(
                self._folder, log, found=(self._identity, last), is_new=is_new, stored=self._stored
            ) as place:
                if place is not None:
                    self._go_on_after(connection, place)

    def _go_on_after(self, connection: Connection, place: int) -> None:
        for stream in self._streams() if self._streams else ():
            connection.ask(
                "INSERT INTO event_streams (name, consumer) VALUES (%s, %s) ON CONFLICT DO NOTHING",
                [stream.name, stream.consumer],
            )
        connection.ask("UPDATE event_meta SET last = greatest(last, %s)", [place])


def _insert(connection: Connection, appends: Sequence[Append]) -> list[Outcome]:
    """Log appends in one commit; their places follow those of all commits before."""
    names = list({append.stream for append in appends})
    with connection.transaction():
        ((last,),) = connection.ask(_LOCK)
        found = connection.ask("SELECT name FROM event_streams WHERE name = ANY(%s)", [names])
        outcomes = placed(appends, (name for (name,) in found), last)
        n_logged = sum(len(outcome) for outcome in outcomes if isinstance(outcome, range))
        if n_logged:
            with (
                connection.cursor() as cursor,
                cursor.copy("COPY event_log FROM STDIN (FORMAT BINARY)") as copy,
            ):
                copy.set_types(["int8", "text", "float8", "bytea"])
                for row in rows_of(appends, outcomes):
                    copy.write_row(row)
            connection.ask("UPDATE event_meta SET last = %s", [last + n_logged])
    return outcomes
