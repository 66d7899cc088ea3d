"""Watching: again and again one server looks at all alarms; whoever comes by sends the notices."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import structlog

from presage.notices import NoticeError, send
from presage.resources.alarms import AlarmNotice, Alarms, Key, Standing
from presage.stores import Stores
from presage.works.drifting import JOB as DRIFT
from presage.works.drifting import trained_at

from . import usage, windows
from .alarms import Alarm, Origin, channels_of, effective, read_alarms
from .evaluating import Turn, Values, evaluate
from .readings import UNREADABLE, Reading
from .requests import Requests
from .words import text, title

ROUND_SECONDS, DRIFT_SECONDS = 30.0, 3600.0
KEPT_SECONDS = 90 * 86_400.0
"""So long notices are kept."""
log = structlog.get_logger("presage.alarms")


@dataclass(kw_only=True)
class Watch:
    """What looks at the alarms of a server.

    Parameters
    ----------
    requests : of this process
    read : what is read at that moment of all that is stored
    """

    stores: Stores
    requests: Requests
    read: Callable[[], Iterable[Reading]]

    def store(self) -> None:
        """Store what this process counted."""
        windows.store(self.requests, self.stores.counts, self.stores.clock())

    def step(self) -> None:
        """Store what was counted; meter and look at the alarms if it is its turn; send what waits."""
        stores, now = self.stores, self.stores.clock()
        self.store()
        since = stores.alarms.take_turn("round", now, ROUND_SECONDS)
        if since is not None:
            windows.forget(stores.counts, now)
            usage.forget(stores, now)
            stores.alarms.forget_notices(now - KEPT_SECONDS)
            usage.meter(stores, now, since)
            alarms = [alarm for alarm, _ in alarms_of(stores).values() if alarm.is_on]
            readings = list(self.read())
            values = values_of(stores, alarms, readings, now)
            is_whole = all(one.metric != UNREADABLE for one in readings)
            said = look(stores.alarms, alarms, values, stores.config.channels, now, is_whole=is_whole)
            for notice in said:
                log.warning("an alarm turns", alarm=notice.alarm, title=notice.title, says=notice.body)
        if stores.alarms.take_turn("drift", now, DRIFT_SECONDS) is not None and trained_at(stores):
            stores.jobs.submit_again(DRIFT, DRIFT)
        send_notices(stores.alarms, stores.config.channels, now)


def alarms_of(stores: Stores) -> dict[str, tuple[Alarm, Origin]]:
    """The alarms that hold, by name, and where each comes from. Raises ValueError if the file is wrong."""
    file = stores.config.alarms
    return effective(read_alarms(Path(file)) if file else None, stores.alarms.made())


def values_of(stores: Stores, alarms: Iterable[Alarm], readings: Sequence[Reading], now: float) -> Values:
    """What each alarm watches, as it is now."""
    found: dict[str, dict[str, float]] = {}
    for alarm in alarms:
        is_windowed = alarm.metric in windows.WINDOWED
        of_it = windows.windowed(alarm, stores.counts, now) if is_windowed else readings
        subjects = (("/".join(one.subject), one) for one in of_it)
        found[alarm.name] = {
            subject: one.value for subject, one in subjects if alarm.watches(one.metric, subject)
        }
    return found


def look(
    kept: Alarms,
    alarms: Sequence[Alarm],
    values: Values,
    known: Mapping[str, str],
    now: float,
    *,
    is_whole: bool = True,
) -> list[AlarmNotice]:
    """Decide what fires and what ends; the notices of it are kept until they are sent.

    Parameters
    ----------
    known : by name the URL of each channel
    is_whole : see `evaluate`
    """
    said: list[AlarmNotice] = []

    def decide(before: Mapping[Key, Standing]) -> tuple[Mapping[Key, Standing], list[AlarmNotice]]:
        after, turns = evaluate(alarms, values, before, now, is_whole=is_whole)
        said[:] = notices_of(turns, known, now)
        return after, said

    kept.decide(decide)
    return said


def notices_of(turns: Iterable[Turn], known: Mapping[str, str], now: float) -> list[AlarmNotice]:
    """A notice for each alarm that fires, and one for each that ends, whatever the number of its subjects."""
    found: list[AlarmNotice] = []
    for (name, _), some in groupby(sorted(turns, key=_order), key=_order):
        same = list(some)
        found.append(
            AlarmNotice(
                alarm=name,
                title=title(same),
                body=text(same),
                channels=channels_of(same[0].alarm, known),
                at=now,
            )
        )
    return found


def _order(turn: Turn) -> tuple[str, str]:
    return turn.alarm.name, turn.kind


def send_notices(alarms: Alarms, known: Mapping[str, str], now: float) -> None:
    """Send the notices that wait; one that a channel does not take is tried again, with pauses.

    Parameters
    ----------
    known : by name the URL of each channel
    """
    for notice in alarms.take_notices(now):
        failed = untaken(notice, known, id_=f"alarm-{notice.number}")
        if failed:
            reason = "\n".join(failed.values())
            log.error("the notice of an alarm was not taken", alarm=notice.alarm, reason=reason)
            alarms.not_sent(notice.number, list(failed), reason)
        else:
            alarms.sent(notice.number, now)


def untaken(notice: AlarmNotice, known: Mapping[str, str], *, id_: str) -> dict[str, str]:
    """Send a notice; the channels that did not take it, and why."""
    failed: dict[str, str] = {}
    for channel in notice.channels:
        try:
            send([channel], notice.title, notice.body, known=known, id=id_)
        except NoticeError as error:
            failed[channel] = str(error)
    return failed
