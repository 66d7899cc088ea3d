"""The second version of AWS's personalising recipes: a recurrent network and closed forms, blended."""

from dataclasses import dataclass

from ...data import DEFAULT_TRAINING, Interactions, RankingModel, Training
from ...settings import setting
from ..hrnn.recipe import UserPersonalization
from ..popularity import PopularityCount
from .fit import Member, fit_blend
from .recipe import Blend, closed_form

NETWORK_EFFORT = 30.0
"""How long a network learns, compared with a member in closed form."""


@dataclass(frozen=True, kw_only=True)
class UserPersonalizationV2:
    """What order, co-occurrence, metadata and context tell, weighed by what predicts held-out events.

    Parameters
    ----------
    apply_recency_bias : whether items count by how popular they are of late
    """

    apply_recency_bias: bool = setting(True)

    def fit(self, log: Interactions, training: Training = DEFAULT_TRAINING) -> RankingModel:
        """Fit all members, always from nothing; of a log without events, a model of equal chances."""
        if not len(log.item):
            return PopularityCount().fit(log, training)
        network = UserPersonalization(recency_mask=self.apply_recency_bias)
        members = [
            Member(recipe=network, effort=NETWORK_EFFORT),
            *closed_form(Blend.max_items, Blend.max_history_length),
        ]
        return fit_blend(members, log, training)


@dataclass(frozen=True, kw_only=True)
class PersonalizedRankingV2(UserPersonalizationV2):
    """Order a list of items for a user: the same models as user personalization."""
