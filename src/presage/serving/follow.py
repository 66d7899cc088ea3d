"""Following the event log: what any process was told, every process knows within a moment."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Protocol

import structlog

from presage.log import Log, LoggedRecord

from .memory import Row

POLL_SECONDS = 0.075
RETRY_SECONDS = 1.0
MOST_PER_READ = 2_000
MOST_BEHIND = 20_000
MOST_SECONDS = 30.0
"""Who is so many records behind, or has not read for so long, takes in all at once, also from the datasets:
two folds later what was told is there alone."""

logger = structlog.get_logger()


class Follower(Protocol):
    """Who wants to know what is told."""

    def known_through(self, place: int) -> int:
        """The place up to which it knows by itself all that came after another."""
        ...

    def hear(self, stream: str, places: Sequence[int], rows: Sequence[Row]) -> None:
        """Take in rows of a stream of the log; one that is not known is passed over."""
        ...

    def catch_up(self, log: Log) -> None:
        """Take in at once whatever is in the log; any thread."""
        ...


async def follow_log(log: Log, follower: Follower, after: int) -> None:
    """Tell a follower of each record that comes into the log, until cancelled; what goes wrong is logged.

    Parameters
    ----------
    after : the place after which to begin
    """
    place, read_at = after, time.monotonic()
    while True:
        is_stale = time.monotonic() - read_at > MOST_SECONDS
        try:
            place = follower.known_through(place)
            records, place = await asyncio.to_thread(_read, log, follower, place, is_stale)
        except Exception:
            logger.exception("the event log cannot be read; it is tried again", after=place)
            await asyncio.sleep(RETRY_SECONDS)
            continue
        read_at = time.monotonic()
        for stream, some in _by_stream(records).items():
            _tell(follower, stream, some)
        if len(records) < MOST_PER_READ:
            await asyncio.sleep(POLL_SECONDS)


def _read(log: Log, follower: Follower, place: int, is_stale: bool) -> tuple[list[LoggedRecord], int]:
    """The records beyond a place, and the last place of them; none if the follower had to catch up."""
    records = log.read(place, MOST_PER_READ)
    if is_stale or len(records) == MOST_PER_READ:
        last = log.last_place()
        if is_stale or last - place > MOST_BEHIND:
            follower.catch_up(log)
            return [], last
    return records, records[-1].place if records else place


def _by_stream(records: Sequence[LoggedRecord]) -> Mapping[str, list[LoggedRecord]]:
    found: dict[str, list[LoggedRecord]] = {}
    for record in records:
        found.setdefault(record.stream, []).append(record)
    return found


def _tell(follower: Follower, stream: str, records: Sequence[LoggedRecord]) -> None:
    try:
        follower.hear(stream, [record.place for record in records], [record.record for record in records])
    except Exception:
        logger.exception("records of the event log could not be taken in", stream=stream, n=len(records))
