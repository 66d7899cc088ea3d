import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage.metrics.drift import popularity_bins, psi
from presage.works.drifting import LEAST, drift

RNG = np.random.default_rng(3)
N_ITEMS = 400
ZIPF = 1 / np.arange(1, N_ITEMS + 1)
TYPES = ["click", "purchase"]


def events(n, begin, *, weights=ZIPF, purchases=0.1, prefix="i"):
    items = RNG.choice(N_ITEMS, n, p=weights / weights.sum())
    return pl.DataFrame(
        {
            "ITEM_ID": [f"{prefix}{item}" for item in items],
            "EVENT_TYPE": RNG.choice(TYPES, n, p=[1 - purchases, purchases]),
            "TIMESTAMP": begin + np.arange(n),
        }
    )


BEFORE = events(6000, 0)


def since(**how):
    return drift(pl.concat([BEFORE, events(2000, 10_000, **how)]), 9_000)


def test_where_nothing_changes_nothing_is_found():
    found = since()
    assert found["items"] < 0.05
    assert found["event types"] < 0.01


def test_other_items_are_found():
    assert since(weights=ZIPF[::-1])["items"] > 0.25
    assert since(prefix="new")["items"] > 0.25
    half = drift(pl.concat([BEFORE, events(1000, 10_000), events(1000, 11_000, prefix="new")]), 9_000)
    assert half["items"] > 0.25


def test_other_types_are_found():
    found = since(purchases=0.5)
    assert found["event types"] > 0.25
    assert found["items"] < 0.05


def test_of_few_events_nothing_is_said():
    assert drift(pl.concat([BEFORE, events(LEAST - 1, 10_000)]), 9_000) == {}
    assert drift(events(3000, 10_000), 9_000) == {}


def test_without_types_items_are_looked_at():
    both = pl.concat([BEFORE, events(2000, 10_000)]).drop("EVENT_TYPE")
    assert drift(both, 9_000).keys() == {"items"}


def test_the_index_of_a_published_form():
    assert psi(np.array([10**8, 10**8]), np.array([10**8, 3 * 10**8])) == pytest.approx(
        0.25 * np.log(3), 1e-6
    )


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=200).filter(any))
def test_bins_hold_about_equal_use(counts):
    counts = np.array(counts)
    bins = popularity_bins(counts)
    held = np.bincount(bins, counts, 10)
    assert held.max() <= counts.sum() / 10 + counts.max()
    order = np.argsort(-counts, kind="stable")
    assert (np.diff(bins[order]) >= 0).all()
