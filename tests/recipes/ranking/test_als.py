import numpy as np
import pytest

from presage.recipes.ranking.als import POPULAR, ImplicitAls
from presage.recipes.ranking.factors import Als
from presage.recipes.ranking.relations import used_by

from ..logs import checkerboard, log_of, question_of, represented, scored

HISTORIES = checkerboard(per_user=5, n_users=40)
RECIPE = ImplicitAls(hidden_dimension=8, regularization=0.01, unobserved_weight=0.2, epochs=20)


@pytest.fixture(scope="module")
def log():
    return log_of(HISTORIES, n_items=17)


@pytest.fixture(scope="module")
def model(log):
    return RECIPE.fit(log)


def test_a_user_of_the_training_has_the_vector_of_the_training_again(log, model):
    als = Als(size=8, regularization=0.01, unobserved_weight=0.2, epochs=20)
    settled = np.zeros((40, 8), np.float32)
    for _ in range(20):
        settled = als.solve(used_by(log), model.item, settled)
    folded = represented(model, [question_of(history) for history in HISTORIES])
    np.testing.assert_allclose(folded, settled, atol=1e-3)


def test_repeats_of_an_item_count_once(model):
    once, often = represented(model, [question_of([2, 4]), question_of([2, 4, 2, 2, 4])])
    np.testing.assert_allclose(once, often, atol=1e-5)


def test_scores_are_dot_products_and_a_part_of_popularity(model):
    [vector] = represented(model, [question_of([2, 4])])
    liked = np.maximum(model.item @ vector, 0)
    expected = (1 - POPULAR) * liked / liked.sum() + POPULAR * model.share
    np.testing.assert_allclose(scored(model, [question_of([2, 4])])[0], expected, rtol=1e-4)


def test_who_used_nothing_is_shown_what_is_popular(model):
    np.testing.assert_allclose(scored(model, [question_of()])[0], model.share, rtol=1e-5)
