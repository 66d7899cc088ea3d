"""The intrinsic functions of the States Language, such as States.Format('{} and {}', $.a, $.b)."""

import base64
import hashlib
import random
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

import orjson

from presage.errors import shown

from .faults import INTRINSIC, StateError
from .paths import Scope, check_path, read

MOST_NESTED = 10
MOST_ITEMS = 1_000
MOST_TEXT = 10_000
"""Base64 and hashes take so many characters."""
HASHES = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
_NAME = re.compile(r"States\.\w+")
_WORDS = {"true": True, "false": False, "null": None}


@dataclass(frozen=True)
class Path:
    """An argument that is read from the data."""

    path: str


@dataclass(frozen=True)
class Call:
    """A function and its arguments: values, paths, and other calls."""

    name: str
    arguments: tuple[Any, ...]


def evaluate(text: str, scope: Scope) -> Any:
    """The value of an intrinsic function call. Raises StateError (States.IntrinsicFailure)."""
    return _value(parse(text), scope)


@lru_cache(maxsize=4096)
def parse(text: str) -> Call:
    """The call that a text writes. Raises ValueError."""
    reader = _Reader(text)
    call = reader.call(1)
    if reader.rest:
        raise ValueError(f"{shown(text)} goes on after its end with {shown(reader.rest)}")
    return call


class _Reader:
    """Reads a call from the left; `rest` is what is left of it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.rest = text.strip()

    def call(self, depth: int) -> Call:
        name = self._take(_NAME)
        if name not in FUNCTIONS:
            raise ValueError(f"{shown(self.text)}: no intrinsic function is called {shown(name)}; {_KNOWN}")
        if depth > MOST_NESTED:
            raise ValueError(f"{shown(self.text)} nests more than {MOST_NESTED} intrinsic functions")
        self._expect("(")
        arguments: list[Any] = []
        while not self._next_is(")"):
            if arguments:
                self._expect(",")
            arguments.append(self._argument(depth))
        self._expect(")")
        return Call(name, tuple(arguments))

    def _argument(self, depth: int) -> Any:
        self.rest = self.rest.lstrip()
        if self.rest.startswith("'"):
            return self._string()
        if self.rest.startswith("$"):
            return self._path()
        if self.rest.startswith("States."):
            return self.call(depth + 1)
        for word, value in _WORDS.items():
            if re.match(rf"{word}\b", self.rest):
                self.rest = self.rest[len(word) :]
                return value
        number = self._take(_NUMBER)
        return float(number) if re.search("[.eE]", number) else int(number)

    def _string(self) -> str:
        """A text between quotes; a backslash stands before ', {, } and \\ that are meant as they are."""
        found, at = "", 1
        while at < len(self.rest):
            sign = self.rest[at]
            if sign == "'":
                self.rest = self.rest[at + 1 :]
                return found
            if sign == "\\" and at + 1 < len(self.rest):
                at += 1
                sign = self.rest[at] if self.rest[at] not in "{}" else f"\\{self.rest[at]}"
            found, at = found + sign, at + 1
        raise ValueError(f"{shown(self.text)}: a text has no closing quote")

    def _path(self) -> Path:
        """A path, which ends at a comma or bracket outside of its own brackets and quotes."""
        depth, quote = 0, ""
        for at, sign in enumerate(self.rest):
            if quote:
                quote = "" if sign == quote else quote
            elif sign in "'\"":
                quote = sign
            elif sign in "[(":
                depth += 1
            elif sign in "])" and depth:
                depth -= 1
            elif sign in ",)" and not depth:
                path, self.rest = self.rest[:at].strip(), self.rest[at:]
                check_path(path)
                return Path(path)
        raise ValueError(f"{shown(self.text)}: a path does not end")

    def _take(self, pattern: re.Pattern[str]) -> str:
        self.rest = self.rest.lstrip()
        found = pattern.match(self.rest)
        if not found:
            raise ValueError(f"{shown(self.text)} cannot be read at {shown(self.rest)}")
        self.rest = self.rest[found.end() :]
        return found[0]

    def _next_is(self, sign: str) -> bool:
        self.rest = self.rest.lstrip()
        return self.rest.startswith(sign)

    def _expect(self, sign: str) -> None:
        if not self._next_is(sign):
            raise ValueError(f"{shown(self.text)} lacks {sign} at {shown(self.rest)}")
        self.rest = self.rest[1:]


def _value(argument: Any, scope: Scope) -> Any:
    if isinstance(argument, Path):
        return read(argument.path, scope, INTRINSIC)
    if not isinstance(argument, Call):
        return re.sub(r"\\([{}])", r"\1", argument) if isinstance(argument, str) else argument
    if argument.name == "States.Format" and argument.arguments and isinstance(argument.arguments[0], str):
        values = [_value(one, scope) for one in argument.arguments[1:]]
        return _format(argument.arguments[0], *values)
    values = [_value(one, scope) for one in argument.arguments]
    try:
        return FUNCTIONS[argument.name](*values)
    except StateError:
        raise
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        text = ", ".join(shown(value) for value in values)
        raise StateError(INTRINSIC, f"{argument.name}({text}): {error}") from None


