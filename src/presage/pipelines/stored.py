"""Journals in the database of the records: a run goes on from there in whatever process."""

from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
)
from sqlalchemy.exc import OperationalError

from presage.errors import Unavailable
from presage.resources.database import make_tables

from .journal import Event, Journal, Position

MOST_EVENTS = 10_000
"""So many of the latest events of a run are kept."""
_PRUNED_EVERY = 500
metadata = MetaData()
positions = Table(
    "pipeline_positions",
    metadata,
    Column("run", String(320), primary_key=True),
    Column("path", Text, primary_key=True),
    Column("body", Text, nullable=False),
)
events = Table(
    "pipeline_events",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("run", String(320), nullable=False),
    Column("body", Text, nullable=False),
    Index("pipeline_events_by_run", "run", "number"),
)


def open_journals(engine: Engine) -> None:
    """Make the tables of journals, if they are not there yet."""
    with engine.begin() as connection:
        make_tables(connection, metadata)


class StoredJournal(Journal):
    """The journal of one run; what is put is on disk when that returns."""

    def __init__(self, engine: Engine, run: str, clock: Callable[[], float]) -> None:
        super().__init__(clock)
        self._engine, self._run = engine, run
        open_journals(engine)
        query = select(positions.c.path, positions.c.body).where(positions.c.run == run)
        with engine.connect() as connection:
            for path, body in connection.execute(query):
                self._positions[path] = msgspec.json.decode(body, type=Position)
            self._n_events = connection.execute(_count(run)).scalar_one()

    @property
    def n_events(self) -> int:
        """How much has happened; it grows with every step."""
        return self._n_events

    def put(self, path: str, position: Position, *happened: Event, drop: str = "") -> None:
        """Write down where a flow stands, and what happened: both or neither. Raises Unavailable."""
        over = [one for one in self._positions if drop and one.startswith(drop)]
        self._keep(path, position, drop)
        try:
            with self._engine.begin() as connection:
                self._put(connection, path, position, happened)
                for one in over:
                    connection.execute(delete(positions).where(*self._is(one)))
        except OperationalError as error:
            raise Unavailable(f"the database of the records does not answer: {error.orig}") from None

    def _put(
        self, connection: Connection, path: str, position: Position, happened: tuple[Event, ...]
    ) -> None:
        connection.execute(delete(positions).where(*self._is(path)))
        connection.execute(insert(positions).values(run=self._run, path=path, body=_text(position)))
        for event in happened:
            connection.execute(insert(events).values(run=self._run, body=_text(event)))
            self._n_events += 1
            if self._n_events % _PRUNED_EVERY == 0:
                _prune(connection, self._run)

    def _is(self, path: str) -> tuple[Any, Any]:
        return positions.c.run == self._run, positions.c.path == path


def history(engine: Engine, run: str, after: int = 0, most: int = 1_000) -> list[tuple[int, Event]]:
    """What happened in a run, oldest first, with the numbers of the events.

    Parameters
    ----------
    after : only those with a larger number: the next page
    """
    open_journals(engine)
    query = select(events.c.number, events.c.body).where(events.c.run == run, events.c.number > after)
    with engine.connect() as connection:
        rows = connection.execute(query.order_by(events.c.number).limit(most))
        return [(number, msgspec.json.decode(body, type=Event)) for number, body in rows]


def position_of(engine: Engine, run: str, path: str = "") -> Position | None:
    """Where a flow of a run stands; the run's own is the one without a path."""
    open_journals(engine)
    query = select(positions.c.body).where(positions.c.run == run, positions.c.path == path)
    with engine.connect() as connection:
        body = connection.execute(query).scalar()
    return msgspec.json.decode(body, type=Position) if body else None


def forget(engine: Engine, run: str) -> None:
    """Delete the journal of a run."""
    open_journals(engine)
    with engine.begin() as connection:
        for table in (positions, events):
            connection.execute(delete(table).where(table.c.run == run))


def _count(run: str) -> Any:
    return select(func.count()).select_from(events).where(events.c.run == run)


def _prune(connection: Connection, run: str) -> None:
    """Delete the oldest events of a run that has too many."""
    newest = select(events.c.number).where(events.c.run == run).order_by(events.c.number.desc())
    oldest_kept = connection.execute(newest.offset(MOST_EVENTS).limit(1)).scalar()
    if oldest_kept is not None:
        connection.execute(delete(events).where(events.c.run == run, events.c.number <= oldest_kept))


def _text(value: Any) -> str:
    return msgspec.json.encode(value).decode()
