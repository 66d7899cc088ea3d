"""What a request can get wrong before an operation sees it, and how AWS words it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import orjson

SHOWN_CHARACTERS = 256
NOT_NULL = "Member must not be null"


class Refused(Exception):
    """A request that the protocol refuses, with the code and status that AWS gives it."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


@dataclass(frozen=True)
class Fault:
    """One value that breaks the contract.

    Parameters
    ----------
    shown : the value as the message prints it
    text : what is wrong with it
    path : where it stands, such as `eventList.1.member.itemId`
    readable : False when its JSON type is wrong, so that no constraint could be checked
    """

    shown: str
    text: str
    path: str = ""
    readable: bool = True

    def under(self, name: str) -> "Fault":
        """The same fault, seen from one level further out."""
        return replace(self, path=f"{name}.{self.path}" if self.path else name)

    def __str__(self) -> str:
        at = f"Value{self.shown} at '{self.path}'"
        return f"{at} failed to satisfy constraint: {self.text}" if self.readable else f"{at} {self.text}"


class Rejected(Exception):
    """Members that break the contract: all of them at once."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(map(str, self.faults)))

    def under(self, name: str) -> Iterator[Fault]:
        """The faults, seen from one level further out."""
        return (fault.under(name) for fault in self.faults)

    def refusal(self, code: str = "InvalidInputException") -> Refused:
        """The error that a client gets: wrong JSON types come first, for they hide what they stand for.

        Parameters
        ----------
        code : of values of the right type that break a constraint
        """
        unreadable = [fault for fault in self.faults if not fault.readable]
        if unreadable:
            return Refused("SerializationException", "; ".join(map(str, unreadable)))
        n = len(self.faults)
        return Refused(code, f"{n} validation error{'s' if n > 1 else ''} detected: {self}")


def show(value: Any, *, sensitive: bool = False) -> str:
    """A value as AWS prints it: quoted, null bare, and nothing at all where the model says sensitive."""
    if value is None:
        return " null"
    if sensitive:
        return ""
    text = value if isinstance(value, str) else _json(value)
    return f" '{text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + '…'}'"


def _json(value: Any) -> str:
    try:
        return orjson.dumps(value).decode()
    except orjson.JSONEncodeError:  # nested more deeply than JSON is written
        return "…"


def unreadable(value: Any, wanted: str, *, sensitive: bool = False) -> Rejected:
    """A value of the wrong JSON type."""
    return Rejected(
        [Fault(show(value, sensitive=sensitive), f"cannot be read: it must be {wanted}", readable=False)]
    )
