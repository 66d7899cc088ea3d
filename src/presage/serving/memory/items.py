"""What is known of a group's items at a moment."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl

from presage.columns import CREATION_TIMESTAMP, IMPRESSION, ITEM_ID, TIMESTAMP
from presage.features.texts import rows_among

from ..source import ITEMS
from .events import Event, Events
from .impressions import N_SHOWN, shown
from .records import NO_RECORD, PLACE, Records
from .snapshot import UNKNOWN, Snapshot

USES, STORED_USES, STORED_SHOWN = "#uses", "#stored uses", "#stored shown"
TOLD_AT, STORED_AT, FIRST_AT = "#told at", "#stored at", "#first at"
IS_TOLD, IS_STORED = "#is told", "#is stored"


@dataclass(frozen=True, kw_only=True)
class ItemsNow:
    """The items of a group.

    Parameters
    ----------
    snapshot : those that its datasets held at a moment
    told : records that were told after it, for `Records.of`, the last of an item last
    counts : of items that events told after it are about or show: how many are about each (`USES`), when the
        first of these was (`FIRST_AT`), how often each was shown (`N_SHOWN`)
    newest_at : when the newest event of all happened, but no later than now
    key : the column of their dataset that holds their ids
    """

    snapshot: Snapshot
    told: pl.DataFrame
    counts: pl.DataFrame
    newest_at: int
    key: str = ITEM_ID

    @property
    def stored(self) -> Records:
        """The records that the datasets held; of items that only events name there is none."""
        return self.snapshot.records[ITEMS]

    def beside(self, ids: pl.Series, *, used: bool = False) -> pl.DataFrame:
        """The records of items that are not among some; those that were told last come last.

        Parameters
        ----------
        used : whether items belong to them that only events name, as records of nothing
        """
        stored = self.stored
        others = (rows_among(ids, stored.ids.series()) < 0) & (stored.has_record | used)
        events = self.counts.filter(pl.col(FIRST_AT).is_not_null() & used)
        named = events.select(ITEM_ID, pl.lit(NO_RECORD, pl.Int64).alias(PLACE))
        both = pl.concat(
            [named, stored.take(np.flatnonzero(others)).frame(ITEM_ID), self.told], how="diagonal_relaxed"
        )
        records = both.unique(ITEM_ID, keep="last", maintain_order=True)
        return records.filter(pl.Series(rows_among(ids, records[ITEM_ID]) < 0)).sort(
            PLACE, maintain_order=True
        )

    def history(self, ids: pl.Series) -> tuple[pl.Series, pl.Series, pl.Series]:
        """When each of some items came to be, how many events are about it, and how often it was shown.

        That is its record's CREATION_TIMESTAMP, else its first event, else the newest event of all; null for
        an item that has neither a record nor an event.
        """
        stored = pl.DataFrame(
            {
                ITEM_ID: self.stored.ids.series(),
                STORED_AT: pl.Series(self.snapshot.created_at).replace(UNKNOWN, None),
                STORED_USES: self.snapshot.uses,
                STORED_SHOWN: self.snapshot.shown,
            }
        )
        stored = stored.with_columns(pl.lit(value=True).alias(IS_STORED))
        told = self.told.unique(ITEM_ID, keep="last")
        declared = (
            told[CREATION_TIMESTAMP]
            if CREATION_TIMESTAMP in told.columns
            else pl.repeat(None, len(told), eager=True)
        )
        told = told.select(ITEM_ID, declared.cast(pl.Int64).alias(TOLD_AT), pl.lit(value=True).alias(IS_TOLD))
        found = ids.alias(ITEM_ID).to_frame()
        for known in (told, stored, self.counts):
            found = found.join(known, on=ITEM_ID, how="left", maintain_order="left")
        newest = pl.when(pl.any_horizontal(IS_TOLD, IS_STORED)).then(self.newest_at)
        uses = pl.col(STORED_USES).fill_null(0) + pl.col(USES).fill_null(0)
        return (
            found.select(pl.coalesce(TOLD_AT, STORED_AT, FIRST_AT, newest)).to_series(),
            found.select(uses).to_series(),
            found.select(pl.col(STORED_SHOWN).fill_null(0) + pl.col(N_SHOWN).fill_null(0)).to_series(),
        )


def counted(events: Events, others: Iterable[Event]) -> pl.DataFrame:
    """The counts of `ItemsNow`, of events in columns and of others."""
    first_at = np.full(len(events.items), np.iinfo(np.int64).max)
    np.minimum.at(first_at, events.item, events.time)
    uses = np.bincount(events.item, minlength=len(events.items))
    before = pl.DataFrame({ITEM_ID: events.items.series(), USES: uses, FIRST_AT: first_at})
    others = list(others)
    pairs = [(event.item_id, event.time) for event in others]
    lately = pl.DataFrame(pairs, schema={ITEM_ID: pl.String(), TIMESTAMP: pl.Int64()}, orient="row")
    lately = lately.group_by(ITEM_ID).agg(
        pl.len().cast(pl.Int64).alias(USES), pl.col(TIMESTAMP).min().alias(FIRST_AT)
    )
    impressions = pl.Series([event.row.get(IMPRESSION) for event in others], dtype=pl.String)
    stored = events.table.columns.get(IMPRESSION)
    if stored is not None:
        impressions = pl.concat([stored.series(), impressions])
    used = pl.concat([before, lately]).filter(pl.col(USES) > 0)
    both = pl.concat([used, shown(impressions)], how="diagonal")
    return both.group_by(ITEM_ID).agg(pl.col(USES, N_SHOWN).sum(), pl.col(FIRST_AT).min())
