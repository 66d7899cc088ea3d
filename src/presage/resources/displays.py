"""How many answers each campaign gave, by day: what a conversion is a share of."""

from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import Column, Engine, Integer, MetaData, String, Table, insert, select, update

from .database import exclusive, make_tables

metadata = MetaData()
displays = Table(
    "displays",
    metadata,
    Column("arn", String(320), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("n", Integer, nullable=False),
)


class Displays:
    """Answers given, by the ARN of who gave them and the day (UTC)."""

    def __init__(self, engine: Engine) -> None:
        self._engine = exclusive(engine)
        with self._engine.begin() as connection:
            make_tables(connection, metadata)

    def add(self, counts: Mapping[str, int], at: float) -> None:
        """Count answers that were given; on disk when this returns.

        Parameters
        ----------
        counts : ARN -> how many
        at : when, seconds since 1970, UTC
        """
        day = datetime.fromtimestamp(at, UTC).date().isoformat()
        with self._engine.begin() as connection:
            for arn, n in counts.items():
                this = (displays.c.arn == arn, displays.c.day == day)
                found = connection.execute(update(displays).where(*this).values(n=displays.c.n + n))
                if found.rowcount == 0:
                    connection.execute(insert(displays).values(arn=arn, day=day, n=n))

    def of(self, arn: str) -> dict[str, int]:
        """Day -> how many answers, the first day first."""
        query = select(displays.c.day, displays.c.n).where(displays.c.arn == arn).order_by(displays.c.day)
        with self._engine.connect() as connection:
            return {day: n for day, n in connection.execute(query)}  # noqa: C416
