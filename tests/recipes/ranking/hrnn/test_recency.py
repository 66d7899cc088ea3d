import numpy as np
import pytest

from presage.recipes.ranking.hrnn.recency import recent_shift, recent_weight, shift_strength

from ...logs import DAY, log_of


def test_weight_halves_every_tenth_of_the_span():
    np.testing.assert_allclose(recent_weight(np.array([0, 90 * DAY, 100 * DAY])), [2**-10, 0.5, 1])


def test_weight_halves_no_faster_than_every_day():
    np.testing.assert_allclose(recent_weight(np.array([0, DAY])), [0.5, 1])


def test_what_is_used_of_late_is_shifted_up():
    shift = recent_shift(log_of([[0] * 50 + [1] * 50], n_items=3))
    assert shift[1] > 0.4 > 0 > shift[0]


@pytest.mark.parametrize(("item", "strength"), [(1, 1.0), (0, 0.0)])
def test_the_shift_is_as_strong_as_held_out_events_confirm(item, strength):
    logit, shift = np.zeros((4, 2), np.float32), np.array([-1.0, 1.0])
    assert shift_strength(logit, np.full(4, item), shift, np.ones(4)) == strength


def test_without_held_out_events_the_shift_is_whole():
    assert shift_strength(np.zeros((0, 2), np.float32), np.zeros(0, int), np.ones(2), np.ones(0)) == 1.0
