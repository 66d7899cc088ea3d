"""The same transform on a Spark cluster: one worker folds all events of an identity, as here.

presage must be installed where the workers run. What comes out, and in what order, is what a local run gives.
"""

from collections.abc import Callable, Iterable, Iterator
from operator import itemgetter
from pathlib import Path
from typing import Any

from presage.features.bts import (
    Dropped,
    Reader,
    Transform,
    TransformError,
    check_identity,
    json_line,
    load,
    parse_streaming,
    parse_window,
)
from presage.spark import spark_context

from .out import Line

_TABLES = (".csv", ".parquet")


def run_spark(
    master: str,
    texts: list[str],
    files: list[Path],
    *,
    processor: str,
    compat: bool,
    dropped: Callable[[str], None],
) -> Iterator[Line]:
    """The lines of output, in the order in which the identities appear.

    Parameters
    ----------
    master : `local[2]`, `spark://host:7077`, ...
    texts : the streaming document, and perhaps a window document
    dropped : told of each record that cannot be used, after the last line

    Raises TransformError if an expression must stop the run, ValueError for tables and without Spark.
    """
    if tables := [str(path) for path in files if path.suffix.lower() in _TABLES]:
        raise ValueError(f"on Spark events are JSON lines; {tables[0]} is a table")
    work = _Work(texts, processor, compat)
    context = spark_context(master, "presage features")
    try:
        lost = context.accumulator([], _collecting())
        read = context.textFile(",".join(path.resolve().as_uri() for path in files))
        placed = read.mapPartitionsWithIndex(lambda part, lines: work.placed(part, lines, lost))
        outputs = placed.groupByKey().mapPartitions(work.outputs).collect()
        for _, (problem, lines) in sorted(outputs, key=itemgetter(0)):
            if problem:
                raise TransformError(problem)
            yield from lines
        for reason in lost.value:
            dropped(reason)
    finally:
        context.stop()


class _Work:
    """What the workers do, from texts alone: each of their processes makes the transform for itself."""

    def __init__(self, texts: list[str], processor: str, compat: bool) -> None:
        self._texts, self._processor, self._compat = texts, processor, compat

    def _transform(self) -> Transform:
        documents = [load(text) for text in self._texts]
        streaming = parse_streaming(documents[0], compat=self._compat)
        window = parse_window(documents[1], compat=self._compat) if documents[1:] else None
        return Transform(streaming, window, compat=self._compat)

    def placed(self, part: int, lines: Iterable[str], lost: Any) -> Iterator[tuple[Any, Any]]:
        """(identity, (where the record was read, time, event)) of each record of a part."""
        reader = Reader(self._transform().fold.document, self._processor)
        for number, found in enumerate(reader.lines(lines)):
            if isinstance(found, Dropped):
                lost.add([str(found)])
            else:
                identity, time, event = found
                yield identity, ((part, number), time, event)

    def outputs(self, groups: Iterable[tuple[Any, Iterable[Any]]]) -> Iterator[tuple[Any, Any]]:
        """(where the identity appears first, (what stopped the run, its lines)) of each identity."""
        transform = self._transform()
        for identity, found in groups:
            events = sorted(found, key=lambda one: one[0])
            first = events[0][0]
            try:
                outputs = transform.output(check_identity(identity), [one[1:] for one in events])
                yield first, ("", [(one.group, json_line(one)) for one in outputs])
            except TransformError as error:
                yield first, (str(error), [])


def _collecting() -> Any:
    from pyspark.accumulators import AccumulatorParam  # noqa: PLC0415

    class Collecting(AccumulatorParam):  # pyright: ignore[reportMissingTypeArgument]
        """Puts the lists of all workers together."""

        def zero(self, value: list[str]) -> list[str]:
            """What a worker begins with."""
            return value[:0]

        def addInPlace(self, value1: list[str], value2: list[str]) -> list[str]:  # noqa: N802
            """Both lists."""
            value1 += value2
            return value1

    return Collecting()
