"""Blends of closed-form members: `presage-blend`."""

from dataclasses import dataclass

import numpy as np

from ...data import DEFAULT_TRAINING, Interactions, RankingModel, Training
from ...settings import setting
from ..ease import Ease
from ..popularity import PopularityCount
from ..rp3beta import Rp3beta
from ..rules import SequentialRules
from ..sequential_ridge import SequentialRidge
from .fit import Member, fit_blend
from .repeats import Repeats


@dataclass(frozen=True, kw_only=True)
class Blend:
    """Order and co-occurrence together: sequential rules and ridge, EASE and random walks.

    Parameters
    ----------
    max_items : EASE and the sequential ridge learn so many of the most used items
    max_history_length : so many of a user's latest different items are learned from and remembered
    """

    max_items: int = setting(15_000, low=1, high=40_000)
    max_history_length: int = setting(200, low=1, high=500)

    def fit(self, log: Interactions, training: Training = DEFAULT_TRAINING) -> RankingModel:
        """Fit all members, always from nothing; of a log without events, a model of equal chances."""
        if not len(log.item):
            return PopularityCount().fit(log, training)
        return fit_blend(closed_form(self.max_items, self.max_history_length), log, training)


def closed_form(max_items: int, length: int) -> list[Member]:
    """The members that are solved or counted in seconds."""
    recipes = (
        SequentialRules(),
        SequentialRidge(max_items=max_items),
        Ease(max_items=max_items, max_history_length=length),
        Rp3beta(max_history_length=length),
    )
    return [
        *(Member(recipe=recipe) for recipe in recipes),
        Member(recipe=Repeats(max_history_length=length), least=-np.inf),
    ]
