"""Every recipe: its name -> the settings whose `fit` makes a model; and the way back from a saved model."""

from collections import ChainMap
from collections.abc import Mapping
from typing import Any, TypeVar

from numpy.typing import NDArray

from .actions.model import PropensityModel
from .actions.next_best import NextBestAction
from .bandits import policy as bandits
from .bandits.members import BANDITS
from .bandits.policy import Policy
from .data import SegmentModel, UserModel
from .forecasting.auto.model import AutoModel
from .forecasting.auto.recipe import Auto
from .forecasting.members import MEMBER_MODELS, MEMBERS
from .forecasting.panel import ForecastModel
from .ranking.als import AlsModel, ImplicitAls
from .ranking.blend.model import BlendModel
from .ranking.blend.recipe import Blend
from .ranking.blend.version2 import PersonalizedRankingV2, UserPersonalizationV2
from .ranking.ease import Ease
from .ranking.hrnn.model import HrnnModel
from .ranking.hrnn.recipe import Hrnn, HrnnColdstart, HrnnMetadata, PersonalizedRanking, UserPersonalization
from .ranking.linear import LinearModel
from .ranking.linear_recurrence.model import LinearRecurrenceModel
from .ranking.linear_recurrence.recipe import LinearRecurrence
from .ranking.objective import LiftedModel
from .ranking.popularity import PopularityCount, PopularityModel
from .ranking.rp3beta import Rp3beta
from .ranking.rules import SequentialRules
from .ranking.semantic import SemanticSimilarity
from .ranking.sequential_ridge import SequentialRidge
from .ranking.similar import SimilarItems
from .ranking.sims import Sims, SimsModel
from .ranking.spectral import Spectral
from .ranking.trending import TrendingModel, TrendingNow
from .ranking.vectors import VectorsModel
from .segments.affinity import AffinityModel, ItemAffinity, ItemAttributeAffinity

M = TypeVar("M")

RANKING: dict[str, type] = {
    "aws-popularity-count": PopularityCount,
    "aws-sims": Sims,
    "aws-similar-items": SimilarItems,
    "aws-semantic-similarity": SemanticSimilarity,
    "aws-trending-now": TrendingNow,
    "aws-user-personalization": UserPersonalization,
    "aws-personalized-ranking": PersonalizedRanking,
    "aws-user-personalization-v2": UserPersonalizationV2,
    "aws-personalized-ranking-v2": PersonalizedRankingV2,
    "aws-hrnn": Hrnn,
    "aws-hrnn-metadata": HrnnMetadata,
    "aws-hrnn-coldstart": HrnnColdstart,
    "presage-als": ImplicitAls,
    "presage-blend": Blend,
    "presage-ease": Ease,
    "presage-linear-recurrence": LinearRecurrence,
    "presage-rp3beta": Rp3beta,
    "presage-sequential-ridge": SequentialRidge,
    "presage-sequential-rules": SequentialRules,
    "presage-spectral": Spectral,
}

SEGMENTS: dict[str, type] = {
    "aws-item-affinity": ItemAffinity,
    "aws-item-attribute-affinity": ItemAttributeAffinity,
}

ACTIONS: dict[str, type] = {"aws-next-best-action": NextBestAction}

FORECASTING: dict[str, type] = {**MEMBERS, "presage-auto": Auto}
"""Recipes of time series: those of AWS by their algorithm's name, then presage's own."""

LEARN_LONG = frozenset({"CNN-QR", "Deep_AR_Plus", "presage-deep-ensemble"})
"""Recipes of time series that take minutes; an automatic choice leaves them out."""

RECIPES: Mapping[str, type] = ChainMap(RANKING, SEGMENTS, ACTIONS)
"""Those of all families that Personalize asks for."""

READS_TEXTS = frozenset({"aws-semantic-similarity"})
"""Recipes that learn from texts of items; they need no interactions."""

MODELS: dict[str, type[UserModel]] = {
    "popularity": PopularityModel,
    "sims": SimsModel,
    "lifted": LiftedModel,
    "hrnn": HrnnModel,
    "linear": LinearModel,
    "linear-recurrence": LinearRecurrenceModel,
    "als": AlsModel,
    "vectors": VectorsModel,
    "blend": BlendModel,
    "propensity": PropensityModel,
    "trending": TrendingModel,
}

FORECAST_MODELS: dict[str, type[ForecastModel]] = {**MEMBER_MODELS, "auto": AutoModel}

SEGMENT_MODELS: dict[str, type[SegmentModel]] = {"affinity": AffinityModel}


def load_policy(arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> Policy:
    """The bandit policy that some policy's `state` described.

    Raises ValueError if this presage has no such policy.
    """
    return bandits.restore(BANDITS, arrays, meta)


def load_model(arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> UserModel:
    """The model that some model's `state` described.

    Raises ValueError if this presage has no such model.
    """
    return _known(MODELS, meta).from_state(arrays, meta)


def load_segment_model(arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> SegmentModel:
    """The model of user segments that some model's `state` described.

    Raises ValueError if this presage has no such model.
    """
    return _known(SEGMENT_MODELS, meta).from_state(arrays, meta)


def load_forecast_model(arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> ForecastModel:
    """The model of time series that some model's `state` described.

    Raises ValueError if this presage has no such model.
    """
    return _known(FORECAST_MODELS, meta).from_state(arrays, meta)


def _known(models: Mapping[str, type[M]], meta: Mapping[str, Any]) -> type[M]:
    name = meta.get("model", "")
    if name not in models:
        raise ValueError(f"no model is called {name!r}; this presage knows: {', '.join(sorted(models))}")
    return models[name]