def _need(holds: bool, what: str) -> None:
    if not holds:
        raise ValueError(what)


def _whole(value: Any, what: str) -> int:
    _need(isinstance(value, int | float) and not isinstance(value, bool), f"{what} must be a number")
    return round(value)


def _list(value: Any) -> list[Any]:
    _need(isinstance(value, list), "the first argument must be an array")
    return cast("list[Any]", value)


def _text(value: Any) -> str:
    _need(isinstance(value, str), "the argument must be a string")
    _need(len(value) <= MOST_TEXT, f"the argument must have at most {MOST_TEXT} characters")
    return value


def _format(template: Any, *values: Any) -> str:
    _need(isinstance(template, str), "the first argument must be a string")
    parts = re.split(r"(?<!\\)\{\}", template)
    if len(parts) != len(values) + 1:
        text = f"States.Format({shown(template)}) has {len(parts) - 1} places {{}} for {len(values)} values"
        raise StateError(INTRINSIC, text)
    shown_values = [value if isinstance(value, str) else dump(value) for value in values]
    filled = "".join(part + value for part, value in zip(parts, [*shown_values, ""], strict=True))
    return re.sub(r"\\([{}])", r"\1", filled)


def dump(value: Any) -> str:
    """A value as JSON."""
    return orjson.dumps(value).decode()


def partition(items: Any, size: Any) -> list[Any]:
    """An array cut into arrays of a size; the last may be shorter."""
    items, size = _list(items), _whole(size, "the size")
    _need(size > 0, "the size must be above zero")
    return [items[at : at + size] for at in range(0, len(items), size)]


def spread(first: Any, last: Any, step: Any = 1) -> list[int]:
    """The numbers from the first to the last, that included, in steps."""
    first, last, step = (_whole(one, "each argument") for one in (first, last, step))
    _need(step != 0, "the step must not be zero")
    found = range(first, last + (1 if step > 0 else -1), step)
    _need(len(found) <= MOST_ITEMS, f"the array would have {len(found)} items; it may have {MOST_ITEMS}")
    return list(found)


def hashed(text: Any, algorithm: Any) -> str:
    """The hash of a text or of any JSON, in hexadecimal digits."""
    _need(algorithm in HASHES, f"the algorithm must be one of {', '.join(HASHES)}")
    data = text if isinstance(text, str) else dump(text)
    _need(len(data) <= MOST_TEXT, f"the data must have at most {MOST_TEXT} characters")
    return hashlib.new(HASHES[algorithm], data.encode(), usedforsecurity=False).hexdigest()


def _contains(items: Any, value: Any) -> bool:
    return any(dump(one) == dump(value) for one in _list(items))


def _item(items: Any, index: Any) -> Any:
    items, index = _list(items), _whole(index, "the index")
    _need(0 <= index < len(items), f"the index must be from 0 to {len(items) - 1}")
    return items[index]


def _unique(items: Any) -> list[Any]:
    return list({dump(one): one for one in reversed(_list(items))}.values())[::-1]


def _decode(text: Any) -> str:
    return base64.b64decode(_text(text), validate=True).decode()


def _merge(first: Any, second: Any, deep: Any) -> dict[str, Any]:
    _need(isinstance(first, dict) and isinstance(second, dict), "the first two arguments must be objects")
    _need(deep is False, "the third argument must be false: only shallow merging is supported")
    return {**first, **second}


def drawn(first: Any, last: Any, seed: Any = None) -> int:
    """A random whole number from the first to below the last; the same for the same seed."""
    first, last = _whole(first, "the start"), _whole(last, "the end")
    _need(first < last, "the start must be below the end")
    return random.Random(seed if seed is None else _whole(seed, "the seed")).randrange(first, last)  # noqa: S311


def _add(first: Any, second: Any) -> int:
    return _whole(first, "each argument") + _whole(second, "each argument")


def _split(text: Any, separators: Any) -> list[str]:
    _need(isinstance(text, str) and isinstance(separators, str), "both arguments must be strings")
    if not separators:
        return [text]
    return [part for part in re.split(f"[{re.escape(separators)}]", text) if part]


def _array(*values: Any) -> list[Any]:
    return list(values)


def _json(text: Any) -> Any:
    _need(isinstance(text, str), "the argument must be a string")
    return orjson.loads(text)


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "States.Format": _format,
    "States.StringToJson": _json,
    "States.JsonToString": dump,
    "States.Array": _array,
    "States.ArrayPartition": partition,
    "States.ArrayContains": _contains,
    "States.ArrayRange": spread,
    "States.ArrayGetItem": _item,
    "States.ArrayLength": lambda items: len(_list(items)),
    "States.ArrayUnique": _unique,
    "States.Base64Encode": lambda text: base64.b64encode(_text(text).encode()).decode(),
    "States.Base64Decode": _decode,
    "States.Hash": hashed,
    "States.JsonMerge": _merge,
    "States.MathRandom": drawn,
    "States.MathAdd": _add,
    "States.StringSplit": _split,
    "States.UUID": lambda: str(uuid.uuid4()),
}
_KNOWN = f"there are: {', '.join(FUNCTIONS)}"
