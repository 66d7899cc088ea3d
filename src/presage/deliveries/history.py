"""What was sent, and what it led to: for the console, charts and commands."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Engine, Executable, func, select

from presage.resources.database import make_tables

from .outbox import MAY_HAVE_ARRIVED, State, metadata, outbox

IDS_A_QUERY = 500


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A delivery's messages of a period, by channel.

    Parameters
    ----------
    states : how many messages stand where
    first_at, last_at : seconds since 1970, UTC
    """

    delivery: str
    period: str
    channel: str
    states: Mapping[State, int]
    first_at: float
    last_at: float


@dataclass(frozen=True, kw_only=True)
class Unsent:
    """How many messages of a period failed, or are in doubt, for the same reason."""

    delivery: str
    period: str
    channel: str
    state: State
    reason: str
    n: int


@dataclass(frozen=True, kw_only=True)
class Sending:
    """A message of a user."""

    delivery: str
    period: str
    channel: str
    state: State
    reason: str
    recommendation_id: str
    items: Sequence[str]
    sent_at: float


@dataclass(frozen=True, kw_only=True)
class Converted:
    """How many users' messages of a period led to events of a type.

    Parameters
    ----------
    n_messages : users who got it, or may have
    n_converted : of them, those whose recommendationId came back with such an event
    """

    delivery: str
    period: str
    event_type: str
    n_messages: int
    n_converted: int


def history(engine: Engine, delivery: str = "", most: int = 100) -> list[Sent]:
    """What deliveries sent, the latest first.

    Parameters
    ----------
    delivery : of this one alone; empty = of all
    most : so many of the latest
    """
    c, last_at = outbox.c, func.max(outbox.c.sent_at)
    of = (c.delivery, c.period, c.channel)
    wanted = select(*of, func.min(c.sent_at), last_at).group_by(*of).order_by(last_at.desc()).limit(most)
    counted = select(*of, c.state, func.count()).group_by(*of, c.state)
    if delivery:
        wanted, counted = wanted.where(c.delivery == delivery), counted.where(c.delivery == delivery)
    states: dict[tuple[str, ...], dict[State, int]] = {}
    for *key, state, n in _rows(engine, counted):
        states.setdefault(tuple(key), {})[State(state)] = n
    return [
        Sent(
            delivery=name,
            period=period,
            channel=channel,
            states=states.get((name, period, channel), {}),
            first_at=first,
            last_at=last,
        )
        for name, period, channel, first, last in _rows(engine, wanted)
    ]


def unsent(engine: Engine, delivery: str = "", most: int = 20) -> list[Unsent]:
    """Why messages did not leave, or may not have, the latest first; of one delivery, or of all."""
    c, last_at = outbox.c, func.max(outbox.c.sent_at)
    of = (c.delivery, c.period, c.channel, c.state, c.reason)
    query = select(*of, func.count(), last_at).where(c.state.in_((State.FAILED, State.DOUBT)))
    if delivery:
        query = query.where(c.delivery == delivery)
    rows = _rows(engine, query.group_by(*of).order_by(last_at.desc()).limit(most))
    return [
        Unsent(delivery=name, period=period, channel=channel, state=State(state), reason=reason, n=n)
        for name, period, channel, state, reason, n, _ in rows
    ]


def messages_of(engine: Engine, user: str, most: int = 100) -> list[Sending]:
    """What a user got, or was to get, the latest first."""
    c = outbox.c
    columns = (c.delivery, c.period, c.channel, c.state, c.reason, c.recommendation_id, c["items"], c.sent_at)
    query = select(*columns).where(c.user_id == user).order_by(c.sent_at.desc()).limit(most)
    return [
        Sending(
            delivery=delivery,
            period=period,
            channel=channel,
            state=State(state),
            reason=reason,
            recommendation_id=recommendation_id,
            items=orjson.loads(items),
            sent_at=at,
        )
        for delivery, period, channel, state, reason, recommendation_id, items, at in _rows(engine, query)
    ]


def conversions(engine: Engine, told: Iterable[tuple[str, str]]) -> list[Converted]:
    """What messages led to, by delivery and period, then event type; the latest period first.

    Parameters
    ----------
    told : (recommendationId, event type) of events
    """
    types: dict[str, set[str]] = {}
    for identity, event_type in told:
        types.setdefault(identity, set()).add(event_type)
    converted: dict[tuple[str, str, str], set[str]] = {}
    c, arrived = outbox.c, outbox.c.state.in_(MAY_HAVE_ARRIVED)
    known = list(types)
    for first in range(0, len(known), IDS_A_QUERY):
        identities = known[first : first + IDS_A_QUERY]
        of = select(c.delivery, c.period, c.user_id, c.recommendation_id)
        for delivery, period, user, identity in _rows(
            engine, of.where(c.recommendation_id.in_(identities), arrived)
        ):
            for event_type in types[identity]:
                converted.setdefault((delivery, period, event_type), set()).add(user)
    n_users = func.count(c.user_id.distinct())
    sent = select(c.delivery, c.period, n_users).where(arrived).group_by(c.delivery, c.period)
    n_messages = {(delivery, period): n for delivery, period, n in _rows(engine, sent)}
    found = [
        Converted(
            delivery=delivery,
            period=period,
            event_type=event_type,
            n_messages=n_messages[delivery, period],
            n_converted=len(users),
        )
        for (delivery, period, event_type), users in converted.items()
    ]
    return sorted(found, key=lambda one: (one.period, one.delivery, one.event_type), reverse=True)


def _rows(engine: Engine, query: Executable) -> Sequence[Any]:
    with engine.begin() as connection:
        make_tables(connection, metadata)
        return connection.execute(query).all()
