"""Trending items are judged by what grew after the training."""

import numpy as np

from presage.recipes.data import Interactions
from presage.recipes.ranking.trending import TrendingNow
from presage.trials import plan_of, train
from presage.trials.trends import TrendTask

from ..operations.shop import RANKING_METRICS

HOUR = 3600


def log(n_users=40, n_hours=30):
    """An event an hour of every user; from hour 20 on more and more are with item 7, until then with others."""
    rng = np.random.default_rng(0)
    hour = np.tile(np.arange(n_hours), n_users)
    lately = rng.random(len(hour)) < (hour - 20) / 10
    return Interactions(
        user=np.repeat(np.arange(n_users, dtype=np.int32), n_hours),
        item=np.where(lately, 7, rng.integers(0, 7, len(hour))).astype(np.int32),
        time=1_600_000_000 + HOUR * hour.astype(np.int64),
        n_users=n_users,
        n_items=60,
    )


def test_the_last_interval_is_held_out():
    [split] = TrendTask(seconds=2 * HOUR).splits(log(), 0)
    assert split.training.time.max() == log().time.max() - 2 * HOUR
    assert len(np.unique(split.training.user)) == 36
    assert split.cases.growth.argmax() == 7


def test_what_grew_is_foreseen_and_popularity_foresees_less():
    [split] = TrendTask(seconds=2 * HOUR).splits(log(), 0)
    figures = TrendTask(seconds=2 * HOUR).score(TrendingNow().fit(split.training), split)
    assert set(figures) == RANKING_METRICS | {"trend_prediction_accuracy"}
    assert figures["trend_prediction_accuracy"] == 1.0  # all eight items that are used are among the first 25


def test_a_training_judges_by_the_interval_of_its_settings():
    features = {"trend_discovery_frequency": "1 day"}
    plan = plan_of(
        {
            "recipeArn": "arn:aws:personalize:::recipe/aws-trending-now",
            "solutionConfig": {"featureTransformationParameters": features},
        }
    )
    trained = train(plan, log())
    assert trained.model.seconds == 86_400
    assert "trend_prediction_accuracy" in trained.metrics
