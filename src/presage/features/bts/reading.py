"""From lines to events: data processors, and the identity and time of each record."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from presage.errors import shown

from .document import Streaming
from .errors import DocumentError, ExpressionError, Fault
from .expressions import Scope
from .fold import imported
from .functions import Functions
from .operations import BUDGET, Operations
from .records import Event, event_of
from .values import in_utc

Raw = dict[str, Any]
_IPFIX_NAMES: dict[Any, Any] = {
    4: "protocol",
    12: "dest_ip",
    56: "source_mac",
    150: "timestamp",
    182: "source_port",
    183: "dest_port",
}
_decode = msgspec.json.Decoder().decode


@dataclass(frozen=True, slots=True)
class Dropped:
    """A line or record that no run can use, and why; of a line also its number, from 1."""

    reason: str
    number: int = 0

    def __str__(self) -> str:
        return f"line {self.number}: {self.reason}" if self.number else self.reason


def decode(line: bytes | str) -> Any:
    """The JSON value of a line; also what the standard library takes beyond JSON, such as NaN."""
    try:
        return _decode(line)
    except msgspec.DecodeError:
        return json.loads(line)


def simple(value: Any) -> list[Raw]:
    """The record that a line is."""
    if not isinstance(value, dict):
        raise TypeError(f"a record is a JSON object, and this is {type(value).__name__}")
    return [value]


def ipfix(value: Any) -> list[Raw]:
    """The records of a line of IPFIX data sets; those without a `source_mac` are left out."""
    if not isinstance(value, dict) or "DataSets" not in value:
        return []
    records: list[Raw] = [
        {_IPFIX_NAMES.get(one["I"], one["I"]): one["V"] for one in part} for part in value["DataSets"]
    ]
    return [record for record in records if "source_mac" in record]


PROCESSORS: dict[str, Callable[[Any], list[Raw]]] = {"simple": simple, "ipfix": ipfix}


class Reader:
    """Gives each record its identity and time, as a streaming BTS says; use one in one thread.

    Raises DocumentError for expressions and imports that cannot be used, ValueError for an unknown processor.
    """

    def __init__(self, document: Streaming, processor: str = "simple") -> None:
        if processor not in PROCESSORS:
            known = ", ".join(PROCESSORS)
            raise ValueError(f"there is no data processor {processor!r}; there are: {known}")
        self.processor, self._process = processor, PROCESSORS[processor]
        self._operations = Operations()
        functions = Functions(self._operations)
        imports = imported(functions, document.imports, document.name)
        self._scope = Scope(
            self._operations, functions, imports=imports, records=frozenset({"source"}), has_event=True
        )
        self._identity = self._compiled(document.name, "Identity", document.identity)
        self._time = self._compiled(document.name, "Time", document.time)

    def _compiled(self, path: str, attribute: str, text: str) -> Callable[[], Any]:
        try:
            return self._scope.compile(text)
        except ExpressionError as error:
            raise DocumentError([Fault("InvalidExpressionError", path, attribute, str(error))]) from None

    def lines(self, lines: Iterable[bytes | str]) -> Iterator[tuple[Any, datetime, Event] | Dropped]:
        """(identity, time, event) for each record of JSON lines, or why there is none."""
        placed, process = self.placed, self._process
        for number, line in enumerate(lines, 1):
            try:
                raws = process(decode(line))
            except Exception as error:
                yield Dropped(_said(error, line), number)
                continue
            for raw in raws:
                found = placed(raw)
                yield Dropped(found.reason, number) if isinstance(found, Dropped) else found

    def placed(self, raw: Raw) -> tuple[Any, datetime, Event] | Dropped:
        """(identity, time, event) of a record, or why there is none."""
        self._operations.left = BUDGET
        self._scope.values["source"] = event = event_of(raw)
        attribute = "Identity"
        try:
            identity = self._identity()
            if not identity:
                return Dropped(f"Identity gives {identity!r}")
            attribute = "Time"
            time = self._time()
        except Exception as error:
            return Dropped(f"{attribute}: {_said(error)}")
        if not isinstance(time, datetime):
            return Dropped(f"Time gives {shown(time)}, which is {type(time).__name__} and no datetime")
        return identity, in_utc(time), event

    def whose(self, raw: Raw) -> str:
        """The identity of a record, whatever its time is; empty if it has none, or one that is no text."""
        self._operations.left = BUDGET
        self._scope.values["source"] = event_of(raw)
        try:
            identity = self._identity()
        except Exception:  # whatever the expression meets
            return ""
        return identity if isinstance(identity, str) else ""


def _said(error: Exception, line: bytes | str = b"") -> str:
    text = f"{type(error).__name__}: {error}"
    if not line:
        return text
    return f"{text} in {shown(line.decode(errors='backslashreplace') if isinstance(line, bytes) else line)}"
