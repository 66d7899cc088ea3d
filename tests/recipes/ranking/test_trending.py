import numpy as np
import pytest

from presage.recipes.ranking.trending import POPULAR, TrendingNow, growth, growth_at, trend

from ..logs import log_of, question_of, scored


def test_growth_is_zero_where_use_does_not_grow_and_rises_with_it():
    found = growth(np.array([0, 3, 3, 6, 100]), np.array([5, 3, 0, 0, 97]))
    assert found[:2].tolist() == [0, 0]
    assert found[3] > found[2] > 1
    assert found[4] < 1, "three more of two hundred are chance"


def test_intervals_are_open_at_their_beginning():
    log = log_of([[0, 1, 2, 0, 1]], gap=100)
    now = int(log.time.max())
    assert growth_at(log, now, 100).round(4).tolist() == [0, round(1 / 2**0.5, 4), 0]
    assert growth_at(log, now, 400).tolist() == pytest.approx(
        growth(np.array([1, 2, 1]), np.array([1, 0, 0]))
    )


def test_what_grows_comes_before_what_is_popular():
    found = trend(np.array([0, 1.0, 3.0, 0]), np.array([900, 0, 0, 100]))
    assert np.argsort(-found).tolist() == [2, 1, 0, 3]
    assert found.sum() == pytest.approx(1)
    assert found[0] == pytest.approx(0.9 * POPULAR)


def test_where_nothing_grows_all_is_popularity():
    assert trend(np.zeros(2), np.array([3, 1])).tolist() == [0.75, 0.25]


def test_the_interval_is_the_setting():
    log = log_of([[0] * 9, [0] * 9, [0, 0, 0, 0, 0, 0, 0, 1, 2], [0, 0, 0, 0, 0, 0, 0, 1, 2]], gap=3600)
    hourly, daily = (TrendingNow(trend_discovery_frequency=f).fit(log) for f in ("1 hour", "1 day"))
    assert scored(hourly, [question_of()])[0].argmax() == 2
    assert scored(daily, [question_of()])[0].argmax() == 0
