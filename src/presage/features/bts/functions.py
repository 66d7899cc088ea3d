"""The functions that expressions may call by name, and the modules that a document may import."""

import ast
import builtins
import json
import math
import re
import statistics
from collections.abc import Callable
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, time, timedelta, timezone
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from dateutil import parser, tz
from dateutil.relativedelta import relativedelta

from presage.errors import few, shown

from .errors import ExpressionError, StoppedError
from .operations import Operations
from .records import Event, EventList, List, Map, NestedEvent, Set

_ISO = re.compile(r"[12]\d{3}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{3}(?:\d{3})?)?(Z?)")
_UTC = tz.tzutc()
_CHEAP = (len, bool, chr, ord, hex, oct, bin, abs, divmod, isinstance)
_CLASSES = (int, float, str, list, dict, set, tuple, frozenset)
_WEIGHED = (min, max, sorted, reversed, ascii, repr)
_LAZY = (all, any, enumerate, zip)
_MATH = (
    "acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh degrees dist e erf erfc exp exp2 "
    "expm1 fabs floor fmod frexp fsum gamma gcd hypot inf isclose isfinite isinf isnan isqrt ldexp lgamma "
    "log log10 log1p log2 modf nan nextafter pi pow radians remainder sin sinh sqrt tan tanh tau trunc ulp"
)
_STATISTICS = (
    "fmean geometric_mean harmonic_mean mean median median_grouped median_high median_low mode multimode "
    "pstdev pvariance quantiles stdev variance"
)
_TIME_OPTIONS = frozenset({"dayfirst", "yearfirst", "ignoretz", "fuzzy", "default"})
_TIME_LENGTH = 200
_OTHER_CLASSES = (bool, datetime, date, time, timedelta, type(None))
_OWN_CLASSES = (Map, List, Set, Event, NestedEvent, EventList)


class Module(dict[str, Any]):
    """A module as far as expressions may use it: name -> function, class, number or module within."""


class _Class(partial[Any]):
    """What stands for a class, and is written as the class is."""

    def __new__(cls, call: Callable[..., Any], kind: type) -> "_Class":
        """Calls go to `call`."""
        made = super().__new__(cls, call)
        made.kind = kind
        return made

    kind: type

    def __repr__(self) -> str:
        return f"<class '{self.kind.__name__}'>"


