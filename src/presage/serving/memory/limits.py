"""What is kept of events: the latest of each user, and of all users as many as there is room for."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import structlog
from numpy.typing import NDArray

from presage.columns import EVENT_TYPE

from .columns import TextColumn
from .events import Events
from .records import Records

SLACK = 0.9
"""What is over its limit is brought down to this share of it, so that it is not so at once again."""
logger = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much one group's memory keeps of what was told after its snapshot: callers choose ids at will.

    What is forgotten is there again with the next snapshot: the event log and the datasets keep it.

    Parameters
    ----------
    n_bytes : of events in columns, of which one takes about 50 bytes; and a quarter of it of records
    n_owners : users, and sessions whose user is not known
    n_recent : rows that are not in columns yet, or kilobytes, whichever are more
    n_sessions : sessions whose user is known, of which one takes about 250 bytes, and 1.5 kilobytes at most
    n_marks : users who may change in more than their events before all are looked at anew; as many bytes each
    """

    n_bytes: int = 256 * 2**20
    n_owners: int = 1_000_000
    n_recent: int = 10_000
    n_sessions: int = 100_000
    n_marks: int = 200_000

    @classmethod
    def shared(cls, n_groups: int) -> Self:
        """The limits of each of some groups that together take about a gigabyte."""
        n_groups = max(1, n_groups)
        whole = cls()
        return cls(
            n_bytes=min(whole.n_bytes, max(2**20, 2**30 // n_groups)),
            n_owners=min(whole.n_owners, max(5_000, 4_000_000 // n_groups)),
            n_recent=min(whole.n_recent, max(200, 100_000 // n_groups)),
            n_sessions=min(whole.n_sessions, max(500, 400_000 // n_groups)),
            n_marks=min(whole.n_marks, max(500, 400_000 // n_groups)),
        )


def latest_of_each_type(events: Events, n: int) -> Events:
    """Of each owner only the `n` latest events of each type."""
    if np.diff(events.start).max(initial=0) <= n:
        return events
    types = events.table.columns.get(EVENT_TYPE)
    if not isinstance(types, TextColumn):
        return events.keep(_place_from_end(events.owner) < n)
    key = events.owner * (len(types.names) + 1) + types.codes + 1
    return events.keep(_place_from_end(key) < n)


def within(events: Events, limits: Limits, group: str) -> Events:
    """Events that fit the limits: owners whose last event is oldest go first, and a warning says so."""
    if events.nbytes <= limits.n_bytes and len(events.owners) <= limits.n_owners:
        return events
    last_at = events.time[events.start[1:] - 1]
    newest_first = np.argsort(-last_at, kind="stable")
    n_bytes = np.cumsum(np.diff(events.start)[newest_first]) * (events.nbytes / max(1, len(events)))
    kept = newest_first[: int(limits.n_owners * SLACK)]
    kept = kept[n_bytes[: len(kept)] <= limits.n_bytes * SLACK]
    left = events.keep(np.isin(events.owner, kept))
    logger.warning(
        "what users did is forgotten, oldest first, until the group's memory is built anew",
        group=group,
        users=len(events.owners) - len(left.owners),
        events=len(events) - len(left),
    )
    return left


def latest_told(records: Records, limits: Limits, group: str) -> Records:
    """Records that fit the limits: those told first go first, and a warning says so."""
    most_bytes = limits.n_bytes // 4
    if records.nbytes <= most_bytes:
        return records
    n_left = int(len(records.ids) * SLACK * most_bytes / records.nbytes)
    left = records.beyond(int(np.sort(records.place)[-n_left - 1]))
    logger.warning(
        "told records are forgotten, oldest first, until the group's memory is built anew",
        group=group,
        records=len(records.ids) - len(left.ids),
    )
    return left


def _place_from_end(key: NDArray[Any]) -> NDArray[np.int64]:
    """(n,): how many later rows have the same key."""
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    places = np.empty(len(key), np.int64)
    places[order] = np.searchsorted(ordered, ordered, side="right") - 1 - np.arange(len(key))
    return places
