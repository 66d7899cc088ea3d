"""Is one policy better than another that decides and logs? Answered as often as is asked, and rarely wrong.

Each round gives a contribution, `advantages`: an estimate of how much more the other policy would have
earned, too low rather than too high, and bounded from below. From their sum and that of their squares,
`Evidence` has a lower bound of the mean that holds at all times together.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.floating]
Rows = NDArray[np.integer]
LEAST = -2.0
"""No contribution is below, in units of the range of rewards."""
BETS = 0.5 ** np.arange(1, 15)
"""(n_bets,): each is the best one at some sum of squares, from a dozen to a thousand million."""
N_STEPS = 60
"""Halvings that find the bound to the last bit."""


def advantages(
    chance: Doubles, propensity: Doubles, foreseen: Doubles, place: Rows, reward: Doubles
) -> Doubles:
    """(n_rounds,), at least `LEAST`: how much more the judged policy earns, by each round.

    Doubly robust: a forecast of the difference, corrected by the weighted error of the forecast. The mean is
    the true difference whatever was foreseen, if every action that the judged policy takes could be logged;
    what could not is taken to earn 0, the least. Forecasts are shrunken where a large weight could make one
    round say more than `LEAST`; that is settled before action and reward are known, and so brings no bias.
    Source: Dudik, Langford, Li, ICML 2011; lower bounded as in Waudby-Smith, Wu, Ramdas, Karampatziakis,
    Mineiro, Anytime-Valid Off-Policy Inference for Contextual Bandits, 2022.

    Parameters
    ----------
    chance : (n_rounds, n_actions), under the policy that is judged; each row sums to 1
    propensity : (n_rounds, n_actions), under the policy that was logged
    foreseen : (n_rounds, n_actions), rewards that some model foresees; it has not seen the round
    place : (n_rounds,), the action that was taken
    reward : (n_rounds,), in [0, 1]
    """
    was_open = propensity > 0
    weight = np.where(was_open, chance / np.where(was_open, propensity, 1), 0)
    model = np.where(was_open, np.clip(foreseen, 0, 1), 0)
    ahead = ((chance - propensity) * model).sum(axis=1)  # (n_rounds,)
    worst = ((weight - 1) * model).max(axis=1) - ahead  # what the model takes from a reward of 0, at most
    kept = np.where(worst > -LEAST, -LEAST / np.maximum(worst, -LEAST), 1.0)
    row = np.arange(len(place))
    return kept * ahead + (weight[row, place] - 1) * (reward - kept * model[row, place])


@dataclass(kw_only=True)
class Evidence:
    """What rounds say together of the mean of their contributions.

    The mean is that of each round's expectation, given all before: policies may learn and times may change.
    The bound is inverted from a supermartingale that begins at 1: a mean over bets b of
    exp(b sum(x - mean) - psi(b) sum(x^2)), psi(b) = -log(1 - b) - b, which needs x bounded from below alone.
    Source: Howard, Ramdas, McAuliffe, Sekhon, Time-Uniform, Nonparametric, Nonasymptotic Confidence
    Sequences, Annals of Statistics 49 (2021); Fan, Grama, Liu, Electronic Journal of Probability 20 (2015).

    Parameters
    ----------
    n : how many rounds
    total, squares : the sums of contributions and of their squares
    marks : (total, squares) as they were at the last two powers of two
    """

    n: int = 0
    total: float = 0.0
    squares: float = 0.0
    marks: tuple[tuple[float, float], tuple[float, float]] = ((0.0, 0.0), (0.0, 0.0))

    def add(self, contribution: float) -> None:
        """Take in a round."""
        self.n += 1
        self.total += contribution
        self.squares += contribution**2
        if not self.n & (self.n - 1):
            self.marks = self.marks[1], (self.total, self.squares)

    @property
    def mean(self) -> float:
        """The estimate; 0 of no rounds."""
        return self.total / max(self.n, 1)

    def is_above(self, risk: float) -> bool:
        """Whether `low` is above 0, and the mean of later rounds by two standard errors too.

        Who was better at first need not be better now, if policies learn: hence the second. Later rounds are
        the last half to three quarters.
        """
        if log_capital(self.total, self.squares) < -np.log(risk):
            return False
        total, squares = self.marks[0]
        return self.total - total > 2 * (self.squares - squares) ** 0.5

    def low(self, risk: float) -> float:
        """The mean is never below this, at any time, but with probability `risk`; -inf of no rounds.

        Parameters
        ----------
        risk : in (0, 1)
        """
        if not self.n:
            return float("-inf")
        below, above = LEAST - self.squares - 1, self.mean
        while log_capital(self.total - self.n * below, self.squares) < -np.log(risk):
            below *= 2
        for _ in range(N_STEPS):
            middle = (below + above) / 2
            enough = log_capital(self.total - self.n * middle, self.squares) >= -np.log(risk)
            below, above = (middle, above) if enough else (below, middle)
        return below


def log_capital(total: Doubles | float, squares: Doubles | float) -> Doubles:
    """(...): the logarithm of the supermartingale, if the mean is 0.

    Parameters
    ----------
    total, squares : (...), the sums of contributions that are at least `LEAST`, and of their squares
    """
    spent = -np.log1p(-BETS) - BETS
    scale = -LEAST
    each = np.asarray(total)[..., None] / scale * BETS - np.asarray(squares)[..., None] / scale**2 * spent
    top = each.max(axis=-1)
    return top + np.log(np.exp(each - top[..., None]).mean(axis=-1))
