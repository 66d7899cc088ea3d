"""What expressions may use: methods and attributes by type, modules by name. Everything else is refused.

A method is *cheap* if it takes about as long whatever its object holds. Before a call the operations weigh
its arguments, and the object too unless the method is cheap.
"""

from datetime import date, datetime, time, timedelta, timezone, tzinfo
from time import struct_time
from typing import Any, Final
from zoneinfo import ZoneInfo

from .records import Event, EventList, List, Map, NestedEvent, Record, Set

_DICT = "get items keys values copy"
_DICT_CHANGES = "pop popitem setdefault"
_LIST_CHANGES = "append insert pop"
_SET_CHANGES = "add discard remove pop"
_SET = (
    "clear copy difference difference_update intersection intersection_update isdisjoint issubset issuperset "
    "symmetric_difference symmetric_difference_update union update"
)
_TEXT = (
    "capitalize casefold count endswith find index isalnum isalpha isascii isdecimal isdigit isidentifier "
    "islower isnumeric isprintable isspace istitle isupper lower lstrip "
    "partition removeprefix removesuffix rfind rindex rpartition rsplit rstrip split splitlines startswith "
    "strip swapcase title upper"
)
_SIZED_TEXT = "center format join ljust replace rjust zfill"
_CLOCK = "hour minute second microsecond tzinfo fold isoformat strftime utcoffset tzname dst replace"
_DAY = "year month day isoformat strftime replace weekday isoweekday isocalendar toordinal timetuple ctime"


def _table(cheap: str = "", weighed: str = "") -> dict[str, bool]:
    """Name -> whether it is cheap."""
    return dict.fromkeys(cheap.split(), True) | dict.fromkeys(weighed.split(), False)


MEMBERS: Final[dict[type, dict[str, bool]]] = {
    str: _table(weighed=f"{_TEXT} {_SIZED_TEXT}"),
    int: _table("bit_length real imag numerator denominator conjugate"),
    bool: _table("bit_length real imag numerator denominator conjugate"),
    float: _table("is_integer real imag as_integer_ratio hex"),
    list: _table(_LIST_CHANGES, "extend remove clear index count sort reverse copy"),
    List: _table(_LIST_CHANGES, "extend remove clear index count sort reverse copy"),
    EventList: _table(weighed="index count copy"),
    tuple: _table(weighed="index count"),
    dict: _table(f"{_DICT} {_DICT_CHANGES}", "update clear"),
    Map: _table(f"{_DICT} {_DICT_CHANGES} set increment", "update clear"),
    Event: _table(_DICT),
    NestedEvent: _table(_DICT),
    Record: {},
    set: _table(_SET_CHANGES, _SET),
    Set: _table(_SET_CHANGES, _SET),
    frozenset: _table(weighed=_SET),
    datetime: _table(f"{_DAY} {_CLOCK} date time timetz timestamp astimezone utctimetuple min max"),
    date: _table(f"{_DAY} min max"),
    time: _table(_CLOCK),
    timedelta: _table("days seconds microseconds total_seconds min max"),
    struct_time: _table("tm_year tm_mon tm_mday tm_hour tm_min tm_sec tm_wday tm_yday tm_isdst"),
    type(date.min.isocalendar()): _table("year week weekday"),
}
"""Type -> its methods and attributes -> whether a call is cheap."""
CLASS_MEMBERS: Final[dict[type, str]] = {
    datetime: "strptime fromtimestamp utcfromtimestamp combine fromisoformat fromordinal min max",
    date: "fromtimestamp fromisoformat fromordinal min max",
    time: "fromisoformat min max",
    timedelta: "min max resolution",
    timezone: "utc",
    tzinfo: "",
    ZoneInfo: "",
}
"""What a class itself offers. The wall clock is not in it: features depend on the events alone."""
DICT_METHODS = frozenset(name for name in dir(dict) if not name.startswith("_"))
"""Attributes of an event with these names are methods; a key of such a name needs brackets."""
VALUE_METHODS = frozenset({"get", "pop", "setdefault"})
"""Methods whose answer may be None, which is then the value."""
SCALARS = frozenset({int, float, bool, str, type(None)})


def is_member(value: Any, name: str) -> bool:
    """Whether an expression may reach this attribute of a value."""
    if isinstance(value, type):
        return name in CLASS_MEMBERS.get(value, "").split()
    return name in MEMBERS.get(type(value), {})
