"""The outbox: a row for each message, by delivery, period, user and channel.

    (no row)  --claim-->  SENDING  --taken-->  SENT
                             |------ refused ------> FAILED  --claim, until its tries are used up--> SENDING
                             |------ not known ----> DOUBT   --claim, if it is to be sent again----> SENDING
                             '-- its process died -> DOUBT   (the next run finds it as SENDING)

A row is on disk as SENDING before its message leaves, and nobody makes a second one: so a user gets at most
one message a period and channel. The message id is a function of the row: what is sent again has the same.
"""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import orjson
from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    bindparam,
    insert,
    select,
    update,
)

from presage.resources.database import exclusive, make_tables

from .limits import Got
from .names import FORGOTTEN, Names

metadata = MetaData()
outbox = Table(
    "outbox",
    metadata,
    Column("delivery", String(63), primary_key=True),
    Column("period", String(16), primary_key=True),
    Column("user_id", String(256), primary_key=True),
    Column("channel", String(63), primary_key=True),
    Column("message_id", String(40), nullable=False),
    Column("category", String(63), nullable=False),
    Column("state", String(8), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("recommendation_id", String(64), nullable=False),
    Column("items", Text, nullable=False),
    Column("sent_at", Float, nullable=False),
    Index("outbox_by_user", "user_id", "sent_at"),
    Index("outbox_by_recommendation", "recommendation_id"),
)
_MOST_REASON = 500


class State(StrEnum):
    """Where a message stands; SENDING is left to DOUBT when its process dies."""

    SENDING = "SENDING"
    SENT = "SENT"
    FAILED = "FAILED"
    DOUBT = "DOUBT"


_AGAIN = (State.FAILED, State.DOUBT)
MAY_HAVE_ARRIVED = (State.SENDING, State.SENT, State.DOUBT)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A message that is about to leave.

    Parameters
    ----------
    category : the group of its delivery
    items : ids of what it is about
    """

    user: str
    channel: str
    message_id: str
    category: str
    recommendation_id: str
    items: Sequence[str]


@dataclass(frozen=True)
class Ended:
    """What became of a message.

    Parameters
    ----------
    counts : whether it was a try; a channel that nothing reaches is none
    """

    entry: Entry
    state: State
    reason: str = ""
    counts: bool = True


@dataclass(frozen=True)
class Standing:
    """Where an earlier try stands."""

    state: State
    tries: int


def message_id(delivery: str, period: str, user: str) -> str:
    """The id of a user's message in a period: 32 hexadecimal digits, the same on every machine."""
    return hashlib.sha256(orjson.dumps([delivery, period, user])).hexdigest()[:32]


class Outbox:
    """The rows of one delivery in one period, and what users got of others.

    Parameters
    ----------
    engine : of the records database; the table is made if it is not there
    """

    def __init__(self, engine: Engine, delivery: str, period: str) -> None:
        self._engine = exclusive(engine)
        self._own = {"delivery": delivery, "period": period}
        self._here = (outbox.c.delivery == delivery, outbox.c.period == period)
        with self._engine.begin() as connection:
            make_tables(connection, metadata)
            self._names = Names(connection)

    def give_up_sending(self) -> int:
        """Leave to DOUBT what a run that died was sending; how many there are. Only one run may do so."""
        reason = "the process that sent it died"
        change = update(outbox).where(*self._here, outbox.c.state == State.SENDING)
        with self._engine.begin() as connection:
            return connection.execute(change.values(state=State.DOUBT, reason=reason)).rowcount

    def n_users(self) -> int:
        """How many users got the message in this period, or may have got it."""
        query = select(outbox.c.user_id).where(*self._here, outbox.c.state.in_(MAY_HAVE_ARRIVED)).distinct()
        with self._engine.connect() as connection:
            return len(connection.execute(query).all())

    def standing(self, users: Collection[str]) -> dict[tuple[str, str], Standing]:
        """(user, channel) -> where an earlier try of this period stands."""
        with self._engine.connect() as connection:
            return self._standing(connection, users)

    def got(self, users: Collection[str], since: float) -> dict[str, list[Got]]:
        """What each user got after an instant by other deliveries, and by this one in other periods."""
        with self._engine.connect() as connection:
            return self._got(connection, users, since)

    def turn(
        self,
        ended: Sequence[Ended],
        wanted: Sequence[Entry],
        at: float,
        since: float = 0.0,
        may_get: Callable[[Sequence[Got]], bool] = lambda _: True,
    ) -> list[Entry]:
        """Store how messages ended, and claim others: those that are to be sent are the answer.

        It is one transaction, the only one at a time: what other deliveries sent meanwhile counts, and what
        another run has claimed is not claimed again.

        Parameters
        ----------
        at : now, seconds since 1970, UTC
        since : what users got after it is asked for; 0 = nothing is
        may_get : whether a user who got so much may get one more
        """
        with self._engine.begin() as connection:
            if ended:
                connection.execute(_END, [self._ended(one) for one in ended])
            if not wanted:
                return []
            users = {one.user for one in wanted}
            got = self._got(connection, users, since) if since else {}
            standing = self._standing(connection, users)
            claimed = [
                one
                for one in wanted
                if may_get(got.get(one.user, ()))
                and ((found := standing.get(_of(one))) is None or found.state in _AGAIN)
            ]
            fresh = [self._row(one, at, 1) for one in claimed if _of(one) not in standing]
            again = [
                _bound(self._row(one, at, standing[_of(one)].tries + 1))
                for one in claimed
                if _of(one) in standing
            ]
            if fresh:
                connection.execute(insert(outbox), fresh)
            if again:
                connection.execute(_CLAIM_AGAIN, again)
            return claimed

    def _standing(self, connection: Connection, users: Collection[str]) -> dict[tuple[str, str], Standing]:
        called = self._called(users)
        query = select(outbox.c.user_id, outbox.c.channel, outbox.c.state, outbox.c.tries).where(
            *self._here, outbox.c.user_id.in_(called)
        )
        return {
            (called[name], channel): Standing(_for_good(name, State(state)), tries)
            for name, channel, state, tries in connection.execute(query)
        }

    def _called(self, users: Collection[str]) -> dict[str, str]:
        """What users are called here -> the user: by their ids, or as those who were forgotten."""
        return {self._names.forgotten(user): user for user in users} | {user: user for user in users}

    def _got(self, connection: Connection, users: Collection[str], since: float) -> dict[str, list[Got]]:
        columns = (outbox.c.user_id, outbox.c.delivery, outbox.c.period, outbox.c.category, outbox.c.sent_at)
        called = self._called(users)
        query = select(*columns).where(
            outbox.c.user_id.in_(called), outbox.c.sent_at > since, outbox.c.state.in_(MAY_HAVE_ARRIVED)
        )
        messages = {
            # the same by another channel is no other message
            (called[name], delivery, period): Got(category, at)
            for name, delivery, period, category, at in connection.execute(query)
            if (delivery, period) != (self._own["delivery"], self._own["period"])
        }
        found: dict[str, list[Got]] = {}
        for (user, _, _), one in messages.items():
            found.setdefault(user, []).append(one)
        return found

    def _row(self, entry: Entry, at: float, tries: int) -> dict[str, Any]:
        return self._own | {
            "user_id": entry.user,
            "channel": entry.channel,
            "message_id": entry.message_id,
            "category": entry.category,
            "state": State.SENDING,
            "tries": tries,
            "reason": "",
            "recommendation_id": entry.recommendation_id,
            "items": orjson.dumps(list(entry.items)).decode(),
            "sent_at": at,
        }

    def _ended(self, one: Ended) -> dict[str, Any]:
        key = self._own | {"user_id": one.entry.user, "channel": one.entry.channel}
        tried = {"state": one.state, "reason": one.reason[:_MOST_REASON], "untried": int(not one.counts)}
        return _bound(key | tried)


_KEY = ("delivery", "period", "user_id", "channel")
_THIS = [outbox.c[name] == bindparam(f"b_{name}") for name in _KEY]
_END = (
    update(outbox)
    .where(*_THIS)
    .values(
        state=bindparam("b_state"),
        reason=bindparam("b_reason"),
        tries=outbox.c.tries - bindparam("b_untried"),
    )
)
_CHANGED = ("state", "tries", "reason", "recommendation_id", "items", "sent_at")
_CLAIM_AGAIN = update(outbox).where(*_THIS).values({name: bindparam(f"b_{name}") for name in _CHANGED})


def _for_good(name: str, state: State) -> State:
    """Where a message stands; what a forgotten user may have got is never sent again."""
    return State.SENT if name.startswith(FORGOTTEN) else state


def _of(entry: Entry) -> tuple[str, str]:
    return entry.user, entry.channel


def _bound(row: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a statement; a column's own name is not one of them."""
    return {f"b_{name}": value for name, value in row.items()}
