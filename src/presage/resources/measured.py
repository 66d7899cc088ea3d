"""What jobs measured of the health of things: the latest value of each."""

from collections.abc import Mapping

from sqlalchemy import Column, Engine, Float, MetaData, String, Table, delete, insert, select

from .database import exclusive, make_tables

metadata = MetaData()
measured = Table(
    "measured",
    metadata,
    Column("metric", String(64), primary_key=True),
    Column("subject", String(320), primary_key=True),
    Column("value", Float, nullable=False),
    Column("at", Float, nullable=False),
)


class Measured:
    """The latest measurements, by metric and subject."""

    def __init__(self, engine: Engine) -> None:
        self._engine = exclusive(engine)
        with self._engine.begin() as connection:
            make_tables(connection, metadata)

    def put(self, metric: str, values: Mapping[str, float], at: float) -> None:
        """Store what was measured of a metric, by subject, in the place of what was before."""
        with self._engine.begin() as connection:
            connection.execute(delete(measured).where(measured.c.metric == metric))
            for subject, value in values.items():
                connection.execute(
                    insert(measured).values(metric=metric, subject=subject, value=value, at=at)
                )

    def of(self, metric: str) -> dict[str, float]:
        """Subject -> what was measured last."""
        query = select(measured.c.subject, measured.c.value).where(measured.c.metric == metric)
        with self._engine.connect() as connection:
            return {subject: value for subject, value in connection.execute(query)}  # noqa: C416
