"""What a checked expression does at run time: every operation that may be large passes here, and pays.

A budget of steps is spent by loops, calls and whatever walks over containers or text, before it is done. So
no expression takes long or fills the memory, and on the same events it is stopped at the same place anywhere.
"""

import re
import string
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from .allowed import CLASS_MEMBERS, MEMBERS, SCALARS, VALUE_METHODS, is_member
from .errors import StoppedError
from .records import CONTAINERS, Event, EventList, List, Map, NestedEvent, Record, Set
from .values import Columns

BUDGET = 300_000
"""Steps for one event, or for one row of a window."""
MOST_BITS = 4_096
"""So large may a whole number be that an expression makes by multiplying."""
_WIDTH = re.compile(r"\d+")
_MOST_WIDTH = 1_000
_NUMBERS = frozenset({int, float, bool})
_TEXTS_AND_LISTS = (str, list, tuple)
_VIEWS = (type({}.keys()), type({}.values()), type({}.items()))
_MAPPINGS = frozenset({dict, Map, Event, NestedEvent, Record, Columns})
_LISTS = frozenset({list, tuple, set, frozenset, List, Set, EventList, *_VIEWS})
_KEYED = frozenset({dict, Map, set, Set, frozenset})
_LEAST_COLLIDING = sys.hash_info.modulus
_DEEP = _MAPPINGS | _LISTS | {str, range}
_HELD = frozenset(CONTAINERS.values())


