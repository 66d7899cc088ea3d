"""The drill: each alarm is made to fire, and to end, by readings that are given to it.

They pass through the same evaluation and the same channels as real ones, on a database and by a clock of the
drill's own: what stands in the server's is left alone.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from presage.resources.alarms import AlarmNotice, Alarms
from presage.resources.database import connect

from .alarms import Alarm
from .watch import look, untaken

SUBJECT = "drill"


@dataclass(kw_only=True)
class Drilled:
    """What became of an alarm in the drill.

    Parameters
    ----------
    fired, ended : whether it did when it should have
    too_early : whether it fired before it should have
    told : the channels that took both notices
    untold : a channel that did not take one -> why
    """

    alarm: Alarm
    fired: bool = False
    ended: bool = False
    too_early: bool = False
    told: list[str] = field(default_factory=list[str])
    untold: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def is_well(self) -> bool:
        """Whether all went as it should, and somebody was told."""
        return self.fired and self.ended and not self.too_early and bool(self.told) and not self.untold


def drill(alarms: Iterable[Alarm], known: Mapping[str, str], now: float) -> Iterator[Drilled]:
    """Let each alarm fire and end, in turn.

    Parameters
    ----------
    known : by name the URL of each channel
    now : seconds since 1970, UTC: when the drill's clock begins
    """
    with TemporaryDirectory(prefix="presage-drill-") as folder:
        engine = connect(f"sqlite:///{Path(folder) / 'drill.sqlite'}")
        kept = Alarms(engine)
        for alarm in alarms:
            yield _drilled(kept, alarm, known, now)
        engine.dispose()


def _drilled(kept: Alarms, alarm: Alarm, known: Mapping[str, str], now: float) -> Drilled:
    found = Drilled(alarm=alarm)
    beyond, within = _values(alarm)
    seen = {notice.number for notice in kept.notices()}

    def read(value: float, at: float) -> list[AlarmNotice]:
        look(kept, [alarm], {alarm.name: {SUBJECT: value}}, known, at)
        fresh = [notice for notice in kept.notices() if notice.number not in seen]
        seen.update(notice.number for notice in fresh)
        return fresh

    first = read(beyond, now)
    found.too_early = bool(first) and alarm.for_seconds > 0
    at = now + alarm.for_seconds
    fires = first or read(beyond, at)
    read(beyond, at + 1)
    ends = read(within, at + 2) or read(within, at + 2 + alarm.for_seconds)
    found.fired, found.ended = len(fires) == 1, len(ends) == 1
    for notice in (*fires, *ends):
        failed = untaken(replace(notice, title=f"[drill] {notice.title}"), known, id_="")
        found.untold |= failed
        found.told = [channel for channel in notice.channels if channel not in found.untold]
    return found


def _values(alarm: Alarm) -> tuple[float, float]:
    """A value beyond the bound, and one within."""
    step = max(abs(alarm.bound) / 10, 1e-6)
    up = 1 if alarm.above is not None else -1
    return alarm.bound + up * step, alarm.bound - up * step