class Functions:
    """The functions and modules of one transform, which pay from the budget of its operations."""

    def __init__(self, operations: Operations) -> None:
        self._operations = operations
        charged = operations.charged
        self._classes: dict[Any, Any] = {_Class(charged(one), one): one for one in _CLASSES}
        by_class = {one: function for function, one in self._classes.items()}
        self.by_name: dict[str, Any] = {
            **{one.__name__: one for one in _CHEAP},
            **{one.__name__: charged(one) for one in _WEIGHED},
            **{one.__name__: function for one, function in by_class.items()},
            **{one.__name__: partial(self._lazy, one) for one in _LAZY},
            "filter": partial(self._lazy_call, filter),
            "format": lambda value, format_="": operations.text((value, "", format_)),
            "isinstance": self._isinstance,
            "iter": lambda values: iter(operations.each(values)),
            "map": partial(self._lazy_call, map),
            "next": operations.next_of,
            "pow": operations.power,
            "range": range,
            "round": operations.rounded,
            "sum": operations.total,
            "type": partial(_type_of, by_class | {one: _Class(charged(one), one) for one in _OWN_CLASSES}),
        }
        self.modules = self._modules()

    def _lazy(self, make: Callable[..., Any], *values: Any, **named: Any) -> Any:
        return make(*map(self._operations.each, values), **named)

    def _lazy_call(self, make: Callable[..., Any], function: Any, *values: Any) -> Any:
        return make(function, *map(self._operations.each, values))

    def _isinstance(self, value: Any, kinds: Any) -> bool:
        kinds = kinds if isinstance(kinds, tuple) else (kinds,)
        classes: Any = tuple(self._classes.get(kind, kind) for kind in kinds)
        return isinstance(value, classes)

    def _modules(self) -> dict[str, Module]:
        charged = self._operations.charged
        parsing = Module(
            parse=partial(parse_time, self._operations), isoparse=charged(parser.isoparse, least=20)
        )
        zones = Module(UTC=_UTC, tzutc=tz.tzutc, tzoffset=tz.tzoffset)
        relative = Module(relativedelta=charged(relativedelta, least=20))
        classes = (date, datetime, time, timedelta, timezone)
        return {
            "datetime": Module(
                {one.__name__: one for one in classes}, UTC=UTC, MINYEAR=MINYEAR, MAXYEAR=MAXYEAR
            ),
            "dateutil": Module(parser=parsing, tz=zones, relativedelta=relative),
            "dateutil.parser": parsing,
            "dateutil.relativedelta": relative,
            "dateutil.tz": zones,
            "json": Module(loads=charged(_from_json, least=10), dumps=charged(_to_json, least=10)),
            "math": Module({name: self._of(math, name) for name in _MATH.split()}),
            "re": Module(),  # filled when it is imported
            "statistics": Module(
                {name: charged(getattr(statistics, name), times=8, least=40) for name in _STATISTICS.split()}
            ),
            "zoneinfo": Module(ZoneInfo=ZoneInfo),
        }

    def _of(self, module: Any, name: str) -> Any:
        found = getattr(module, name)
        return self._operations.charged(found) if callable(found) else found

    def imported(self, module: str, identifiers: list[str]) -> dict[str, Any]:
        """What one entry of `Import` brings: name -> what it stands for.

        Raises ExpressionError for a module, or a name in it, that expressions may not use.
        """
        listed = ",".join(identifiers)
        statement = f"from {module} import {listed}" if identifiers else f"import {module}"
        try:
            (parsed,) = ast.parse(statement).body
        except (SyntaxError, ValueError):
            raise ExpressionError(f"{shown(statement)} is no import of Python") from None
        if isinstance(parsed, ast.ImportFrom) and parsed.module and not parsed.level:
            return self._taken(self._module(parsed.module), parsed.module, parsed.names)
        if isinstance(parsed, ast.Import):
            return {
                alias.asname or alias.name.split(".")[0]: self._module(
                    alias.name if alias.asname else alias.name.split(".")[0], alias.name
                )
                for alias in parsed.names
            }
        raise ExpressionError(f"{shown(statement)} is no import of a module")

    def _module(self, name: str, named: str = "") -> Module:
        for one in {name, named or name}:
            if one not in self.modules:
                raise ExpressionError(
                    f"the module {shown(one)} cannot be imported here; there are: {', '.join(self.modules)}"
                )
        found = self.modules[name]
        if name == "re" and not found:
            from .patterns import patterns  # noqa: PLC0415  (few documents need it, and it is slow to import)

            found.update(patterns(self._operations))
        return found

    def _taken(self, module: Module, name: str, aliases: list[ast.alias]) -> dict[str, Any]:
        if aliases[0].name == "*":
            return dict(module)
        for alias in aliases:
            if alias.name not in module:
                raise ExpressionError(
                    f"{shown(alias.name)} of {name} cannot be imported here; there are: {few(list(module))}"
                )
        return {alias.asname or alias.name: module[alias.name] for alias in aliases}


def parse_time(operations: Operations, text: Any, **options: Any) -> datetime:
    """`dateutil.parser.parse`, which reads plain ISO 8601 text by the quick way of `datetime`."""
    if not isinstance(text, str) or len(text) > _TIME_LENGTH:
        raise TypeError(f"a time is text of at most {_TIME_LENGTH} characters, not {text!r:.100}")
    if not options and (plain := _ISO.fullmatch(text)):
        try:
            if plain[1]:
                return datetime.fromisoformat(text[:-1]).replace(tzinfo=_UTC)
            return datetime.fromisoformat(text)
        except ValueError:  # such as a month of 13: dateutil may read it otherwise
            pass
    if unknown := options.keys() - _TIME_OPTIONS:
        known = ", ".join(sorted(_TIME_OPTIONS))
        raise StoppedError(f"parse has no option {min(unknown)!r} here; there are: {known}")
    operations.spend(100)
    return parser.parse(text, **options)


def _from_json(text: str) -> Any:
    return json.loads(text)


def _to_json(value: Any) -> str:
    return json.dumps(value)


def _type_of(by_class: dict[type, Any], value: Any) -> Any:
    """`type(value)`: the very thing that the name of the class stands for."""
    kind = type(value)
    if kind not in by_class and kind not in _OTHER_CLASSES:
        raise StoppedError(f"the type of a {kind.__name__} is not given to expressions")
    return by_class.get(kind, kind)


FUNCTION_NAMES = frozenset(Functions(Operations()).by_name)
REFUSED_NAMES = frozenset(dir(builtins)) - FUNCTION_NAMES - {"True", "False", "None"}
"""Python's own names that expressions may not use; other unknown names may be imports."""
MODULES = frozenset(Functions(Operations()).modules)