class Operations:
    """The operations of one transform's expressions, and what is left of their budget.

    Parameters
    ----------
    compat : a map's `get`, `pop` and `setdefault` give the map where they find None, as Blurr does
    """

    def __init__(self, *, compat: bool = False) -> None:
        self.left = BUDGET
        self._values = frozenset[str]() if compat else VALUE_METHODS

    # what it costs

    def spend(self, steps: int) -> None:
        """Take steps from the budget; raises StoppedError when it is used up."""
        self.left -= steps
        if self.left < 0:
            raise StoppedError(
                f"the expressions take more than {BUDGET:,} steps for one event or row; "
                "loop over fewer values, or keep less in a field"
            )

    def weighed(self, value: Any) -> Any:
        """The value itself; everything in it is counted."""
        kind = type(value)
        if kind is str:
            self.spend(1 + len(value) // 8)
        elif kind in _DEEP:
            self._weigh(value)
        return value

    def _weigh(self, value: Any) -> None:
        waiting = [value]
        while waiting:
            one = waiting.pop()
            kind = type(one)
            if kind is str:
                self.spend(1 + len(one) // 8)
                continue
            self.spend(1 + len(one))
            if kind is range:
                continue
            for parts in (one.keys(), one.values()) if kind in _MAPPINGS else (one,):
                if not _DEEP.isdisjoint(map(type, parts)):
                    waiting.extend(part for part in parts if type(part) in _DEEP)

    def hashed(self, value: Any, among: int = 0) -> Any:
        """What becomes a key, or gives keys or elements of a set: paid, and dearer where hashes may collide.

        Parameters
        ----------
        among : so many keys are there already
        """
        if type(value) is str:
            return self.weighed(value)
        value = self.paid(value)
        n_colliding = sum(map(_may_collide, _scalars(value)))
        if n_colliding:
            self.spend(n_colliding * (100 + n_colliding + among) // 2)
        return value

    def each(self, values: Iterable[Any]) -> Iterable[Any]:
        """What is looped over, paid before the first turn; iterators have paid when they were made."""
        self.spend(1 + len(values) if type(values) in _DEEP else 1)  # pyright: ignore[reportArgumentType]
        return values

    def tick(self) -> None:
        """A call of a lambda."""
        self.spend(1)

    def within(self, value: Any) -> Any:
        """What is searched by `in`: in sets and maps at once, elsewhere one by one."""
        if type(value) in _MAPPINGS or type(value) in (set, Set, frozenset):
            self.spend(1)
            return value
        return self.weighed(value)

    def sliced(self, value: Any) -> Any:
        """What a slice is taken of."""
        if type(value) in _DEEP:
            self.spend(1 + len(value) // 8)
        return value

    # attributes and calls

    def attribute(self, value: Any, name: str) -> Any:
        """`value.name`: a key of an event or of an aggregate, or what the table of members allows."""
        kind = type(value)
        if is_member(value, name):
            found = getattr(value, name)
            if not callable(found):
                return found
            return self.charged(found, least=20) if kind is type else partial(self.invoke, value, name)
        if kind in (Event, NestedEvent, Record, Columns) and not name.startswith("__"):
            return value[name]
        if (kind in MEMBERS and hasattr(value, name)) or (kind is type and value in CLASS_MEMBERS):
            raise StoppedError(f"{name!r} of {_name(value)} is not allowed in an expression")
        raise AttributeError(f"{_name(value)} has no attribute {name!r}")

    def invoke(self, value: Any, name: str, /, *args: Any, **named: Any) -> Any:
        """`value.name(...)`. What changes a field's container in place answers the container."""
        kind = type(value)
        members = MEMBERS.get(kind)
        if members is None or name not in members:
            return self.attribute(value, name)(*map(self.weighed, args), **named)
        self.spend(1)
        if not members[name]:
            self.weighed(value)
        if kind in _KEYED:
            args = tuple(self.hashed(one, len(value)) for one in args)
        else:
            args = tuple(map(self.paid, args))
        if kind is str and name in _TEXT_MAKERS:
            return _TEXT_MAKERS[name](self, value, *args, **named)
        found = getattr(value, name)(*args, **named)
        if kind in _HELD:
            if found is None and name not in self._values:
                return value
            held: Any = CONTAINERS.get(type(found))
            return held(found) if held is kind else found
        return found

    def paid(self, value: Any) -> Any:
        """An argument, weighed; of an iterator all that it gives."""
        kind = type(value)
        if kind in SCALARS:
            return value
        return self.weighed(list(value) if kind not in _DEEP and hasattr(kind, "__next__") else value)

    def charged(self, function: Callable[..., Any], *, times: int = 1, least: int = 1) -> Callable[..., Any]:
        """The function, whose arguments are weighed before each call.

        Parameters
        ----------
        times : so many steps does a step of the arguments cost
        least : so many steps does a call cost beside
        """

        pay = self.hashed if function in _KEYED else self.paid

        def call(*args: Any, **named: Any) -> Any:
            before = self.left
            args = tuple(map(pay, args))
            if named:
                named = {name: self.paid(value) for name, value in named.items()}
            self.spend(least + (times - 1) * (before - self.left))
            return function(*args, **named)

        return call

    # operators

    def add(self, left: Any, right: Any) -> Any:
        """`left + right`."""
        if type(left) not in _NUMBERS:
            self.sliced(left)
            self.sliced(right)
        return left + right

    def multiply(self, left: Any, right: Any) -> Any:
        """`left * right`."""
        for one, times in ((left, right), (right, left)):
            if isinstance(one, _TEXTS_AND_LISTS) and isinstance(times, int):
                self.spend(1 + max(0, len(one) * times) // 8)
        if isinstance(left, int) and isinstance(right, int):
            _check_bits(left.bit_length() + right.bit_length())
        return left * right

    def power(self, left: Any, right: Any) -> Any:
        """`left ** right`."""
        if isinstance(left, int) and isinstance(right, int):
            _check_bits(left.bit_length() * max(right, 0))
        return left**right

    def shift_left(self, left: Any, right: Any) -> Any:
        """`left << right`."""
        _check_bits(left.bit_length() + right)
        return left << right

    def remainder(self, left: Any, right: Any) -> Any:
        """`left % right`; of a text it is formatting."""
        if isinstance(left, str):
            if "*" in left:
                raise StoppedError("a width of * in a format is not allowed; write it as a number")
            _check_width(left)
            before = self.left
            self.weighed(right)
            self.spend(len(left) // 8 + left.count("%") * (before - self.left))
        return left % right

    def merge(self, operator: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
        """`left - right` and the operators of sets."""
        if type(left) in _DEEP:
            self.hashed(left)
            self.hashed(right)
        return operator(left, right)

    # text

    def text(self, *parts: Any) -> str:
        """An f-string: texts, and (value, conversion, format) of what is put between."""
        return "".join(part if isinstance(part, str) else self._formatted(*part) for part in parts)

    def _formatted(self, value: Any, conversion: str, format_: str) -> str:
        _check_width(format_)
        self.weighed(value)
        turned = {"s": str, "r": repr, "a": ascii}.get(conversion)
        return format(turned(value) if turned else value, format_)

    def format(self, pattern: str, *args: Any, **named: Any) -> str:
        """`pattern.format(...)`: its fields reach no more than expressions do."""
        self.spend(len(pattern))
        return _Formatter(self).vformat(pattern, args, named)

    def join(self, separator: str, parts: Iterable[Any]) -> str:
        """`separator.join(parts)`."""
        listed = list(parts)
        self.spend(len(separator) * len(listed) // 8)
        return separator.join(listed)

    def replace(self, value: str, old: str, new: str, count: int = -1) -> str:
        """`value.replace(old, new)`."""
        self.spend((value.count(old) if old else len(value) + 1) * len(new) // 8)
        return value.replace(old, new, count)

    def padded(self, name: str, value: str, width: int, *fill: str) -> str:
        """`value.ljust(width)` and its like."""
        self.spend(max(width, 0) // 8)
        return getattr(value, name)(width, *fill)

    # functions that are not Python's own

    def total(self, values: Iterable[Any], start: Any = 0) -> Any:
        """`sum`; lists are added one by one, each at its price."""
        if type(start) in _NUMBERS:
            return sum(self.weighed(values), start)
        for value in self.each(values):
            start = self.add(start, value)
        return start

    def rounded(self, value: Any, digits: int | None = None) -> Any:
        """`round`, to a number of digits that a float can have."""
        if digits is not None and abs(digits) > 400:
            raise StoppedError(f"round to {digits:,} digits is not allowed; at most 400")
        return round(value, digits)

    def next_of(self, values: Any, *default: Any) -> Any:
        """`next`."""
        self.spend(1)
        return next(values, *default)


class _Formatter(string.Formatter):
    """`str.format` whose fields are looked up as expressions look up attributes."""

    def __init__(self, operations: Operations) -> None:
        self._operations = operations

    def get_field(self, field_name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """The value of a field: an argument, without anything behind it but keys."""
        if "." in field_name or "__" in field_name:
            raise StoppedError(
                f"the format field {field_name[:100]!r} is not allowed; give the attribute as an argument"
            )
        return super().get_field(field_name, args, kwargs)

    def format_field(self, value: Any, format_spec: str) -> Any:
        """The value as text."""
        return self._operations.text((value, "", format_spec))


def _scalars(value: Any) -> Iterator[Any]:
    """Everything in a value that is no container."""
    kind = type(value)
    if kind in _MAPPINGS:
        value, kind = value.items(), list
    if kind in _LISTS:
        for one in value:
            yield from _scalars(one)
    else:
        yield value


def _may_collide(value: Any) -> bool:
    """Whether a number has a hash that others have too; those of text nobody can choose."""
    return type(value) is int and not -_LEAST_COLLIDING < value < _LEAST_COLLIDING


def _check_width(format_: str) -> None:
    for number in _WIDTH.findall(format_):
        if len(number) > 4 or int(number) > _MOST_WIDTH:
            raise StoppedError(
                f"a width or precision of {number[:20]} in a format is not allowed; at most {_MOST_WIDTH}"
            )


def _check_bits(bits: int) -> None:
    if bits > MOST_BITS:
        raise StoppedError(f"a whole number of more than {MOST_BITS:,} bits is not allowed")


def _name(value: Any) -> str:
    return value.__name__ if isinstance(value, type) else f"a {type(value).__name__}"


_TEXT_MAKERS: dict[str, Callable[..., str]] = {
    "format": Operations.format,
    "join": Operations.join,
    "replace": Operations.replace,
    **{
        name: partial(lambda name, o, *args: o.padded(name, *args), name)
        for name in ("center", "ljust", "rjust", "zfill")
    },
}
