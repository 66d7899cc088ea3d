"""What is read and what turns out, in words."""

from collections.abc import Sequence

from .alarms import Alarm
from .evaluating import Turn
from .metrics import METRICS

MOST_LINES = 20
_UNITS = (("day", 86_400.0), ("hour", 3600.0), ("minute", 60.0))


def amount(metric: str, value: float) -> str:
    """A value in the unit that the name of its metric ends in."""
    if metric.endswith("_seconds"):
        return duration(value)
    if metric.endswith("_share"):
        return f"{value:.2%}"
    if metric.endswith("_bytes"):
        return f"{value / 1e9:,.2f} GB"
    return f"{value:,.6g}"


def duration(seconds: float) -> str:
    """A length of time, in the unit that suits it."""
    for name, length in _UNITS:
        if seconds >= length:
            return f"{seconds / length:.3g} {name}{'' if seconds == length else 's'}"
    return f"{seconds:.3g} s"


def bound(alarm: Alarm) -> str:
    """What an alarm asks, such as `above 1 s`."""
    return f"{'above' if alarm.above is not None else 'below'} {amount(alarm.metric, alarm.bound)}"


def title(turns: Sequence[Turn]) -> str:
    """The title of the notice of an alarm that fires, or ends, for some subjects at once."""
    first, more = turns[0], f" and {len(turns) - 1} more" if len(turns) > 1 else ""
    of = f": {first.subject}{more}" if first.subject else ""
    return f"presage: {first.alarm.name} {'fires' if first.kind == 'fires' else 'has ended'}{of}"


def text(turns: Sequence[Turn]) -> str:
    """What the notice says: a line for each subject, and what to do."""
    alarm = turns[0].alarm
    lines = [_line(turn) for turn in turns[:MOST_LINES]]
    more = [f"and {len(turns) - MOST_LINES} more"] if len(turns) > MOST_LINES else []
    what = METRICS[alarm.metric].text
    help_ = [alarm.help] if alarm.help and turns[0].kind == "fires" else []
    return "\n".join([*lines, *more, "", f"{alarm.metric}: {what}", *help_])


def _line(turn: Turn) -> str:
    alarm, of = turn.alarm, f"{turn.subject}: " if turn.subject else ""
    if turn.value is None:
        return f"{of}nothing is read of it any more"
    value, lasted = amount(alarm.metric, turn.value), duration(turn.seconds)
    if turn.kind == "fires":
        since = f", for {lasted}" if turn.seconds else ""
        return f"{of}{value}, {bound(alarm)}{since}"
    return f"{of}{value}, no longer {bound(alarm)}, after {lasted}"
