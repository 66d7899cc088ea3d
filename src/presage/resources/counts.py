"""How often things happened, by slots of time: counts that several processes add to."""

from collections.abc import Mapping

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    delete,
    func,
    insert,
    select,
)
from sqlalchemy import update as change

from .database import exclusive, make_tables

metadata = MetaData()
counts = Table(
    "counts",
    metadata,
    Column("what", String(32), primary_key=True),
    Column("slot", Integer, primary_key=True),
    Column("subject", String(320), primary_key=True),
    Column("n", BigInteger, nullable=False),
)


class Counts:
    """Counts of what happened, each thing to a subject, in slots of so many seconds.

    Parameters
    ----------
    engine : of the records
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = exclusive(engine)
        with self._engine.begin() as connection:
            make_tables(connection, metadata)

    def add(self, what: str, news: Mapping[str, int], *, at: float, slot_seconds: int) -> None:
        """Count what happened at an instant, by subject; on disk when this returns."""
        slot = int(at // slot_seconds) * slot_seconds
        with self._engine.begin() as connection:
            for subject, n in news.items():
                this = (counts.c.what == what, counts.c.slot == slot, counts.c.subject == subject)
                if connection.execute(change(counts).where(*this).values(n=counts.c.n + n)).rowcount == 0:
                    connection.execute(insert(counts).values(what=what, slot=slot, subject=subject, n=n))

    def totals(self, what: str, since: float, until: float) -> dict[str, int]:
        """Subject -> how often it happened, in the slots that begin from `since` until before `until`."""
        total = func.sum(counts.c.n)
        query = select(counts.c.subject, total).where(*_of(what, since, until)).group_by(counts.c.subject)
        with self._engine.connect() as connection:
            return {subject: int(n) for subject, n in connection.execute(query)}

    def by_slot(self, what: str, since: float, until: float) -> list[tuple[int, str, int]]:
        """(slot, subject, how often), the first slot first; a slot is named by the second it begins with."""
        columns = (counts.c.slot, counts.c.subject, counts.c.n)
        query = select(*columns).where(*_of(what, since, until)).order_by(*columns)
        with self._engine.connect() as connection:
            return [(slot, subject, n) for slot, subject, n in connection.execute(query)]

    def drop(self, what: str, before: float) -> None:
        """Forget the slots that begin before an instant."""
        with self._engine.begin() as connection:
            connection.execute(delete(counts).where(counts.c.what == what, counts.c.slot < before))


def _of(what: str, since: float, until: float) -> tuple[ColumnElement[bool], ...]:
    return counts.c.what == what, counts.c.slot >= since, counts.c.slot < until
