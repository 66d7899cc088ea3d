"""Similar items: by users, and by metadata where users are few."""

import numpy as np
import pytest

from presage.recipes.ranking.similar import COLD_BELOW, SimilarItems
from presage.recipes.ranking.svd import truncated_svd

from ..logs import categories, checkerboard, log_of, question_of, scored

TASTES = categories(*[(i % 2,) for i in range(16)], (0,), (1,), (), n_values=2)
COLD_EVEN, COLD_ODD, BARE = 16, 17, 18


@pytest.fixture(scope="module")
def log():
    histories = checkerboard(per_user=5)
    for user in (0, 2, 4):
        histories[user] += [COLD_ODD]  # too few users to be believed: its metadata say otherwise
    return log_of(histories, 19, item_features={"TASTE": TASTES})


@pytest.fixture(scope="module")
def model(log):
    return SimilarItems().fit(log)


def relatives(model, seed):
    return scored(model, [question_of(seed_item=seed)])[0]


def test_cold_items_are_related_by_their_metadata(model):
    row = relatives(model, 4)
    assert row[COLD_EVEN] > 10 * row[COLD_ODD]
    assert row[BARE] == 0


@pytest.mark.parametrize("seed", [COLD_EVEN, COLD_ODD])
def test_a_cold_seed_has_relatives_by_its_metadata(model, seed):
    best = np.argsort(-relatives(model, seed))[:8]
    assert set(best % 2) == {seed % 2}


def test_an_item_with_enough_users_is_known_by_them():
    histories = checkerboard(per_user=5)
    for user in range(0, 2 * COLD_BELOW, 2):
        histories[user] += [COLD_ODD]
    model = SimilarItems().fit(log_of(histories, 19, item_features={"TASTE": TASTES}))
    best = np.argsort(-relatives(model, COLD_ODD))[:5]
    assert set(best % 2) == {0}


def test_an_item_told_after_the_training_is_related_by_its_metadata(model):
    extended = model.extended({"TASTE": categories((1,), n_values=2)}, 1)
    assert set(np.argsort(-relatives(extended, 19))[:8] % 2) == {1}
    assert relatives(extended, 5)[19] > 10 * relatives(extended, 4)[19]


def test_an_item_of_which_nothing_is_known_has_popular_relatives(model, log):
    popular = np.bincount(log.item, minlength=19).astype(float)
    np.testing.assert_allclose(relatives(model, BARE), popular / popular.sum(), rtol=1e-5)


def test_a_discount_brings_rare_relatives_forward():
    histories = [[0, 1] for _ in range(30)] + [[1] for _ in range(60)] + [[0, 2] for _ in range(6)]
    near, far = (SimilarItems(popularity_discount_factor=p).fit(log_of(histories)) for p in (0.0, 1.0))
    common, rare = relatives(near, 0)[[1, 2]]
    assert common / rare > 2 * np.divide(*relatives(far, 0)[[1, 2]])


def test_the_svd_is_that_of_the_dense_matrix():
    from scipy.sparse import csr_array  # noqa: PLC0415, of this test alone

    dense = np.random.default_rng(0).random((30, 20)).astype(np.float32)
    dense[dense < 0.6] = 0
    for size in (3, 20, 50):
        left, values, right = truncated_svd(csr_array(dense), size)
        exact = np.linalg.svd(dense)
        d = min(size, 20)
        np.testing.assert_allclose(values, exact.S[:d], rtol=0.01)
        near = (exact.U[:, :d] * exact.S[:d]) @ exact.Vh[:d]
        np.testing.assert_allclose((left * values) @ right.T, near, atol=0.15 if d < 20 else 1e-4)
