import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage.errors import JobFailure
from presage.recipes.data import Interactions
from presage.recipes.ranking import latest
from presage.recipes.ranking.linear import POPULAR, LinearModel, linear_model
from presage.recipes.ranking.popularity import shares
from presage.recipes.ranking.relations import Relations

from ..logs import log_of, question_of, scored

WEIGHT = np.float32([[0, 2, 0, -1], [1, 0, 3, 0], [0, 0, 0, 0.5], [0, 0, 0, 0]])
SHARE = shares(np.array([4, 3, 2, 1]))


def model_of(weight=WEIGHT, *, decay=0.5, length=2):
    item, relative = np.nonzero(weight)
    start = np.searchsorted(item, np.arange(len(weight) + 1)).astype(np.int64)
    kept = Relations(start=start, relative=relative.astype(np.int32), weight=weight[item, relative])
    return LinearModel(share=SHARE, relations=kept, decay=decay, max_history_length=length)


@given(st.lists(st.integers(0, 3), max_size=12), st.integers(1, 5))
def test_a_state_is_the_latest_different_items_the_latest_first(items, length):
    state = model_of(length=length).read([question_of(items)[0]])[0]
    latest = list(dict.fromkeys(reversed(items)))[:length]
    assert state.tolist() == [item + 1 for item in latest] + [0] * (length - len(latest))


@pytest.mark.parametrize("decay", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("items", [[0], [0, 1], [3, 2, 1], [1, 0, 1], [2]])
def test_a_score_is_the_decayed_sum_of_weights_and_a_little_popularity(items, decay):
    latest = list(dict.fromkeys(reversed(items)))[:2]
    total = np.maximum(0, sum(decay**age * WEIGHT[item] for age, item in enumerate(latest)))
    expected = (1 - POPULAR) * total / total.sum() + POPULAR * SHARE
    np.testing.assert_allclose(scored(model_of(decay=decay), [question_of(items)])[0], expected, rtol=1e-6)


def test_what_counts_next_to_nothing_is_left_out():
    model = model_of(decay=0.3, length=200)
    np.testing.assert_allclose(model._counts, [1, 0.3, 0.09], rtol=1e-6)
    assert len(model_of(decay=1.0, length=200)._counts) == 200
    assert len(model_of(decay=0.0, length=200)._counts) == 1


def test_where_nothing_is_related_popularity_decides():
    for items in ([], [3], [99]):
        np.testing.assert_array_equal(scored(model_of(), [question_of(items)])[0], SHARE)


def test_a_new_item_comes_last_and_takes_a_place_in_the_state():
    model = model_of().extended({}, 1)
    assert scored(model, [question_of([0])])[0].argmin() == 4
    one, other = scored(model, [question_of([0, 1, 4]), question_of([1, 4])])
    np.testing.assert_array_equal(one, other)


def test_the_largest_row_that_a_state_can_name_is_exact():
    state = np.zeros((1, 3), np.float32)
    for item in (latest.MOST_ITEMS - 1, latest.MOST_ITEMS - 2):
        state = model_of(length=3).advance(state, np.int32([item]), np.zeros(1, np.float32), [{}])
    assert state[0].astype(int).tolist() == [latest.MOST_ITEMS - 1, latest.MOST_ITEMS, 0]


def test_more_items_than_a_state_can_name_are_refused(monkeypatch):
    monkeypatch.setattr(latest, "MOST_ITEMS", 3)
    log: Interactions = log_of([[0, 1]], n_items=4)
    with pytest.raises(JobFailure, match=r"There are 4 items; this recipe takes at most 3\."):
        linear_model(log, model_of().relations, decay=1.0, length=2)
