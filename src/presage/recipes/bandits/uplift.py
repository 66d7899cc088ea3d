"""Whom an offer makes buy, never the less the deeper its discount: `presage-uplift`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from .data import Doubles, Rounds
from .reward_model import RewardModel, TreesBelief

PRIOR = 10.0
"""Rewards that an action's mean weighs against the mean of all actions."""


@dataclass(frozen=True, kw_only=True)
class Uplift(RewardModel):
    """Boosted trees foresee the chance of a purchase; what one is worth is the mean of those of its action.

    The last feature of an action is its discount: the chance never falls in it, whatever was seen. So what
    is expected of an offer, less what is expected of none, is what the offer changes.
    Source: Gutierrez, Gerardy, Causal Inference and Uplift Modelling, PMLR 67 (2017), the indirect approach;
    monotone trees: Ke et al., LightGBM, NeurIPS 2017.
    """

    by_discount: ClassVar[bool] = True
    """Actions are told apart by type and discount alone: offers of one type differ in depth and no more."""

    def belief(self, n_context: int, n_features: int) -> "UpliftBelief":
        """Nothing known."""
        row = np.zeros((0, n_context + n_features + 1))
        return UpliftBelief(settings=self, row=row, n_features=n_features)


@dataclass(kw_only=True)
class UpliftBelief(TreesBelief):
    """Chances of a purchase, which is a reward above 0, from trees; and what comes of it, and without it.

    Parameters
    ----------
    worth : of all actions (under ""), and of each by its features: mean rewards without and with a purchase
    """

    n_features: int
    worth: dict[bytes, Doubles] = field(default_factory=dict[bytes, Doubles])

    def refit(self) -> None:
        """Chances and means anew."""
        super().refit()
        self.worth = self._means()

    def chances(self, rounds: Rounds) -> Doubles:
        """(n_rounds, n_actions): how likely a purchase is, the mean over models."""
        return super()._foreseen(rounds).mean(axis=0)

    def _options(self) -> dict[str, Any]:
        n_columns = self.row.shape[1] - 1
        return {"objective": "binary", "monotone_constraints": [0] * (n_columns - 1) + [1]}

    def _target(self, reward: Doubles) -> Doubles:
        return (reward > 0).astype(float)

    def _foreseen(self, rounds: Rounds) -> Doubles:
        """(n_models, n_rounds, n_actions): expected rewards."""
        chance = super()._foreseen(rounds)
        if not self.models:
            return chance
        without, bought = np.stack([self._worth(one) for one in rounds.features]).T
        return without + chance * (bought - without)

    def _worth(self, features: Doubles) -> Doubles:
        """(2,): the mean reward of an action without, and with a purchase."""
        return self.worth.get(np.asarray(features, float).tobytes(), self.worth[b""])

    def _means(self) -> dict[bytes, Doubles]:
        """Means of each action, drawn towards those of all."""
        reward, features = self.row[:, -1], self.row[:, -1 - self.n_features : -1]
        bought = reward > 0
        overall = np.array([reward[part].mean() if part.any() else 0.0 for part in (~bought, bought)])
        means = {b"": overall}
        kinds, kind = np.unique(features, axis=0, return_inverse=True)
        for number, one in enumerate(kinds):
            parts = [reward[(kind == number) & part] for part in (~bought, bought)]
            sums = np.array([part.sum() for part in parts]) + PRIOR * overall
            means[one.tobytes()] = sums / (np.array([len(part) for part in parts]) + PRIOR)
        return means

    def restored(self, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> Self:
        """The belief that `state` described."""
        found = super().restored(arrays, meta)
        found.worth = found._means()
        return found
