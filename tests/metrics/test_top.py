import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage.metrics import top_k, top_k_of_rows
from presage.metrics.top import BLOCK


@given(st.integers(0, 40), st.integers(0, 12 * BLOCK), st.integers(0, 2**32 - 1), st.booleans())
def test_it_equals_a_full_sort(k, n, seed, with_ties):
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, 9, n).astype(np.float32) if with_ties else rng.random(n, np.float32)
    places = top_k(scores, k)
    assert len(set(places.tolist())) == len(places) == min(k, n)
    assert np.array_equal(scores[places], np.sort(scores)[::-1][: len(places)])
    if not with_ties:
        assert np.array_equal(places, np.argsort(-scores, kind="stable")[:k])


@pytest.mark.parametrize("k", [1, 2, 25])
def test_long_vectors_are_searched_by_blocks(k):
    scores = np.random.default_rng(k).random(5 * BLOCK * (4 * k + 1) + 17, np.float32)
    scores[-3] = 2.0
    assert np.array_equal(top_k(scores, k), np.argsort(-scores, kind="stable")[:k])


@given(st.integers(0, 5), st.integers(0, 120), st.integers(0, 9), st.integers(1, 30))
def test_the_best_of_every_row_are_those_of_each(n_rows, n, k, n_values):
    """Equal scores come by place, also those that `top_k` chooses among as it likes."""
    scores = np.random.default_rng(n).integers(0, n_values, (n_rows, n)).astype(np.float32)
    found = top_k_of_rows(scores, k)
    wanted = np.lexsort((np.broadcast_to(np.arange(n), scores.shape), -scores))[:, : min(k, n)]
    assert np.array_equal(found, wanted) if n >= 16 * k else found.shape == wanted.shape
