"""What became of the answers of a dataset group's campaigns: displays, conversions, their share."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import polars as pl

from presage.columns import EVENT_TYPE, INTERACTIONS, TIMESTAMP
from presage.resources.record import Record
from presage.stores import Stores
from presage.tables.personalize.attribution import SOURCE

from .attributing import RECOMMENDED_BY, senders, told_events
from .sources import dataset_of

Z_95 = 1.96


def wilson(hits: int, n: int, z: float = Z_95) -> tuple[float, float]:
    """The score interval of a share (Wilson 1927); (0, 1) without cases."""
    if n == 0:
        return 0.0, 1.0
    share = min(1.0, hits / n)
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True, kw_only=True)
class Daily:
    """What a campaign or recommender answered on a day, and what of it came back on that day.

    Parameters
    ----------
    day : as 2026-11-30, UTC
    displays : answers that it gave
    conversions : answers of any day of which a recommendationId came back first on this one, with an event of
        the type
    """

    source: str
    event_type: str
    day: str
    displays: int
    conversions: int


def daily(stores: Stores, group: Record) -> list[Daily]:
    """For each campaign and recommender of a group, by event type and day, the first day first."""
    givers = {one.arn: one for one in senders(stores.records, group.arn).values()}
    if not givers:
        return []  # without reading events
    of_type: dict[tuple[str, str], dict[str, int]] = {}
    for source, kind, day, n in _counted_by_day(stores, group):
        of_type.setdefault((source, kind), {})[day] = n
    found: list[Daily] = []
    for sender in sorted(givers.values(), key=lambda one: one.name):
        shown = stores.displays.of(sender.arn)
        by_type = {kind: n for (source, kind), n in of_type.items() if source == sender.name} or {"": {}}
        found += [
            Daily(
                source=sender.name,
                event_type=kind,
                day=day,
                displays=shown.get(day, 0),
                conversions=came.get(day, 0),
            )
            for kind, came in by_type.items()
            for day in sorted({*shown, *came})
        ]
    return found


def _counted_by_day(stores: Stores, group: Record) -> Sequence[tuple[str, str, str, int]]:
    """(source, event type, day, how many answers came back first on that day with such an event)."""
    events = _recommended(stores, group).filter(pl.col(SOURCE).is_not_null())
    first = events.group_by(SOURCE, EVENT_TYPE, RECOMMENDED_BY).agg(pl.col(TIMESTAMP).min())
    day = pl.from_epoch(TIMESTAMP).dt.strftime("%Y-%m-%d").alias("day")
    counted = first.group_by(SOURCE, EVENT_TYPE, day).len().sort(SOURCE, EVENT_TYPE, "day")
    return list(counted.iter_rows())


def told_recommendations(stores: Stores, group: Record) -> list[tuple[str, str]]:
    """(recommendationId, event type) of what was told of a group, each once."""
    events = _recommended(stores, group)
    told = events.select(RECOMMENDED_BY, pl.col(EVENT_TYPE).fill_null("any"))
    return list(told.unique().iter_rows())


def _recommended(stores: Stores, group: Record) -> pl.DataFrame:
    """What was told with a recommendationId; each event has a type and, if it is known, a source."""
    dataset = dataset_of(stores, group.arn, INTERACTIONS)
    if dataset is None:
        texts = dict.fromkeys((RECOMMENDED_BY, EVENT_TYPE, SOURCE), pl.String)
        return pl.DataFrame(schema={**texts, TIMESTAMP: pl.Int64})
    events = told_events(stores, dataset)
    kind = pl.col(EVENT_TYPE) if EVENT_TYPE in events.columns else pl.lit("any").alias(EVENT_TYPE)
    return events.with_columns(kind).filter(pl.col(RECOMMENDED_BY).is_not_null())
