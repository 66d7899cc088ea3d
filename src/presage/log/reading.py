"""Reading a stream from one place to its end."""

from collections.abc import Iterator

from .protocol import Log, LoggedRecord

AT_ONCE = 10_000


def read_on(log: Log, stream: str, after: int = 0) -> Iterator[LoggedRecord]:
    """The records of a stream beyond a place, in order, a part at a time."""
    while some := log.read(after, AT_ONCE, stream=stream):
        yield from some
        after = some[-1].place
