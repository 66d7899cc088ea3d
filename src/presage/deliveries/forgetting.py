"""Users are forgotten: what tells of them goes; that they had a message may stay, under a name nobody reads.

Limits and "once a period" hold on for them, as the app may still have them in an audience.
"""

from collections.abc import Collection

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    and_,
    case,
    delete,
    exists,
    or_,
    select,
    text,
    update,
)

from presage.resources.database import exclusive, make_tables

from .limits import DAY_SECONDS
from .names import FORGOTTEN, Names
from .outbox import MAY_HAVE_ARRIVED, State, metadata, outbox
from .spec import LONGEST_LIMIT_DAYS, ONCE

USERS_AT_ONCE = 5_000


def forget(engine: Engine, users: Collection[str], now: float) -> int:
    """Leave nothing in the outbox that tells of users; of how many messages something was there.

    What they got stays counted for as long as a limit or a period may ask for it, under a hash with the
    cluster's secret, with neither items nor recommendationId. All else is deleted.
    """
    everybody, n_messages = list(users), 0
    for begin in range(0, len(everybody), USERS_AT_ONCE):
        some = everybody[begin : begin + USERS_AT_ONCE]
        with exclusive(engine).begin() as connection:
            _prepare(connection)
            names = Names(connection)
            known = select(outbox.c.user_id).where(outbox.c.user_id.in_(some)).distinct()
            for user in connection.execute(known).scalars().all():
                n_messages += _forget(connection, user, names.forgotten(user), now)
            connection.execute(delete(outbox).where(outbox.c.user_id.startswith(FORGOTTEN), ~_counts(now)))
    return n_messages


def forget_before(engine: Engine, at: float) -> int:
    """Delete rows of messages before an instant (seconds since 1970, UTC), but those that are sent once."""
    with engine.begin() as connection:
        _prepare(connection)
        old = delete(outbox).where(outbox.c.sent_at < at, outbox.c.period != ONCE)
        return connection.execute(old).rowcount


def _forget(connection: Connection, user: str, forgotten: str, now: float) -> int:
    """Give a user's messages to his other name, where that has none yet, and delete what is left."""
    his, other = outbox.c.user_id == user, outbox.alias()
    same = (other.c[name] == outbox.c[name] for name in ("delivery", "period", "channel"))
    has_one = exists().where(other.c.user_id == forgotten, *same)
    renamed = update(outbox).where(his, _counts(now), ~has_one)
    was = case((outbox.c.state == State.SENDING, State.DOUBT), else_=outbox.c.state)
    empty = {"message_id": "", "reason": "", "recommendation_id": "", "items": "[]"}
    n_kept = connection.execute(renamed.values(user_id=forgotten, state=was, **empty)).rowcount
    n_deleted = connection.execute(delete(outbox).where(his)).rowcount
    return n_kept + n_deleted


def _counts(now: float) -> ColumnElement[bool]:
    """Whether a limit or a period may still ask for a message."""
    since = now - LONGEST_LIMIT_DAYS * DAY_SECONDS
    return and_(outbox.c.state.in_(MAY_HAVE_ARRIVED), or_(outbox.c.period == ONCE, outbox.c.sent_at > since))


def _prepare(connection: Connection) -> None:
    """Have the tables, and let what is deleted be overwritten on disk."""
    make_tables(connection, metadata)
    if connection.dialect.name == "sqlite":
        connection.execute(text("PRAGMA secure_delete = ON"))
