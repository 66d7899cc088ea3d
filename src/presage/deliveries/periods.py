"""Periods, in each of which a user gets a message once, and quiet hours."""

from datetime import datetime
from zoneinfo import ZoneInfo

from .spec import Period, QuietHours


def period_of(at: float, period: Period, zone: ZoneInfo) -> str:
    """The name of the period that an instant lies in: 2026-11-30, 2026-W49, 2026-11 or once.

    Parameters
    ----------
    at : seconds since 1970, UTC
    zone : that of the delivery, whoever the user is: so periods of all users begin together
    """
    day = datetime.fromtimestamp(at, zone).date()
    if period == "week":
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02d}"
    names = {"day": day.isoformat(), "month": f"{day:%Y-%m}", "once": "once"}
    return names[period]


def is_quiet(at: float, hours: QuietHours, zone: ZoneInfo) -> bool:
    """Whether an instant lies in quiet hours where the user is; the end is no longer quiet.

    Parameters
    ----------
    at : seconds since 1970, UTC
    """
    now = datetime.fromtimestamp(at, zone).time()
    begin, end = hours.times
    if begin <= end:
        return begin <= now < end
    return now >= begin or now < end
