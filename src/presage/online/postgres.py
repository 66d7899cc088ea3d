"""The online store in a Postgres database.

A commit does not wait for the disk (`synchronous_commit` is off). A database that crashes stands where it
stood a moment before, marks and states alike, and what the log has beyond the mark is folded again.
"""

from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256

from presage.postgres import Connection, Connections, Rows

from .protocol import Mark, OnlineError, Stored

FORMAT = 1
TURN_SECONDS = 15.0
"""How long a statement of a turn may take: it may have to wait for another process's turn."""
_LONGEST_KEY = 1_000
"""An index of Postgres takes keys of up to 2,700 bytes."""
_MAKING_TABLES, _TURN = 4_600_003, 4_600_004  # numbers of ours for advisory locks
_TABLES = """
CREATE TABLE IF NOT EXISTS online_layout (format INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS online_identities (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    space TEXT NOT NULL,
    identity BYTEA NOT NULL,
    answer BYTEA NOT NULL,
    opened BYTEA NOT NULL,
    UNIQUE (space, identity)
);
CREATE TABLE IF NOT EXISTS online_records (
    number BIGINT GENERATED ALWAYS AS IDENTITY,
    owner BIGINT NOT NULL,
    key BYTEA NOT NULL,
    value BYTEA NOT NULL,
    PRIMARY KEY (owner, key)
);
CREATE TABLE IF NOT EXISTS online_marks (space TEXT PRIMARY KEY, place BIGINT NOT NULL, note BYTEA NOT NULL);
"""
_SESSION = "SET synchronous_commit = off; SET idle_in_transaction_session_timeout = '60s'"
"""A turn whose process was cut off is over after a minute."""


