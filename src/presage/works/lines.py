"""JSON lines from S3, and an answer to each: what batch inference and batch segment jobs have in common.

Threads here answer some lines at a time, or a Spark cluster does. For each file `<name>` there is
`<name>.out` in the end, a line for each of its lines in their order, and, if some could not be answered,
`<name>.errors` with these alone. Memory is bounded, however large a file is.
"""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Generic, TypeAlias, TypeVar, cast

import orjson

from presage.buckets.locations import UNMATCHED
from presage.buckets.objects import SourceFile
from presage.config import Config
from presage.errors import JobFailure, shown
from presage.jobs.spark import SparkPool
from presage.recipes.data import Report
from presage.resources.record import Record
from presage.stores import Stores
from presage.tables.leftovers import is_leftover

Q = TypeVar("Q")
Given: TypeAlias = dict[str, Any]
"""A line as it was read."""
Output: TypeAlias = Mapping[str, Any]
"""What a line is answered with."""
Finish: TypeAlias = "Callable[[], Sequence[Output | BadLine]]"
"""Gives the outputs of some lines."""
MARKER = "_CHECK"
"""An empty file that is written first, as AWS does: who may not write learns of it at once."""
MOST_LINE_BYTES = 1 << 20
MOST_CHUNK_BYTES = 8 << 20
MOST_ID_CHARACTERS = 256
JSON_KINDS = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}
BOM = b"\xef\xbb\xbf"


class BadLine(Exception):
    """A line that cannot be answered; the text says what is wrong with it, and what would be right."""


@dataclass(frozen=True, kw_only=True)
class Answering(Generic[Q]):
    """How the lines of a job are answered.

    Parameters
    ----------
    read : a line -> what it asks; raises BadLine
    answer : what some lines ask, and how many come before them -> what gives their outputs, in their order,
        or what is wrong with a line. It is called by one thread, what it returns by any
    at_once : so many lines are answered together
    """

    read: Callable[[Given], Q]
    answer: Callable[[Sequence[Q], int], Finish]
    at_once: int


Make: TypeAlias = Callable[[Stores, Record], Answering[Any]]
"""A module's function: how the lines of a job's record are answered."""
Answered: TypeAlias = tuple[bytes, bytes, int]
"""Some lines as text, those with mistakes as text, and how many these are."""
Begin: TypeAlias = "Callable[[Sequence[bytes], int], Future[Answered]]"
"""Lets some lines be answered; how many come before them."""


def answer_lines(stores: Stores, record: Record, report: Report, make: Make) -> dict[str, int]:
    """Answer the files that a job's record names; how many lines there were, and in how many mistakes."""
    answering = make(stores, record)
    target: str = record["jobOutput"]["s3DataDestination"]["path"]
    files = _inputs(stores, record["jobInput"]["s3DataSource"]["path"], target)
    size, done = sum(file.size for _, file in files), 0
    counts = {"_lines": 0, "_mistakes": 0}
    with stores.drafts(record) as drafts, _answerers(stores, record, make, answering) as (begin, n_at_work):
        (drafts / MARKER).touch()
        stores.locations.write(target, MARKER, drafts / MARKER)
        for name, file in files:

            def tell(n_bytes: int, name: str = name, before: int = done) -> None:
                report(f"answering {name}", (before + n_bytes) / size)

            out, errors = drafts / "out", drafts / "errors"
            with stores.locations.local_path(file) as path:
                n_lines, n_mistakes = _Run(begin, n_at_work, answering.at_once, tell).file(path, out, errors)
            stores.locations.write(target, f"{name}.out", out)
            if n_mistakes:
                stores.locations.write(target, f"{name}.errors", errors)
            counts = {"_lines": counts["_lines"] + n_lines, "_mistakes": counts["_mistakes"] + n_mistakes}
            done += file.size
    return counts


def _inputs(stores: Stores, location: str, target: str) -> list[tuple[str, SourceFile]]:
    """The files of a location, each with its name below it; results of this job or another are none."""
    bucket, key = stores.locations.split(location, UNMATCHED)
    to_bucket, to_folder = stores.locations.split(target)
    folder = key[: key.rfind("/") + 1]
    found = [
        (file.key.removeprefix(folder), file)
        for file in stores.locations.matching(location)
        if not is_leftover(file)
        and not (bucket == to_bucket and file.key.startswith(to_folder.rstrip("/") + "/"))
    ]
    if not found:
        raise JobFailure(f"{UNMATCHED}: {location} holds no line; write a JSON object into each line")
    return found


@contextmanager
def _answerers(
    stores: Stores, record: Record, make: Make, answering: Answering[Any]
) -> Generator[tuple[Begin, int]]:
    """What begins to answer lines, and on how many parts that works at once."""
    if stores.config.spark:
        elsewhere = _Elsewhere(make, stores.config, record.arn)
        with SparkPool(stores.config.spark) as cluster:
            yield lambda lines, place: cluster.submit(elsewhere, lines, place), cluster.size
        return
    n_threads = len(os.sched_getaffinity(0))
    with ThreadPoolExecutor(n_threads) as threads:
        yield lambda lines, place: threads.submit(begun(answering, lines, place)), n_threads


@dataclass(frozen=True)
class _Elsewhere:
    """Answers lines in a process that holds nothing of the job yet."""

    make: Make
    config: Config
    arn: str

    def __call__(self, lines: Sequence[bytes], place: int) -> Answered:
        """Answer some lines."""
        if self.arn not in _made:
            stores = Stores(self.config)
            _made[self.arn] = self.make(stores, stores.records.expect(self.arn))
        return begun(_made[self.arn], lines, place)()


