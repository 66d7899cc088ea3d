"""The second version of AWS's personalising recipes: networks and closed forms, blended."""

from dataclasses import dataclass

from ...data import DEFAULT_TRAINING, Interactions, RankingModel, Training
from ...settings import setting
from ..hrnn.recipe import UserPersonalization
from ..linear_recurrence.recipe import LinearRecurrence
from ..popularity import PopularityCount
from .fit import Member, fit_blend
from .recipe import Blend, closed_form

NETWORK_EFFORT = 30.0
"""How long a network learns, compared with a member in closed form."""
LEAST_WEIGHT = 0.1
"""Of the network that alone knows metadata and context, so that it is never left out."""
SECOND_FROM = 200_000
"""From so many events on a network of another kind learns too: together they foresee more than either."""


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
        return fit_blend(members_for(len(log.item), recency=self.apply_recency_bias), log, training)


def members_for(n_events: int, *, recency: bool) -> list[Member]:
    """What takes part in a blend for so many events."""
    network = UserPersonalization(recency_mask=recency)
    members = [Member(recipe=network, effort=NETWORK_EFFORT, least=LEAST_WEIGHT)]
    if n_events >= SECOND_FROM:
        members.append(Member(recipe=LinearRecurrence(), effort=NETWORK_EFFORT))
    return [*members, *closed_form(Blend.max_items, Blend.max_history_length)]


@dataclass(frozen=True, kw_only=True)
class PersonalizedRankingV2(UserPersonalizationV2):
    """Order a list of items for a user: the same models as user personalization."""
