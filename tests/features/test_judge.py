import numpy as np
import pytest

from presage.features import judge, judge_baselines, split_log
from presage.recipes.data import Interactions, Numbers


def log(n_users=200, n_items=60, n_each=12, seed=3):
    rng = np.random.default_rng(seed)
    user = np.repeat(np.arange(n_users, dtype=np.int32), n_each)
    return Interactions(
        user=user,
        item=(rng.exponential(8.0, len(user)) % n_items).astype(np.int32),
        time=np.tile(np.arange(n_each), n_users).astype(np.int64),
        n_users=n_users,
        n_items=n_items,
        context={"PLACE": Numbers(values=np.arange(len(user), dtype=np.float32))},
        user_features={"AGE": Numbers(values=np.arange(n_users, dtype=np.float32))},
        item_created_at=np.zeros(n_items, np.int64),
    )


class Oracle:
    """A model that is told the answers: it ranks the items of each question's user first."""

    n_items = 60

    def __init__(self, answers):
        self.answers = answers

    def represent(self, queries):
        return np.array([query.user_features["AGE"].values for query in queries])

    def score(self, represented):
        scores = np.ones((len(represented), self.n_items), np.float32)
        for row, (user,) in enumerate(represented):
            scores[row, self.answers[int(user)]] = 2
        return scores / scores.sum(axis=1, keepdims=True)


def test_training_and_questions_share_no_user():
    everything = log()
    split = split_log(everything, seed=1)
    asked = {int(query.user_features["AGE"].values[0]) for query in split.queries}
    assert len(asked) == 20
    assert set(split.training.user.tolist()) == set(range(200)) - asked
    assert (split.training.n_users, split.training.n_items) == (200, 60)
    for query, target in zip(split.queries, split.targets, strict=True):
        user = int(query.user_features["AGE"].values[0])
        assert [*query.item, *target] == everything.item[everything.user == user].tolist()
        assert len(target) == 1
        assert query.now == 11
        assert query.seed_item == query.item[-1]
        assert query.context["PLACE"].values.tolist() == [12 * user + i for i in range(11)]


def test_a_model_that_knows_the_answers_is_perfect():
    split = split_log(log(), seed=1)
    users = [int(query.user_features["AGE"].values[0]) for query in split.queries]
    figures = judge(Oracle(dict(zip(users, split.targets, strict=True))), split)
    assert figures["mean_reciprocal_rank_at_25"] == 1.0
    assert figures["normalized_discounted_cumulative_gain_at_5"] == 1.0
    assert figures["precision_at_5"] == 0.2


def test_popularity_beats_chance():
    figures = judge_baselines(split_log(log(), seed=1))
    key = "normalized_discounted_cumulative_gain_at_25"
    assert figures["popularity"][key] > figures["random"][key]
    assert figures["popularity"]["coverage"] == round(25 / 60, 4)


def test_rewards_are_judged_on_long_lists():
    split = split_log(log(), seed=1)
    users = [int(query.user_features["AGE"].values[0]) for query in split.queries]
    oracle = Oracle(dict(zip(users, split.targets, strict=True)))
    assert judge(oracle, split, np.arange(60.0))["average_rewards_at_k"] < 1
    assert judge(oracle, split, np.arange(60.0)[::-1])["average_rewards_at_k"] == pytest.approx(0.9, abs=0.1)
