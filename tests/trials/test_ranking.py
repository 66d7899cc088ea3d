import numpy as np
import pytest

from presage.metrics import ranking_metrics
from presage.recipes import RANKING
from presage.recipes.data import Interactions, Numbers
from presage.trials.ranking import RankingTask, split_log


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

    def read(self, histories):
        return np.zeros((len(histories), 0), np.float32)

    def represent(self, states, queries):
        return np.array([query.user_features["AGE"].values for query in queries])

    def score(self, represented):
        scores = np.ones((len(represented), self.n_items), np.float32)
        for row, (user,) in enumerate(represented):
            scores[row, self.answers[int(user)]] = 2
        return scores / scores.sum(axis=1, keepdims=True)


def judge(model, split, rewards=None):
    return RankingTask(rewards=rewards).score(model, split)


def oracle(split):
    users = [int(query.user_features["AGE"].values[0]) for query in split.cases.queries]
    return Oracle(dict(zip(users, split.cases.targets, strict=True)))


def test_training_and_questions_share_no_user():
    everything = log()
    split = split_log(everything, seed=1)
    cases = split.cases
    asked = {int(query.user_features["AGE"].values[0]) for query in cases.queries}
    assert len(asked) == 20
    assert set(split.training.user.tolist()) == set(range(200)) - asked
    assert (split.training.n_users, split.training.n_items) == (200, 60)
    for history, query, target in zip(cases.histories, cases.queries, cases.targets, strict=True):
        user = int(query.user_features["AGE"].values[0])
        assert history.user_features["AGE"].values.tolist() == [user]
        assert [*history.item, *target] == everything.item[everything.user == user].tolist()
        assert len(target) == 1
        assert history.time.tolist() == list(range(11))
        assert query.silence == 1
        assert query.seed_item == history.item[-1]
        assert history.context["PLACE"].values.tolist() == [12 * user + i for i in range(11)]


def test_the_task_splits_once_and_prefers_the_larger_ndcg():
    task = RankingTask()
    [split] = task.splits(log(), 1)
    assert split.cases.targets[0].tolist() == split_log(log(), seed=1).cases.targets[0].tolist()
    assert task.criterion.metric in judge(oracle(split), split)
    assert task.criterion.best([0.1, 0.3, 0.2]) == 0.3


@pytest.mark.parametrize(("n_users", "n_held"), [(30, 10), (600, 200), (4_000, 1_000), (20_000, 2_000)])
def test_enough_users_are_held_out_to_choose_by(n_users, n_held):
    everything = log(n_users=n_users, n_each=2)
    [split] = RankingTask().choosing(everything).splits(everything, 1)
    assert len(split.cases.queries) == n_held
    [split] = RankingTask().splits(everything, 1)
    assert len(split.cases.queries) == n_users // 10


def test_a_model_that_knows_the_answers_is_perfect():
    split = split_log(log(), seed=1)
    figures = judge(oracle(split), split)
    assert figures["mean_reciprocal_rank_at_25"] == 1.0
    assert figures["normalized_discounted_cumulative_gain_at_5"] == 1.0
    assert figures["precision_at_5"] == 0.2


def test_popularity_beats_chance():
    split = split_log(log(), seed=1)
    figures = judge(RANKING["aws-popularity-count"]().fit(split.training), split)
    rng = np.random.default_rng(0)
    drawn = [rng.permutation(60)[:25].astype(np.int32) for _ in split.cases.queries]
    key = "normalized_discounted_cumulative_gain_at_25"
    assert figures[key] > ranking_metrics(drawn, split.cases.targets, 60)[key]
    assert figures["coverage"] == round(25 / 60, 4)


def test_rewards_are_judged_on_long_lists():
    split = split_log(log(), seed=1)
    dear_last, dear_first = np.arange(60.0), np.arange(60.0)[::-1]
    assert judge(oracle(split), split, dear_last)["average_rewards_at_k"] < 1
    assert judge(oracle(split), split, dear_first)["average_rewards_at_k"] == pytest.approx(0.9, abs=0.1)
