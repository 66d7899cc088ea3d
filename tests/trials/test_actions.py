import numpy as np
import pytest

from presage.recipes.actions.next_best import NextBestAction
from presage.trials import plan_of, train_actions
from presage.trials.actions import ActionTask

from ..recipes.actions.worlds import encoded, fitted, truth

RECIPE = "arn:aws:personalize:::recipe/aws-next-best-action"


def test_nothing_of_those_who_judge_is_learned():
    log = encoded().log
    (split,) = ActionTask().splits(log, seed=1)
    held = set(split.cases.examples.user.tolist())
    assert len(held) == len(np.unique(log.user)) // 10
    assert held.isdisjoint(split.training.user)
    assert held.isdisjoint(split.training.interactions.user)
    assert len(split.training.user) + np.isin(log.user, list(held)).sum() == len(log.user)


class Oracle:
    """A model that knows the truth of the users who are asked about, in the order of the cases."""

    def __init__(self, task, split):
        self.rows = truth()[split.cases.examples.user]
        self.n_actions = self.rows.shape[1]
        self.asked = 0

    def read(self, histories):
        return np.zeros((len(histories), 0), np.float32)

    def represent(self, states, queries):
        self.asked += len(queries)
        return self.rows[self.asked - len(queries) : self.asked]

    def score(self, represented):
        return represented


def test_a_trained_model_is_nearly_as_good_as_the_truth():
    task, log = ActionTask(), encoded().log
    (split,) = task.splits(log, seed=0)
    best = task.score(Oracle(task, split), split)
    trained = train_actions(plan_of({"recipeArn": RECIPE}), log)
    assert trained.metrics["auc"] > best["auc"] - 0.1
    assert trained.metrics["auc"] > 0.6
    assert trained.metrics["coverage"] == pytest.approx(7 / 8)
    assert trained.model.n_actions == 8
    assert trained.candidate.recipe == "aws-next-best-action"


def test_the_period_of_the_solution_judges():
    config = {"featureTransformationParameters": {"action_optimization_period": "28"}}
    plan = plan_of({"recipeArn": RECIPE, "solutionConfig": config})
    assert NextBestAction(**plan.spaces[0].first.settings).action_optimization_period == 28
    log = encoded().log
    short, long = (
        len(ActionTask(period_days=days).splits(log, 0)[0].cases.examples.user) for days in (7, 28)
    )
    assert short >= long


def test_without_action_interactions_every_figure_is_zero():
    log = encoded().log
    none = type(log)(
        interactions=log.interactions,
        user=log.user[:0],
        action=log.action[:0],
        time=log.time[:0],
        is_taken=log.is_taken[:0],
        n_actions=log.n_actions,
    )
    (split,) = ActionTask().splits(none, seed=0)
    assert set(ActionTask().score(fitted(), split).values()) == {0.0}
