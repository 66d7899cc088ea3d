"""From readings to what fires and what ends."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from presage.resources.alarms import Key, Standing

from .alarms import Alarm

PENDING, FIRING, ENDING = "PENDING", "FIRING", "ENDING"


@dataclass(frozen=True)
class Turn:
    """An alarm fires for a subject, or that ends.

    Parameters
    ----------
    value : what was read; None if nothing is read of the subject any more
    seconds : how long it has been beyond its bound, or was
    """

    alarm: Alarm
    subject: str
    kind: Literal["fires", "ends"]
    value: float | None
    seconds: float


Values = Mapping[str, Mapping[str, float]]
"""Name of an alarm -> subject -> what is read of it."""


def evaluate(
    alarms: Iterable[Alarm],
    values: Values,
    before: Mapping[Key, Standing],
    now: float,
    *,
    is_whole: bool = True,
) -> tuple[dict[Key, Standing], list[Turn]]:
    """Where alarms stand now, and what has just fired or ended.

    Parameters
    ----------
    before : where they stood; an alarm that is not among `alarms` any more is forgotten
    now : seconds since 1970, UTC
    is_whole : whether all could be read; else what is not read stands as it stood
    """
    after: dict[Key, Standing] = {}
    turns: list[Turn] = []
    for alarm in alarms:
        read = values.get(alarm.name, {})
        stood = {subject: one for (name, subject), one in before.items() if name == alarm.name}
        for subject in sorted({*read, *stood}):
            if not is_whole and subject not in read:
                after[alarm.name, subject] = stood[subject]
                continue
            stands, turn = _next(alarm, subject, read.get(subject), stood.get(subject), now)
            if stands is not None:
                after[alarm.name, subject] = stands
            if turn is not None:
                turns.append(turn)
    return after, turns


def _next(
    alarm: Alarm, subject: str, value: float | None, stood: Standing | None, now: float
) -> tuple[Standing | None, Turn | None]:
    if value is not None and alarm.is_beyond(value):
        return _beyond(alarm, subject, value, stood, now)
    return _within(alarm, subject, value, stood, now)


def _beyond(
    alarm: Alarm, subject: str, value: float, stood: Standing | None, now: float
) -> tuple[Standing, Turn | None]:
    pending = stood or Standing(state=PENDING, since=now, value=value)
    if pending.state == ENDING:
        return Standing(state=FIRING, since=pending.fired_at, fired_at=pending.fired_at, value=value), None
    if pending.state == FIRING or now - pending.since < alarm.for_seconds:
        return replace(pending, value=value), None
    fires = Turn(alarm, subject, "fires", value, now - pending.since)
    return Standing(state=FIRING, since=now, fired_at=now, value=value), fires


def _within(
    alarm: Alarm, subject: str, value: float | None, stood: Standing | None, now: float
) -> tuple[Standing | None, Turn | None]:
    if stood is None or stood.state == PENDING:
        return None, None
    shown = stood.value if value is None else value
    ending = stood
    if stood.state == FIRING:
        ending = Standing(state=ENDING, since=now, fired_at=stood.fired_at, value=shown)
    if now - ending.since < alarm.for_seconds:
        return replace(ending, value=shown), None
    return None, Turn(alarm, subject, "ends", value, ending.since - ending.fired_at)
