"""Reading a stream from one place to its end."""

from collections.abc import Iterator

from .protocol import Log, LoggedRecord

AT_ONCE = 10_000


def read_parts(
    log: Log, stream: str, after: int = 0, through: int | None = None
) -> Iterator[list[LoggedRecord]]:
    """The records of a stream beyond a place, in order, many at a time.

    Parameters
    ----------
    through : up to and with this place; None = up to the newest
    """
    while some := log.read(after, AT_ONCE, through=through, stream=stream):
        yield some
        after = some[-1].place


def read_on(log: Log, stream: str, after: int = 0) -> Iterator[LoggedRecord]:
    """The records of a stream beyond a place, in order."""
    for some in read_parts(log, stream, after):
        yield from some
