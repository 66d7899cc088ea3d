"""Alternating least squares against its own formula."""

import numpy as np
import pytest

from presage.recipes.data import Training
from presage.recipes.ranking import factors
from presage.recipes.ranking.factors import Als
from presage.recipes.ranking.relations import used_by

from ..logs import checkerboard, log_of

ALS = Als(size=6, regularization=0.01, unobserved_weight=0.2, epochs=12)


@pytest.fixture(scope="module")
def used():
    return used_by(log_of(checkerboard(per_user=5, n_users=40), n_items=17))


def loss(als, used, found):
    dense = used.toarray()
    guess = found.user @ found.item.T
    total = ((dense * (1 - guess)) ** 2).sum() + als.unobserved_weight * (guess**2).sum()
    for vectors, uses, n_others in (
        (found.user, dense.sum(axis=1), dense.shape[1]),
        (found.item, dense.sum(axis=0), dense.shape[0]),
    ):
        penalty = als.regularization * (uses + als.unobserved_weight * n_others)
        total += (penalty * (vectors**2).sum(axis=1)).sum()
    return total


def test_vectors_are_a_minimum_of_the_loss(used):
    found = ALS.fit(used, Training(seed=1))
    best = loss(ALS, used, found)
    rng = np.random.default_rng(0)
    for _ in range(20):
        moved = factors.Factors(
            user=found.user + 0.05 * rng.standard_normal(found.user.shape),
            item=found.item + 0.05 * rng.standard_normal(found.item.shape),
        )
        assert loss(ALS, used, moved) > best


def test_rows_in_blocks_are_as_all_at_once(used, monkeypatch):
    together = ALS.fit(used, Training(seed=1))
    monkeypatch.setattr(factors, "MOST_AT_ONCE", 6 * 21)
    assert len(factors._blocks(used, 6)) > 5
    apart = ALS.fit(used, Training(seed=1))
    np.testing.assert_allclose(apart.user, together.user, atol=1e-4)
    np.testing.assert_allclose(apart.item, together.item, atol=1e-4)


def test_an_unused_item_has_no_vector(used):
    assert not ALS.fit(used, Training(seed=1)).item[16].any()