class PostgresStore:
    """The store in tables of a database; see `protocol.OnlineStore`.

    Parameters
    ----------
    url : of the database; ValueError if it is none
    """

    is_remote = True

    def __init__(self, url: str) -> None:
        self._connections = Connections(
            url,
            setting="online_store",
            prepare=self._make,
            session=_SESSION,
            failed=lambda text: OnlineError(f"the online store {text}"),
        )

    def find(self, space: str, identity: str) -> bytes | None:
        """The answer about an identity; None if there is none."""
        rows = self._read(
            "SELECT answer FROM online_identities WHERE space = %s AND identity = %s", [space, _key(identity)]
        )
        return rows[0][0] if rows else None

    def mark(self, space: str) -> Mark:
        """How far the space's log was folded."""
        with self._connections.use() as connection:
            return _mark(connection, space)

    @contextmanager
    def turn(self, space: str) -> Generator["_Turn"]:
        """Wait for the turn to change a space."""
        with self._changing(space) as connection:
            turn = _Turn(connection, space)
            yield turn
            turn.flush()
            connection.ask(
                "INSERT INTO online_marks VALUES (%s, %s, %s)"
                " ON CONFLICT (space) DO UPDATE SET place = excluded.place, note = excluded.note",
                [space, *turn.mark],
            )

    def highest_place(self) -> int:
        """The highest place of the log that any space holds."""
        return self._read("SELECT coalesce(max(place), 0) FROM online_marks", [])[0][0]

    def drop(self, space: str) -> None:
        """Forget a space, in one step."""
        with self._changing(space) as connection:
            connection.ask(
                "DELETE FROM online_records USING online_identities i WHERE owner = i.number AND space = %s",
                [space],
            )
            connection.ask("DELETE FROM online_identities WHERE space = %s", [space])
            connection.ask("DELETE FROM online_marks WHERE space = %s", [space])

    def close(self) -> None:
        """Close the connections."""
        self._connections.close()

    def _read(self, query: str, values: Sequence[object]) -> Rows:
        with self._connections.use() as connection:
            return connection.ask(query, values)

    @contextmanager
    def _changing(self, space: str) -> Generator[Connection]:
        """A transaction that waits until no other one changes the space."""
        with self._connections.use(TURN_SECONDS) as connection, connection.transaction():
            connection.ask("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_TURN, space])
            yield connection

    def _make(self, connection: Connection) -> None:
        """Make the tables that are not there; any number of processes may do so at once."""
        with connection.transaction():
            connection.ask("SELECT pg_advisory_xact_lock(%s)", [_MAKING_TABLES])
            for statement in filter(str.strip, _TABLES.split(";")):
                connection.ask(statement, [])
            connection.ask(
                "INSERT INTO online_layout SELECT %s WHERE NOT EXISTS (SELECT FROM online_layout)",
                [FORMAT],
            )
            ((found,),) = connection.ask("SELECT max(format) FROM online_layout", [])
        if found > FORMAT:
            raise RuntimeError(
                f"the online store {self._connections.place} was written by a newer presage (format {found});"
                f" this one knows up to {FORMAT}"
            )


class _Turn:
    """A transaction on one space; see `protocol.Turn`. What is put is sent many at once."""

    def __init__(self, connection: Connection, space: str) -> None:
        self._connection, self._space = connection, space
        self._waiting: dict[str, tuple[bytes, bytes, Mapping[str, bytes], Iterable[str]]] = {}
        self.mark = _mark(connection, space)

    def load(self, identity: str) -> Stored | None:
        """What is kept of an identity; None if nothing is."""
        self._settle(identity)
        rows = self._connection.ask(
            "SELECT opened, ARRAY(SELECT value FROM online_records WHERE owner = i.number ORDER BY number)"
            " FROM online_identities i WHERE space = %s AND identity = %s",
            [self._space, _key(identity)],
        )
        return Stored(*rows[0]) if rows else None

    def put(
        self,
        identity: str,
        answer: bytes,
        opened: bytes,
        records: Mapping[str, bytes],
        removed: Iterable[str],
    ) -> None:
        """Keep an identity's answer and what changed of it."""
        self._settle(identity)
        self._waiting[identity] = answer, opened, records, removed

    def forget(self, identity: str) -> None:
        """Keep nothing of an identity any more."""
        self._settle(identity)
        rows = self._connection.ask(
            "DELETE FROM online_identities WHERE space = %s AND identity = %s RETURNING number",
            [self._space, _key(identity)],
        )
        if rows:
            self._connection.ask("DELETE FROM online_records WHERE owner = %s", rows[0])

    def flush(self) -> None:
        """Send what was put."""
        waiting = {(self._space, _key(identity)): one for identity, one in self._waiting.items()}
        self._waiting = {}
        owner = "FROM online_identities WHERE space = %s AND identity = %s"
        with self._connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO online_identities (space, identity, answer, opened) VALUES (%s, %s, %s, %s)"
                " ON CONFLICT (space, identity)"
                " DO UPDATE SET answer = excluded.answer, opened = excluded.opened",
                [(*whose, answer, opened) for whose, (answer, opened, _, _) in waiting.items()],
            )
            cursor.executemany(
                f"DELETE FROM online_records WHERE owner = (SELECT number {owner}) AND key = %s",  # noqa: S608
                [(*whose, _key(key)) for whose, (*_, removed) in waiting.items() for key in removed],
            )
            cursor.executemany(
                f"INSERT INTO online_records (owner, key, value) SELECT number, %s, %s {owner}"
                " ON CONFLICT (owner, key) DO UPDATE SET value = excluded.value",
                [
                    (_key(key), value, *whose)
                    for whose, (_, _, records, _) in waiting.items()
                    for key, value in records.items()
                ],
            )

    def _settle(self, identity: str) -> None:
        """Send what waits, if some of it is of this identity."""
        if identity in self._waiting:
            self.flush()


def _mark(connection: Connection, space: str) -> Mark:
    rows = connection.ask("SELECT place, note FROM online_marks WHERE space = %s", [space])
    return Mark(*rows[0]) if rows else Mark()


def _key(text: str) -> bytes:
    """A text as a key: its UTF-8, which may hold any sign; of a long one its hash, behind no UTF-8."""
    found = text.encode()
    return found if len(found) <= _LONGEST_KEY else b"\xff" + sha256(found).digest()
