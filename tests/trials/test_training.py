"""The body of a training: who learns from whom, what is judged, what answers."""

import time
from dataclasses import dataclass

import numpy as np
import pytest

from presage.recipes import RANKING
from presage.recipes.data import Interactions, Previous, Training
from presage.recipes.ranking.objective import LiftedModel
from presage.recipes.ranking.popularity import PopularityCount, PopularityModel
from presage.recipes.settings import setting
from presage.trials import plan_of, train
from presage.trials.training import LEARN_ONCE_FROM

N_USERS, N_EACH, N_ITEMS = 100, 12, 30
PREFIX = "arn:aws:personalize:::recipe/"


@pytest.fixture
def log():
    rng = np.random.default_rng(3)
    user = np.repeat(np.arange(N_USERS, dtype=np.int32), N_EACH)
    return Interactions(
        user=user,
        item=(rng.exponential(8.0, len(user)) % N_ITEMS).astype(np.int32),
        time=np.tile(np.arange(N_EACH), N_USERS).astype(np.int64),
        n_users=N_USERS,
        n_items=N_ITEMS,
    )


@dataclass(frozen=True, kw_only=True)
class Spy:
    """Popularity that writes down what it was fitted to."""

    taste: float = setting(0.5, low=0.0, high=1.0, tunable=True)

    def fit(self, log, training):
        FITS.append((set(log.user.tolist()), self.taste, training))
        training.report("counting", 1.0)
        return PopularityCount().fit(log)


FITS = []


@pytest.fixture(autouse=True)
def _spy(monkeypatch):
    FITS.clear()
    monkeypatch.setitem(RANKING, "aws-spy", Spy)


def plan(recipe="aws-spy", jobs=None, **config):
    if jobs:
        config |= {"hpoConfig": {"hpoResourceConfig": {"maxNumberOfTrainingJobs": str(jobs)}}}
    found = {"recipeArn": PREFIX + recipe, "performHPO": bool(jobs), "solutionConfig": config}
    return plan_of(found)


def test_one_candidate_is_judged_by_a_tenth_and_then_fitted_to_all(log):
    trained = train(plan(), log)
    assert [len(users) for users, _, _ in FITS] == [90, 100]
    assert trained.trials == []
    assert trained.candidate.recipe == "aws-spy"
    assert trained.model.share.tolist() == PopularityCount().fit(log).share.tolist()
    assert 0 < trained.metrics["normalized_discounted_cumulative_gain_at_25"] < 1


def test_who_judges_a_search_neither_teaches_it_nor_judges_the_result(log):
    trained = train(plan(jobs=4), log)
    tried, judged = [users for users, _, _ in FITS[:4]], FITS[4][0]
    assert all(users == tried[0] for users in tried)
    assert tried[0] < judged
    assert (len(tried[0]), len(judged)) == (60, 90)
    assert len(FITS) == 6
    assert [trial.number for trial in trained.trials] == [0, 1, 2, 3]
    assert trained.trials[0].settings == {"taste": 0.5}
    best = max(trial.score for trial in trained.trials)
    assert next(t.settings for t in trained.trials if t.score == best) == dict(trained.candidate.settings)
    assert [taste for _, taste, _ in FITS[4:]] == [trained.candidate.settings["taste"]] * 2


def test_a_long_log_is_learned_once(log, monkeypatch):
    monkeypatch.setattr("presage.trials.training.LEARN_ONCE_FROM", len(log.item))
    trained = train(plan(), log)
    assert [len(users) for users, _, _ in FITS] == [90]
    assert trained.model.share.tolist() != PopularityCount().fit(log).share.tolist()
    assert LEARN_ONCE_FROM == 200_000


@pytest.mark.parametrize("jobs", [None, 3])
@pytest.mark.parametrize("longest", [0, 10**9])
def test_progress_only_grows(log, monkeypatch, jobs, longest):
    monkeypatch.setattr("presage.trials.training.LEARN_ONCE_FROM", longest)
    reported = []
    train(plan(jobs=jobs), log, Training(report=lambda step, fraction: reported.append(fraction)))
    assert reported == sorted(reported)
    assert reported[0] >= 0.02
    assert reported[-1] == pytest.approx(0.98)


def test_time_is_shared_out(log):
    deadline = time.monotonic() + 900
    train(plan(jobs=2), log, Training(deadline=deadline))
    left = [deadline - training.deadline for _, _, training in FITS]
    assert left == pytest.approx([600, 600, 450, 0], abs=30)  # a third each; what is not used goes on


def test_an_objective_lifts_what_is_judged_and_what_answers(log):
    objective = {"itemAttribute": "PRICE", "objectiveSensitivity": "HIGH"}
    prices = np.arange(float(N_ITEMS))
    asked = plan("aws-popularity-count", optimizationObjective=objective)
    lifted, plain = train(asked, log, rewards=prices), train(plan("aws-popularity-count"), log)
    assert isinstance(lifted.model, LiftedModel)
    assert lifted.model.weight[-1] > lifted.model.weight[0]
    assert "average_rewards_at_k" in lifted.metrics
    assert "average_rewards_at_k" not in plain.metrics
    key = "normalized_discounted_cumulative_gain_at_25"
    assert lifted.metrics[key] != plain.metrics[key]


def an_older_model():
    share = np.full(N_ITEMS, 1 / N_ITEMS, np.float32)
    return Previous(model=PopularityModel(share=share), item=np.arange(N_ITEMS, dtype=np.int32))


def previous_of_fits():
    return [training.previous is not None for _, _, training in FITS]


def test_the_last_fit_goes_on_from_an_older_model(log):
    train(plan(), log, Training(previous=an_older_model()))
    assert previous_of_fits() == [False, True]  # the older one has learned from the users who judge


def test_of_a_long_log_the_judged_fit_goes_on(log, monkeypatch):
    monkeypatch.setattr("presage.trials.training.LEARN_ONCE_FROM", 0)
    train(plan(), log, Training(previous=an_older_model()))
    assert previous_of_fits() == [True]


def test_a_choice_starts_from_nothing(log):
    train(plan(jobs=2), log, Training(previous=an_older_model()))
    assert not any(previous_of_fits())


def test_the_seed_and_the_device_reach_every_fit(log):
    train(plan(jobs=2), log, Training(seed=7, device="meta"))
    assert {(training.seed, training.device) for _, _, training in FITS} == {(7, "meta")}


def test_the_same_seed_chooses_the_same(log):
    first, again = (train(plan("aws-sims", jobs=6), log) for _ in range(2))
    assert first.candidate == again.candidate
    assert first.metrics == again.metrics
    assert [t.score for t in first.trials] == [t.score for t in again.trials]


def test_too_few_users_cannot_judge(log):
    few = Interactions(user=log.user[:5], item=log.item[:5], time=log.time[:5], n_users=1, n_items=N_ITEMS)
    with pytest.raises(ValueError, match="judging a model needs"):
        train(plan(), few)
