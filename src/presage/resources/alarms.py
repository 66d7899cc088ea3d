"""Alarms as they are kept: those that were made, where each stands, and the notices of them.

What fires and what ends is decided in one transaction, so that of several servers one alone says so.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields

import orjson
from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Float,
    Integer,
    MetaData,
    RowMapping,
    Select,
    String,
    Table,
    Text,
    delete,
    insert,
    select,
    update,
)

from .database import exclusive, make_tables
from .record import Body

metadata = MetaData()
made = Table(
    "alarms",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("body", Text, nullable=False),
)
standings = Table(
    "alarm_standings",
    metadata,
    Column("alarm", String(64), primary_key=True),
    Column("subject", String(512), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("since", Float, nullable=False),
    Column("fired_at", Float, nullable=False),
    Column("value", Float, nullable=False),
)
notices = Table(
    "alarm_notices",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("alarm", String(64), nullable=False),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("channels", Text, nullable=False),
    Column("at", Float, nullable=False),
    Column("sent_at", Float),
    Column("tries", Integer, nullable=False, default=0),
    Column("not_before", Float, nullable=False, default=0.0),
    Column("error", Text, nullable=False, default=""),
)
rounds = Table(
    "alarm_rounds",
    metadata,
    Column("name", String(16), primary_key=True),
    Column("at", Float, nullable=False),
)
MOST_TRIES = 8
"""A notice that no channel took in so many tries stays unsent."""
FIRST_PAUSE_SECONDS = 60.0
"""After a try there is so long a pause, and twice as long after the next."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where an alarm stands for a subject that is, or was, beyond its bound.

    Parameters
    ----------
    state : PENDING, until that has lasted long enough; FIRING; ENDING, until its end has lasted long enough
    since : when it came to stand so, seconds since 1970, UTC
    fired_at : when it fired; 0 = it has not
    value : what was read last
    """

    state: str
    since: float
    fired_at: float = 0.0
    value: float


@dataclass(frozen=True, kw_only=True)
class AlarmNotice:
    """What is, or was, to be said of an alarm.

    Parameters
    ----------
    number : counts up; 0 = it is not kept yet
    sent_at : when the channels took it; None = they have not
    error : what went wrong in the last try
    """

    number: int = 0
    alarm: str
    title: str
    body: str
    channels: Sequence[str]
    at: float
    sent_at: float | None = None
    tries: int = 0
    error: str = ""


Key = tuple[str, str]
"""(alarm, subject)"""
Decide = Callable[[Mapping[Key, Standing]], tuple[Mapping[Key, Standing], Iterable[AlarmNotice]]]
"""Where alarms stand -> where they stand from now on (all that do), and what is to be said."""


class Alarms:
    """The alarms of a database of records."""

    def __init__(self, engine: Engine) -> None:
        self._engine = exclusive(engine)
        with self._engine.begin() as connection:
            make_tables(connection, metadata)

    def put(self, name: str, body: Body) -> None:
        """Make an alarm, or make it anew."""
        with self._engine.begin() as connection:
            connection.execute(delete(made).where(made.c.name == name))
            connection.execute(insert(made).values(name=name, body=orjson.dumps(dict(body)).decode()))

    def drop(self, name: str) -> bool:
        """Forget an alarm that was made; whether there was one."""
        with self._engine.begin() as connection:
            return connection.execute(delete(made).where(made.c.name == name)).rowcount > 0

    def made(self) -> dict[str, Body]:
        """The alarms that were made, by name."""
        with self._engine.connect() as connection:
            return {name: orjson.loads(body) for name, body in connection.execute(select(made))}

    def take_turn(self, what: str, now: float, seconds: float) -> float | None:
        """How long ago somebody did something, if that is so long at least; who is told it must do it.

        None = it is nobody's turn yet. 0 if nobody ever has, or the clock was set back.
        """
        with self._engine.begin() as connection:
            at = connection.execute(select(rounds.c.at).where(rounds.c.name == what)).scalar()
            if at is not None and 0 <= now - at < seconds:
                return None
            connection.execute(delete(rounds).where(rounds.c.name == what))
            connection.execute(insert(rounds).values(name=what, at=now))
            return max(0.0, now - at) if at is not None else 0.0

    def standing(self) -> dict[Key, Standing]:
        """Where alarms stand; what is not named is as it should be."""
        with self._engine.connect() as connection:
            return _standing(connection)

    def decide(self, decide: Decide) -> None:
        """Change where alarms stand; notices are kept until they are sent."""
        with self._engine.begin() as connection:
            before = _standing(connection)
            after, said = decide(before)
            for alarm, subject in before:
                this = (standings.c.alarm == alarm, standings.c.subject == subject)
                if before[alarm, subject] != after.get((alarm, subject)):
                    connection.execute(delete(standings).where(*this))
            for (alarm, subject), one in after.items():
                if one != before.get((alarm, subject)):
                    values = {field.name: getattr(one, field.name) for field in fields(one)}
                    connection.execute(insert(standings).values(alarm=alarm, subject=subject, **values))
            for notice in said:
                connection.execute(
                    insert(notices).values(
                        alarm=notice.alarm,
                        title=notice.title,
                        body=notice.body,
                        channels=orjson.dumps(list(notice.channels)).decode(),
                        at=notice.at,
                        sent_at=None if notice.channels else notice.at,
                    )
                )

    def take_notices(self, now: float) -> list[AlarmNotice]:
        """The notices to send now, the first first; nobody else sends them for a while."""
        with self._engine.begin() as connection:
            waits = (notices.c.sent_at.is_(None), notices.c.not_before <= now, notices.c.tries < MOST_TRIES)
            found = [_notice(row) for row in connection.execute(_notices().where(*waits)).mappings()]
            for one in found:
                later = now + FIRST_PAUSE_SECONDS * 2**one.tries
                self._tell(connection, one.number, tries=one.tries + 1, not_before=later)
            return found

    def sent(self, number: int, at: float) -> None:
        """The channels have taken a notice."""
        with self._engine.begin() as connection:
            self._tell(connection, number, sent_at=at, error="")

    def not_sent(self, number: int, channels: Sequence[str], error: str) -> None:
        """These channels have not taken a notice; they are tried again."""
        with self._engine.begin() as connection:
            self._tell(connection, number, channels=orjson.dumps(list(channels)).decode(), error=error)

    def notices(self, limit: int = 100) -> list[AlarmNotice]:
        """The notices, newest first."""
        query = _notices().order_by(None).order_by(notices.c.number.desc()).limit(limit)
        with self._engine.connect() as connection:
            return [_notice(row) for row in connection.execute(query).mappings()]

    def forget_notices(self, before: float) -> None:
        """Forget the notices of before an instant."""
        with self._engine.begin() as connection:
            connection.execute(delete(notices).where(notices.c.at < before))

    def _tell(self, connection: Connection, number: int, **values: object) -> None:
        connection.execute(update(notices).where(notices.c.number == number).values(**values))


def _standing(connection: Connection) -> dict[Key, Standing]:
    rows = connection.execute(select(standings)).mappings()
    return {
        (row["alarm"], row["subject"]): Standing(**{f.name: row[f.name] for f in fields(Standing)})
        for row in rows
    }


_NOTICE = tuple(notices.c[field.name] for field in fields(AlarmNotice))


def _notices() -> Select[tuple[object, ...]]:
    return select(*_NOTICE).order_by(notices.c.number)


def _notice(row: RowMapping) -> AlarmNotice:
    held = {str(name): value for name, value in row.items()}
    return AlarmNotice(**held | {"channels": orjson.loads(held["channels"])})
