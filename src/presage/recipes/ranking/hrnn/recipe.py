"""The hierarchical recurrent family: `aws-hrnn` and its relatives, as settings."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ...data import DEFAULT_TRAINING, Feature, Interactions, RankingModel, Training
from ...settings import setting
from ..popularity import PopularityCount
from ..selection import Mask, check_percentiles, usual_users
from .plan import plan_for

SECONDS_PER_DAY = 86_400
FEATURE = "featureTransformationParameters"
EXPLORATION = "itemExplorationConfig"


@dataclass(frozen=True, kw_only=True)
class Hrnn:
    """Predict the next item from the order of events alone.

    Parameters
    ----------
    hidden_dimension : the length of every state and item vector
    bptt : gradients go back through at most this many events of a session
    recency_mask : whether items count by how popular they are of late
    min_user_history_length_percentile, max_user_history_length_percentile : users outside are not learned
    """

    hidden_dimension: int = setting(43, low=32, high=256, tunable=True, log=True)
    bptt: int = setting(32, low=2, high=32, tunable=True, log=True)
    recency_mask: bool = setting(True, tunable=True)
    min_user_history_length_percentile: float = setting(0.0, low=0.0, high=1.0, group=FEATURE)
    max_user_history_length_percentile: float = setting(0.99, low=0.0, high=1.0, group=FEATURE)

    def __post_init__(self) -> None:
        check_percentiles(
            min_user_history_length_percentile=self.min_user_history_length_percentile,
            max_user_history_length_percentile=self.max_user_history_length_percentile,
        )

    def fit(self, log: Interactions, training: Training = DEFAULT_TRAINING) -> RankingModel:
        """A fitted network; of a log without events, a model of equal chances."""
        none: Mapping[str, Feature] = {}
        plain = replace(log, context=none, item_features=none, user_features=none)
        return _fit(self, plain, None, training)


@dataclass(frozen=True, kw_only=True)
class HrnnMetadata(Hrnn):
    """Predict the next item from the order of events, metadata of items and users, and context."""

    def fit(self, log: Interactions, training: Training = DEFAULT_TRAINING) -> RankingModel:
        """A fitted network; of a log without events, a model of equal chances."""
        return _fit(self, log, None, training)


@dataclass(frozen=True, kw_only=True)
class HrnnColdstart(HrnnMetadata):
    """Predict the next item, new items standing beside usual ones by their metadata.

    Parameters
    ----------
    cold_start_max_interactions : an item with more events is not cold
    cold_start_max_duration : an item older than so many days is not cold
    cold_start_relative_from : whether age counts from now, or from the newest item
    """

    hidden_dimension: int = setting(149, low=32, high=256, tunable=True, log=True)
    cold_start_max_interactions: int = setting(15, low=1, group=FEATURE)
    cold_start_max_duration: float = setting(5.0, low=0.0, group=FEATURE)
    cold_start_relative_from: str = setting(
        "currentTime", choices=("currentTime", "latestItem"), group=FEATURE
    )

    def fit(self, log: Interactions, training: Training = DEFAULT_TRAINING) -> RankingModel:
        """A fitted network; of a log without events, a model of equal chances."""
        return _fit(self, log, self.cold(log), training)

    def cold(self, log: Interactions) -> Mask:
        """(n_items,): which items are cold; one without a time of creation is as old as its first event."""
        if not len(log.time):
            return np.ones(log.n_items, bool)
        born = log.item_created_at
        if not len(born):
            born = np.full(log.n_items, np.iinfo(np.int64).max)
            np.minimum.at(born, log.item, log.time)
        dated = born < np.iinfo(np.int64).max
        newest = born[dated].max() if self.cold_start_relative_from == "latestItem" else log.time.max()
        young = ~dated | (newest - born <= self.cold_start_max_duration * SECONDS_PER_DAY)
        used = np.bincount(log.item, minlength=log.n_items)
        return young & (used <= self.cold_start_max_interactions)


@dataclass(frozen=True, kw_only=True)
class PersonalizedRanking(HrnnMetadata):
    """Order a list of items for a user: the same network as user personalization."""

    hidden_dimension: int = setting(149, low=32, high=256, tunable=True, log=True)


@dataclass(frozen=True, kw_only=True)
class UserPersonalization(HrnnMetadata):
    """Predict the next item, and let serving explore new ones (`exploration.explore`).

    Parameters
    ----------
    explorationWeight : how far new items come forward, 0 for not at all
    explorationItemAgeCutOff : only items younger than so many days do
    """

    hidden_dimension: int = setting(149, low=32, high=256, tunable=True, log=True)
    explorationWeight: float = setting(0.3, low=0.0, high=1.0, group=EXPLORATION)  # noqa: N815, AWS's name
    explorationItemAgeCutOff: float = setting(30.0, low=1.0, group=EXPLORATION)  # noqa: N815, AWS's name


def _fit(recipe: Hrnn, log: Interactions, cold: Mask | None, training: Training) -> RankingModel:
    usual = usual_users(
        log, recipe.min_user_history_length_percentile, recipe.max_user_history_length_percentile
    )
    if not len(usual.item):
        return PopularityCount().fit(usual, training)
    from .fit import fit_network  # noqa: PLC0415, torch is slow to import and serving has no use for it

    plan = plan_for(recipe.hidden_dimension, recipe.bptt, usual)
    return fit_network(usual, plan, cold=cold, recency=recipe.recency_mask, training=training)
