"""What a group was told after a snapshot, read at once: at start, or when a process lags behind."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from presage.columns import USER_ID
from presage.log import Log

from ..source import INTERACTIONS, Source
from .held import KEYS, Held
from .limits import Limits
from .rows import SESSION, told_events, told_records

MOST_LOOKED_THROUGH = 100_000
"""Of so many of the latest events sessions are remembered."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """What was read.

    Parameters
    ----------
    held : a snapshot, and what was told after it
    sessions : (session, user that it named first)
    late : those of them that the snapshot holds anonymous events of
    """

    held: Held
    sessions: Sequence[tuple[str, str]]
    late: Sequence[tuple[str, str]]


def read_told(source: Source, log: Log, held: Held, limits: Limits) -> Told:
    """What the log and the datasets tell of a group beyond what is held."""
    last = log.last_place()
    known = source.known
    events = told_events(known.get(INTERACTIONS), log, held.through[INTERACTIONS])
    records = {
        kind: told_records(known.get(kind), key, log, held.through[kind]) for kind, key in KEYS.items()
    }
    latest = events.tail(MOST_LOOKED_THROUGH)
    named = latest.filter(pl.col(USER_ID) != pl.col(SESSION)).unique(
        SESSION, keep="first", maintain_order=True
    )
    sessions = list(named.select(SESSION, USER_ID).iter_rows())
    anonymous = held.snapshot.events.anonymous_owners() if sessions else frozenset[str]()
    held = held.with_told(events.drop(SESSION), records, limits, source)
    through = {kind: max(place, last) for kind, place in held.through.items()}
    return Told(
        held=replace(held, through=through),
        sessions=sessions,
        late=[link for link in sessions if link[0] in anonymous],
    )
