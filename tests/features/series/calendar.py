"""When steps begin, by the definition: walk back, day by day, to where a unit begins."""

from datetime import UTC, datetime, timedelta

WEEKDAYS = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]
MONTHS = [
    *("JANUARY", "FEBRUARY", "MARCH", "APRIL", "MAY", "JUNE"),
    *("JULY", "AUGUST", "SEPTEMBER", "OCTOBER", "NOVEMBER", "DECEMBER"),
]
BOUNDARIES = {
    "min": [{}],
    "H": [{}],
    "D": [{}, *({"Hour": hour} for hour in (0, 1, 13, 23))],
    "W": [{}, *({"DayOfWeek": day} for day in WEEKDAYS)],
    "M": [{}, *({"DayOfMonth": day} for day in (1, 2, 15, 28))],
    "Y": [{}, *({"Month": month} for month in MONTHS)],
}


def begins(day: datetime, unit: str, boundary: dict) -> bool:
    """Whether a unit begins on a day."""
    if unit == "W":
        return day.weekday() == WEEKDAYS.index(boundary.get("DayOfWeek", "MONDAY"))
    if unit == "M":
        return day.day == boundary.get("DayOfMonth", 1)
    return day.day == 1 and day.month == 1 + MONTHS.index(boundary.get("Month", "JANUARY"))


def unit_start(at: datetime, unit: str, boundary: dict) -> datetime:
    if unit == "min":
        return at.replace(second=0)
    if unit == "H":
        return at.replace(minute=0, second=0)
    day = at.replace(hour=0, minute=0, second=0)
    if unit == "D":
        start = day + timedelta(hours=boundary.get("Hour", 0))
        return start if start <= at else start - timedelta(days=1)
    while not begins(day, unit, boundary):
        day -= timedelta(days=1)
    return day


def next_start(start: datetime, unit: str, boundary: dict) -> datetime:
    """When the unit after one begins."""
    later = start + {"min": timedelta(minutes=1), "H": timedelta(hours=1)}.get(unit, timedelta(days=1))
    while unit_start(later, unit, boundary) == start:
        later += timedelta(days=1)
    return unit_start(later, unit, boundary)


def step_starts(times: list[datetime], multiple: int, unit: str, boundary: dict) -> list[datetime]:
    """The steps from the first to the last of some times: so many units each, counted from the first."""
    starts, start = [], unit_start(min(times), unit, boundary)
    while start <= max(times):
        starts.append(start)
        for _ in range(multiple):
            start = next_start(start, unit, boundary)
    return starts


def seconds(at: datetime) -> int:
    return round(at.replace(tzinfo=UTC).timestamp())