_made: dict[str, Answering[Any]] = {}
"""By the job's ARN, in a process that works for one job."""


class _Run:
    """The answering of one file: while some lines are worked on, the next are read."""

    def __init__(self, begin: Begin, n_at_work: int, at_once: int, tell: Callable[[int], None]) -> None:
        self._begin, self._at_once, self._tell = begin, at_once, tell
        self._most_waiting = n_at_work + 1

    def file(self, path: Path, out: Path, errors: Path) -> tuple[int, int]:
        """Answer a file's lines; how many there were, and in how many mistakes."""
        n_lines = n_mistakes = 0
        waiting: deque[Future[Answered]] = deque()
        with ExitStack() as stack:
            source, good, bad = (
                stack.enter_context(file.open(mode))
                for file, mode in ((path, "rb"), (out, "wb"), (errors, "wb"))
            )

            def write() -> int:
                text, wrong, n_wrong = waiting.popleft().result()
                good.write(text)
                bad.write(wrong)
                return n_wrong

            for lines in chunks(cast("BinaryIO", source), self._at_once):
                waiting.append(self._begin(lines, n_lines))
                n_lines += len(lines)
                if len(waiting) > self._most_waiting:
                    n_mistakes += write()
                self._tell(source.tell())
            while waiting:
                n_mistakes += write()
        return n_lines, n_mistakes


def begun(answering: Answering[Any], lines: Sequence[bytes], place: int) -> Callable[[], Answered]:
    """What answers some lines, by any thread, of which so many come before."""
    given: list[Any] = []
    asked: list[Any] = []
    mistakes: dict[int, BadLine] = {}
    for number, line in enumerate(lines):
        given.append(line)
        try:
            given[number] = parse(line)
            asked.append(answering.read(given[number]))
        except BadLine as mistake:
            mistakes[number] = mistake
    finish = answering.answer(asked, place) if asked else list
    return partial(_finished, given, mistakes, finish)


def _finished(given: Sequence[Any], mistakes: Mapping[int, BadLine], finish: Finish) -> Answered:
    answers = iter(finish())
    texts: list[bytes] = []
    wrong: list[bytes] = []
    for place, one in enumerate(given):
        found = mistakes[place] if place in mistakes else next(answers)
        if isinstance(found, BadLine):
            wrong.append(_text(one, None, str(found)))
            texts.append(wrong[-1])
        else:
            texts.append(_text(one, found, None))
    return b"".join(texts), b"".join(wrong), len(wrong)


def _text(given: Any, output: Output | None, error: str | None) -> bytes:
    """A line of output; what could not be read as JSON stands in it as text."""
    shown_input = given.decode(errors="replace") if isinstance(given, bytes) else given
    return orjson.dumps(
        {"input": shown_input, "output": output, "error": error}, option=orjson.OPT_APPEND_NEWLINE
    )


def chunks(file: BinaryIO, most_lines: int) -> Iterator[list[bytes]]:
    """The lines of a file that are not blank, some at a time; of one that is too long only its beginning."""
    lines: list[bytes] = []
    n_bytes, start = 0, BOM
    while line := file.readline(MOST_LINE_BYTES + 1):
        rest = line
        while len(rest) > MOST_LINE_BYTES and not rest.endswith(b"\n"):
            rest = file.readline(MOST_LINE_BYTES + 1)
        text = line.removeprefix(start).strip()
        start = b""
        if text:
            lines.append(text)
            n_bytes += len(text)
        if len(lines) == most_lines or n_bytes > MOST_CHUNK_BYTES:
            yield lines
            lines, n_bytes = [], 0
    if lines:
        yield lines


def parse(line: bytes) -> Given:
    """The object that a line holds; raises BadLine."""
    if len(line) > MOST_LINE_BYTES:
        raise BadLine(f"the line is longer than {MOST_LINE_BYTES} bytes; it must be a short JSON object")
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise BadLine(f"the line is no JSON: {error}; write one JSON object into each line") from None
    if not isinstance(found, dict):
        raise BadLine(f"the line is {_kind(found)}; write one JSON object into each line")
    return cast("Given", found)


def check_members(given: Given, required: Sequence[str], optional: Sequence[str]) -> None:
    """Raise BadLine for a member that is missing or that nobody knows."""
    for member in required:
        if member not in given:
            raise BadLine(f"{member} is missing; a line must have {' and '.join(required)}")
    for member in given:
        if member not in required and member not in optional:
            raise BadLine(f"{shown(member)} is unknown; a line may have {', '.join((*required, *optional))}")


def text_of(given: Given, member: str, most: int = MOST_ID_CHARACTERS) -> str:
    """A member that must be a text of one character at least; raises BadLine."""
    return checked_text(given[member], member, most)


def checked_text(value: Any, member: str, most: int = MOST_ID_CHARACTERS) -> str:
    """A value that must be a text of one character at least; raises BadLine."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise BadLine(f'{member} is {value}, a number; write it as text: "{value}"')
    if not isinstance(value, str):
        raise BadLine(f"{member} is {_kind(value)}; it must be a text")
    if not 0 < len(value) <= most:
        raise BadLine(f"{member} has {len(value)} characters; it must have 1 to {most}")
    return value


def _kind(value: Any) -> str:
    return JSON_KINDS.get(type(value), "a number")
