"""Alarms: those that hold, where each stands, and what was said of them."""

import msgspec
from msgspec import Struct

from presage.decisions.written import Written
from presage.errors import InvalidInputException, ResourceNotFoundException, few, shown
from presage.health.alarms import Alarm, Origin, channels_of, checked
from presage.health.all import read_all
from presage.health.readings import Reading
from presage.health.watch import alarms_of
from presage.resources.alarms import Standing

from ..server import Server
from .budgets import budgets


class Stand(Struct, frozen=True, kw_only=True, rename="camel"):
    """A subject that is, or was, beyond the bound of an alarm.

    Parameters
    ----------
    state : PENDING, until that has lasted long enough; FIRING; ENDING, until its end has lasted long enough
    since : when it came to stand so, seconds since 1970, UTC
    fired_at : when it fired; None = it has not
    """

    subject: str
    state: str
    since: float
    fired_at: float | None
    value: float


class DescribedAlarm(Struct, frozen=True, kw_only=True, rename="camel"):
    """An alarm that holds.

    Parameters
    ----------
    origin : whether it is built in, of the configuration's file, or made by a call
    tells : the names of the channels that get its notices
    standing : the subjects that are not as they should be
    """

    alarm: Alarm
    origin: Origin
    tells: list[str]
    standing: list[Stand]


class ListedAlarms(Struct, frozen=True, kw_only=True, rename="camel"):
    """All alarms, by name."""

    alarms: list[DescribedAlarm]


class Notice(Struct, frozen=True, kw_only=True, rename="camel"):
    """What was said of an alarm.

    Parameters
    ----------
    sent_at : when its channels had taken it; None = not yet, for the reason in `error`
    channels : their names; while it waits, those that have not taken it
    """

    alarm: str
    title: str
    body: str
    channels: list[str]
    at: float
    sent_at: float | None
    tries: int
    error: str


class ListedNotices(Struct, frozen=True, kw_only=True, rename="camel"):
    """The latest notices, newest first."""

    notices: list[Notice]


class AskedNotices(Written, frozen=True):
    """How many of the latest notices."""

    max_results: int = 100


class Read(Struct, frozen=True, kw_only=True, rename="camel"):
    """What a metric shows of a subject."""

    metric: str
    subject: str
    value: float


class ListedReadings(Struct, frozen=True, kw_only=True, rename="camel"):
    """What can be read now, but for what is read of requests over a time."""

    readings: list[Read]


def list_alarms(server: Server, _name: str, _asked: None) -> ListedAlarms:
    """All alarms that hold, switched off or not, and where they stand."""
    standing = server.stores.alarms.standing()
    return ListedAlarms(
        alarms=[
            _described(server, alarm, origin, {s: one for (n, s), one in standing.items() if n == name})
            for name, (alarm, origin) in alarms_of(server.stores).items()
        ]
    )


def describe_alarm(server: Server, name: str, _asked: None) -> DescribedAlarm:
    """An alarm that holds. Raises ResourceNotFoundException."""
    for one in list_alarms(server, "", None).alarms:
        if one.alarm.name == name:
            return one
    known = few(list(alarms_of(server.stores)))
    raise ResourceNotFoundException(f"there is no alarm {shown(name)}; there are: {known}")


def put_alarm(server: Server, _name: str, asked: Alarm) -> DescribedAlarm:
    """Make an alarm, or make it anew; over one of the same name that is built in or of the file."""
    try:
        checked(asked)
    except ValueError as error:
        raise InvalidInputException(str(error)) from None
    known = sorted(server.config.channels)
    unknown = [name for name in asked.channels or () if name not in known]
    if unknown:  # a URL would let callers send whatever they like to wherever they like
        raise InvalidInputException(
            f"the configuration has no channel {shown(_called(unknown[0]))}; it has: {few(known) or 'none'}"
        )
    server.stores.alarms.put(asked.name, msgspec.to_builtins(asked))
    return describe_alarm(server, asked.name, None)


def delete_alarm(server: Server, name: str, _asked: None) -> None:
    """Forget an alarm that was made; one of the same name that is built in or of the file holds again."""
    if server.stores.alarms.drop(name):
        return
    found = describe_alarm(server, name, None)
    raise InvalidInputException(
        f"the alarm {shown(name)} is {found.origin}, not made by a call; put it anew with isOn false"
    )


def list_notices(server: Server, _name: str, asked: AskedNotices) -> ListedNotices:
    """What was said of alarms."""
    if not 1 <= asked.max_results <= 1000:
        raise InvalidInputException(f"maxResults is {asked.max_results}; it must be from 1 to 1000")
    return ListedNotices(
        notices=[
            Notice(
                alarm=one.alarm,
                title=one.title,
                body=one.body,
                channels=[_called(channel) for channel in one.channels],
                at=one.at,
                sent_at=one.sent_at,
                tries=one.tries,
                error=one.error,
            )
            for one in server.stores.alarms.notices(asked.max_results)
        ]
    )


def list_readings(server: Server, _name: str, _asked: None) -> ListedReadings:
    """What can be read of the server's health now."""
    return ListedReadings(
        readings=[
            Read(metric=one.metric, subject="/".join(one.subject), value=one.value)
            for one in readings_of(server)
        ]
    )


def readings_of(server: Server) -> list[Reading]:
    """What can be read of all that is stored, and of the offer campaigns that this process decides for."""
    return [*read_all(server.stores), *budgets(server)]


def _described(server: Server, alarm: Alarm, origin: Origin, standing: dict[str, Standing]) -> DescribedAlarm:
    return DescribedAlarm(
        alarm=alarm,
        origin=origin,
        tells=[_called(name) for name in channels_of(alarm, server.config.channels)],
        standing=[
            Stand(
                subject=subject,
                state=one.state,
                since=one.since,
                fired_at=one.fired_at or None,
                value=one.value,
            )
            for subject, one in standing.items()
        ],
    )


def _called(channel: str) -> str:
    """A channel's name; of a URL, which holds secrets, its kind alone."""
    kind, is_url, _ = channel.partition("://")
    return f"{kind}://…" if is_url else channel
