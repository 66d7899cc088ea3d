"""Which items were shown beside those that were chosen."""

import polars as pl

from presage.columns import ITEM_ID

N_SHOWN = "#shown"
BETWEEN = "|"
MOST_AT_ONCE = 1_000_000
"""So many impressions are split at a time; each may name dozens of items."""
_NONE = pl.DataFrame(schema={ITEM_ID: pl.String(), N_SHOWN: pl.Int64()})


def shown(impressions: pl.Series) -> pl.DataFrame:
    """ITEM_ID, `N_SHOWN`: how often each item was shown; an impression is ids with bars between, or null."""
    slices = impressions.drop_nulls().to_frame().iter_slices(MOST_AT_ONCE)
    parts = [_NONE, *(_counts(part.to_series()) for part in slices)]
    return pl.concat(parts).group_by(ITEM_ID).agg(pl.col(N_SHOWN).sum())


def _counts(impressions: pl.Series) -> pl.DataFrame:
    ids = impressions.str.split(BETWEEN).explode().alias(ITEM_ID).to_frame()
    return ids.group_by(ITEM_ID).agg(pl.len().cast(pl.Int64).alias(N_SHOWN))
