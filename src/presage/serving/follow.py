"""Following the event log: what any process was told, every process knows within a moment."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from typing import TypeAlias

import structlog

from presage.tables.events import EventLog

from .live import Row

POLL_SECONDS = 0.075
RETRY_SECONDS = 1.0
MOST_PER_READ = 2_000

logger = structlog.get_logger()
Tell: TypeAlias = Callable[[str, str, Sequence[int], Sequence[Row]], None]


async def follow_log(log: EventLog, tell: Tell, after: int) -> None:
    """Hand each record that comes into the log to `tell`, until cancelled.

    Parameters
    ----------
    tell : takes (dataset group's ARN, dataset type, [place in the log], [row])
    after : the place after which to begin
    """
    place = after
    while True:
        try:
            records = await asyncio.to_thread(log.read, place, MOST_PER_READ)
        except sqlite3.Error:
            logger.exception("the event log cannot be read; it is tried again", after=place)
            await asyncio.sleep(RETRY_SECONDS)
            continue
        for record in records:
            group, dataset_type = group_of(record.stream)
            tell(group, dataset_type, [record.seq], [record.record])
            place = record.seq
        if len(records) < MOST_PER_READ:
            await asyncio.sleep(POLL_SECONDS)


def group_of(dataset: str) -> tuple[str, str]:
    """(ARN of the dataset group, dataset type) that a dataset's ARN names."""
    head, group, dataset_type = dataset.rsplit("/", 2)
    return f"{head.removesuffix(':dataset')}:dataset-group/{group}", dataset_type
