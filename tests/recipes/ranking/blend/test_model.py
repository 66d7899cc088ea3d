import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage.recipes.ranking.blend import model as blend_model
from presage.recipes.ranking.blend.model import blended, log_shares
from presage.recipes.ranking.blend.repeats import Repeats
from presage.recipes.ranking.ease import Ease
from presage.recipes.ranking.popularity import PopularityCount
from presage.recipes.ranking.rules import SequentialRules

from ...logs import checkerboard, log_of, question_of, scored

N_ITEMS = 18
LOG = log_of(checkerboard(), N_ITEMS)
MEMBERS = [
    SequentialRules(max_history_length=3).fit(LOG),
    PopularityCount().fit(LOG),
    Ease(max_history_length=9).fit(LOG),
    Repeats(max_history_length=5).fit(LOG),
]
WEIGHTS = np.array([0.5, 0.25, 1.5, -0.7])
QUESTIONS = [question_of(), question_of([3]), question_of([0, 2, 4, 2, 6, 8, 10, 12, 14, 4])]


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]])
def test_an_answer_is_the_softmax_of_the_weighted_log_probabilities(order):
    blend = blended([MEMBERS[k] for k in order], WEIGHTS[order])
    logit = sum(w * log_shares(scored(m, QUESTIONS)) for w, m in zip(WEIGHTS, MEMBERS, strict=True))
    logit[:, 16:] = -np.inf  # nobody has used these: all members say so
    expected = np.exp(logit) / np.exp(logit).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(scored(blend, QUESTIONS), expected, atol=1e-6)


def test_linear_members_share_the_longest_state():
    assert blended(MEMBERS, WEIGHTS).state_size == 9


def test_members_without_linear_ones_stand_side_by_side():
    blend = blended(MEMBERS[1:2] * 2, np.ones(2))
    assert blend.state_size == 0
    share = scored(MEMBERS[1], QUESTIONS) ** 2
    np.testing.assert_allclose(scored(blend, QUESTIONS), share / share.sum(axis=1, keepdims=True), atol=1e-6)


def test_what_a_model_holds_for_impossible_counts_as_its_least_likely():
    share = np.float32([[0.5, 0, 0.2, 0.3], [0.25, 0.25, 0.25, 0.25]])
    expected = np.log(np.float32([[0.5, 0.2, 0.2, 0.3], [0.25, 0.25, 0.25, 0.25]]))
    np.testing.assert_array_equal(log_shares(share.copy()), expected)
    np.testing.assert_array_equal(log_shares(share[1:]), expected[1:])


@given(st.lists(st.lists(st.integers(0, N_ITEMS + 1), max_size=12), min_size=1, max_size=7))
def test_questions_together_are_answered_as_each_alone_new_items_among_them(histories):
    blend = blended(MEMBERS, WEIGHTS).extended({}, 2)
    questions = [question_of(items) for items in histories]
    together = scored(blend, questions)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blend_model, "MOST_SCORES", 1)
        alone = scored(blend, questions)
    np.testing.assert_allclose(together, alone, rtol=1e-5)
    shares = [scored(member.extended({}, 2), questions).astype(float) for member in MEMBERS]
    possible = np.any([share > 0 for share in shares], axis=0)
    logit = sum(weight * log_shares(share) for weight, share in zip(WEIGHTS, shares, strict=True))
    expected = np.where(possible, np.exp(logit), 0)
    np.testing.assert_allclose(together, expected / expected.sum(axis=1, keepdims=True), rtol=1e-4)
