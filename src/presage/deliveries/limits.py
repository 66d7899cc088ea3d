"""Fatigue: how many messages a user may get in any so many days."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .spec import Limit

DAY_SECONDS = 86_400.0


@dataclass(frozen=True)
class Got:
    """A message that a user got, or may have got.

    Parameters
    ----------
    group : that of its delivery
    at : seconds since 1970, UTC
    """

    group: str
    at: float


def exceeded(limits: Iterable[Limit], got: Sequence[Got], now: float) -> Limit | None:
    """The limit that one more message now would exceed; None if it may be sent.

    What was got after `now`, by a clock that ran ahead, counts.
    """
    for limit in limits:
        since = now - limit.days * DAY_SECONDS
        n = sum(1 for one in got if one.at > since and limit.group in ("", one.group))
        if n >= limit.messages:
            return limit
    return None


def longest_seconds(limits: Iterable[Limit]) -> float:
    """How far back messages count; 0 without limits."""
    return max((limit.days * DAY_SECONDS for limit in limits), default=0.0)
