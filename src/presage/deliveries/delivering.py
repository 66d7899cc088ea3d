"""One run of a delivery."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, nullcontext
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from presage.notices import Channel, NoticeError, open_channel

from .audience import UsersOf, audience_of
from .content import Client, Source, open_source
from .databases import Row, said_by
from .errors import DeliveryError
from .outbox import Outbox
from .outcome import Fate, Outcome
from .periods import period_of
from .planning import Planner
from .sending import Sender, Sessions
from .spec import Spec, Template, zone_of
from .turn import only_run

CHUNK_USERS = 500
OWN_PLACES = {"recommendation_id", "message_id", "period", "item_id"}
"""What a channel's URL may name beside the columns of the audience."""
UNDECIDED = Template(title="an offer, which is decided when it is sent", body="")
Report = Callable[[str, float], None]


@dataclass(frozen=True, kw_only=True)
class Means:
    """What deliveries use.

    Parameters
    ----------
    engine : of the records database, which holds the outbox
    client : the name of an AWS service -> its boto3 client
    clock : seconds since 1970, UTC
    channels, databases : by name the URL, as the configuration has them
    users_of : finds the users of a dataset group whom a filter lets through
    """

    engine: Engine
    client: Client
    clock: Callable[[], float]
    channels: Mapping[str, str]
    databases: Mapping[str, str]
    users_of: UsersOf


def deliver(
    spec: Spec, means: Means, report: Report = lambda _step, _done: None, *, dry_run: bool = False
) -> Outcome:
    """Send each user of the audience the message of this period, unless he has it or must not get it now.

    It may be run again at any time: nobody gets the message of a period twice by the same channel.

    Parameters
    ----------
    report : is told the step, and how much of it is done
    dry_run : nothing is sent; the outcome tells who would get what. Offers are not decided: that spends

    Raises DeliveryError that says what is wrong; what was sent stays sent.
    """
    try:
        return _deliver(spec, means, report, dry_run=dry_run)
    except SQLAlchemyError as error:
        raise DeliveryError(f"the outbox cannot be used: {said_by(error)}") from None


def _deliver(spec: Spec, means: Means, report: Report, *, dry_run: bool) -> Outcome:
    period = period_of(means.clock(), spec.period, zone_of(spec.time_zone))
    outbox = Outbox(means.engine, spec.name, period)
    outcome = Outcome(spec.name, period)
    channels = _channels(spec, means)
    messages = (UNDECIDED if dry_run and spec.decides else spec.message).compiled()
    report("reading the audience", 0.0)
    audience = _audience(spec, means, channels)
    turn = nullcontext() if dry_run else only_run(means.engine, spec.name)
    with turn, ExitStack() as stack:
        sessions = stack.enter_context(closing(Sessions(channels)))
        pool = stack.enter_context(ThreadPoolExecutor(spec.at_once, thread_name_prefix="delivery"))
        if not dry_run:
            outbox.give_up_sending()
        planner = Planner(
            spec=spec,
            period=period,
            channels=channels,
            messages=messages,
            outbox=outbox,
            source=_source(spec, means, pool, stack, dry_run=dry_run),
            outcome=outcome,
            n_users=outbox.n_users(),
            is_dry=dry_run,
        )
        if dry_run:
            _tell(planner, audience, means.clock())
            return outcome
        sender = Sender(spec, planner=planner, outbox=outbox, sessions=sessions, pool=pool, clock=means.clock)
        size = spec.at_once if spec.decides else CHUNK_USERS  # what is decided is to be sent at once
        with closing(sender):
            for first in range(0, len(audience), size):
                report("sending", first / len(audience))
                sender.send(planner.plan(audience[first : first + size], means.clock()))
    return outcome


def _tell(planner: Planner, audience: Sequence[Row], now: float) -> None:
    """Say of each user what he would get."""
    for first in range(0, len(audience), CHUNK_USERS):
        for one in planner.plan(audience[first : first + CHUNK_USERS], now):
            if planner.admits(one, now):
                planner.leave(one.entry.user, [one.entry.channel], Fate.DUE, one.message.title)


def _channels(spec: Spec, means: Means) -> dict[str, Channel]:
    try:
        return {name: open_channel(name, means.channels) for name in spec.channels}
    except NoticeError as error:
        raise DeliveryError(str(error)) from None


def _audience(spec: Spec, means: Means, channels: Mapping[str, Channel]) -> list[Row]:
    """The rows of the audience, which have the columns that the delivery and its channels name."""
    found = audience_of(spec.audience, means.users_of, means.databases, means.clock())
    if found:
        for channel in channels.values():
            if lacks := channel.places - found[0].keys() - OWN_PLACES:
                raise DeliveryError(
                    f"the channel {channel.name!r} names {{{min(lacks)}}}, which is no column of the"
                    f" audience; it has: {', '.join(found[0])}"
                )
    return found


def _source(
    spec: Spec, means: Means, pool: ThreadPoolExecutor, stack: ExitStack, *, dry_run: bool
) -> Source | None:
    if spec.content is None or (dry_run and spec.decides):
        return None
    return open_source(
        spec.content,
        databases=means.databases,
        client=means.client,
        pool=pool,
        now=means.clock(),
        closing=stack,
    )
