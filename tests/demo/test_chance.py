import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from presage.demo.chance import hidden_items_each, random_metrics


def log(*histories):
    rows = [(str(user), item, at) for user, items in enumerate(histories) for at, item in enumerate(items)]
    return pl.DataFrame(rows, schema=["USER_ID", "ITEM_ID", "TIMESTAMP"], orient="row")


def test_the_newest_tenth_is_hidden_but_one_event_at_least():
    histories = [["a"], ["a", "b"], ["a"] * 18 + ["b", "c"], ["a"] * 28 + ["b", "b"]]
    assert sorted(hidden_items_each(log(*histories))) == [1, 2, 2]  # who did one thing is not judged


@settings(max_examples=20, deadline=None)
@given(n_hidden=st.integers(1, 4), n_items=st.integers(4, 30))
def test_expectations_are_those_of_many_shuffles(n_hidden, n_items):
    history = ["old"] * (10 * n_hidden - n_hidden) + [str(item) for item in range(n_hidden)]
    expected = random_metrics(log(history), n_items)
    rng = np.random.default_rng(0)
    hits = rng.permuted(np.tile(np.arange(n_items) < n_hidden, (20_000, 1)), axis=1)
    gain = 1 / np.log2(np.arange(2, n_items + 2))
    best = gain[: min(n_hidden, 5)].sum()
    first = hits[:, :25].argmax(axis=1) + 1
    found = hits[:, :25].any(axis=1)
    assert expected["precision_at_5"] == pytest.approx(hits[:, :5].mean(axis=0).sum() / 5, abs=0.01)
    assert expected["mean_reciprocal_rank_at_25"] == pytest.approx((found / first).mean(), abs=0.015)
    shown = (hits[:, :5] * gain[: min(5, n_items)]).sum(axis=1).mean()
    assert expected["normalized_discounted_cumulative_gain_at_5"] == pytest.approx(shown / best, abs=0.015)


def test_five_choices_and_one_hidden():
    expected = random_metrics(log(["a", "b", "c"]), n_items=5)
    assert expected["mean_reciprocal_rank_at_25"] == pytest.approx((1 + 1 / 2 + 1 / 3 + 1 / 4 + 1 / 5) / 5)
    assert expected["precision_at_25"] == pytest.approx(1 / 25)
    assert expected["coverage"] == 1.0
