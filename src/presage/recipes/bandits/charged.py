"""A belief in rewards less what each action is charged, so that every policy heeds prices as it is."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .data import Doubles, Foresight, Rounds


@dataclass(frozen=True, kw_only=True)
class Charged:
    """What is believed of rewards after charges.

    Parameters
    ----------
    charge : (n_actions,), of the open actions, in the unit of rewards
    """

    belief: Foresight
    charge: Doubles

    def expected(self, rounds: Rounds) -> Doubles:
        """(n_rounds, n_actions)."""
        return self.belief.expected(rounds) - self.charge

    def spread(self, rounds: Rounds) -> Doubles:
        """(n_rounds, n_actions): charges are certain."""
        return self.belief.spread(rounds)

    def draws(self, rounds: Rounds, n_draws: int, rng: np.random.Generator) -> Iterator[Doubles]:
        """Those of the belief, each less the charges."""
        for drawn in self.belief.draws(rounds, n_draws, rng):
            yield drawn - self.charge
