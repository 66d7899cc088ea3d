import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage.health.requests import SECONDS, Bucket, Requests, quantile
from presage.wire.http import TRAIL


def test_what_is_new_is_told_once():
    requests = Requests()
    for seconds in (0.0005, 0.003, 0.003, 99.0):
        requests({TRAIL: {"operation": "personalize:GetRecommendations", "bytes": 10}}, 200, seconds)
    requests({TRAIL: {}}, None, 0.2)
    ask = "personalize:GetRecommendations"
    assert requests.news() == {
        Bucket(ask, 200, 0): 1,
        Bucket(ask, 200, 2): 2,
        Bucket(ask, 200, len(SECONDS)): 1,
        Bucket("other", 499, 7): 1,
    }
    assert requests.news_of_bytes() == {ask: 40}
    assert requests.news() == requests.news_of_bytes() == {}
    requests({TRAIL: {"operation": ask, "bytes": 1}}, 200, 0.0005)
    assert requests.news() == {Bucket(ask, 200, 0): 1}
    assert requests.news_of_bytes() == {ask: 1}


@given(st.lists(st.floats(0, 29), min_size=1), st.floats(0.01, 0.999))
def test_a_quantile_lies_in_the_bucket_of_the_true_one(times, q):
    places = np.searchsorted(SECONDS, times)
    counts = {int(place): int(n) for place, n in zip(*np.unique(places, return_counts=True), strict=True)}
    true = np.quantile(times, q, method="inverted_cdf")
    place = np.searchsorted(SECONDS, true)
    assert (0.0, *SECONDS)[place] <= quantile(counts, q) <= SECONDS[place]


def test_beyond_the_last_end_there_is_no_more():
    assert quantile({len(SECONDS): 3}, 0.5) == SECONDS[-1]
    assert quantile({0: 99, 9: 1}, 0.99) == pytest.approx(0.001)
