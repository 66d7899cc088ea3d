"""What may be looked at again and again: intervals and tests that hold at all times at once.

A confidence sequence holds the true mean at every time with one probability, so that whoever looks a thousand
times, or stops when it pleases, is wrong no more often than who looks once.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
Counts = NDArray[np.integer]
_HALVINGS = 200


class Sequence(NamedTuple):
    """A confidence sequence: at each look the mean until then, and how far from it the true one may lie.

    Parameters
    ----------
    mean, radius : (n_looks,)
    """

    mean: Doubles
    radius: Doubles


def normal_bound(variance: Doubles, *, alpha: float, tuned_for: float) -> Doubles:
    """(n,): a sum of independent centred terms leaves +-this with probability `alpha`, ever: normal mixture.

    Parameters
    ----------
    variance : (n,), the sum of the terms' variances until each time
    tuned_for : the variance at which the bound is to be tightest

    Source: Robbins, Statistical methods related to the law of the iterated logarithm, AMS 41 (1970); Howard,
    Ramdas, McAuliffe, Sekhon, Time-uniform, nonparametric, nonasymptotic confidence sequences, Annals of
    Statistics 49 (2021), equation 14.
    """
    rho = _rho(tuned_for, alpha)
    return np.sqrt((variance + rho) * (np.log1p(variance / rho) - 2 * np.log(alpha)))


def gamma_exponential_bound(
    variance: Doubles, *, alpha: float, tuned_for: float, scale: float = 1.0
) -> Doubles:
    """(n,): such a sum exceeds this with probability `alpha`, ever, if no term is beyond `scale`.

    Parameters
    ----------
    variance : (n,), the sum of the squared terms until each time: what has been seen, not what is believed
    tuned_for : that at which the bound is to be tightest

    Source: Howard et al., as above, proposition 9 and theorem 4 (empirical Bernstein).
    """
    shape = _rho(tuned_for, 2 * alpha) / scale**2
    v = np.asarray(variance, float) / scale**2
    low, high = np.zeros_like(v), 1 + np.sqrt(v)
    while (short := _log_mixture(high, v, shape) < -np.log(alpha)).any():
        high = np.where(short, 2 * high, high)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if ((middle == low) | (middle == high)).all():
            break
        is_below = _log_mixture(middle, v, shape) < -np.log(alpha)
        low, high = np.where(is_below, middle, low), np.where(is_below, high, middle)
    return high * scale


def mean_of_bounded(
    terms: Doubles, foreseen: Doubles, looks: Counts, *, alpha: float, tuned_for: float, scale: float
) -> Sequence:
    """The mean of terms that lie within `scale` of what was foreseen: holds from the first term on.

    Parameters
    ----------
    terms : (n,), in the order in which they became known
    foreseen : (n,), a guess of each from those before it; the better, the narrower
    looks : (n_looks,), after so many terms, from 1 on
    tuned_for : the sum of squared errors of the guesses at which it is to be narrowest

    Source: Howard et al., as above, theorem 4.
    """
    total, squares = _sums(terms, foreseen, looks)
    bound = gamma_exponential_bound(squares, alpha=alpha / 2, tuned_for=tuned_for, scale=scale)
    return Sequence(total / looks, bound / looks)


def mean_of_any(
    terms: Doubles, foreseen: Doubles, looks: Counts, *, alpha: float, tuned_for: float
) -> Sequence:
    """The mean of terms of any size: holds asymptotically, that is from some number of terms on.

    Parameters
    ----------
    tuned_for : the number of terms at which it is to be narrowest

    Source: Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas, Time-uniform central limit theory and asymptotic
    confidence sequences, Annals of Statistics 52 (2024), theorem 2.2.
    """
    total, squares = _sums(terms, foreseen, looks)
    bound = normal_bound(looks.astype(float), alpha=alpha, tuned_for=tuned_for)
    return Sequence(total / looks, np.sqrt(squares / looks) * bound / looks)


def _sums(terms: Doubles, foreseen: Doubles, looks: Counts) -> tuple[Doubles, Doubles]:
    """(n_looks,) twice: the sums of the terms, and of the squared errors of the guesses."""
    return np.cumsum(terms)[looks - 1], np.cumsum((terms - foreseen) ** 2)[looks - 1]


def effect_terms(outcome: Doubles, is_treated: NDArray[np.bool_], chance: Doubles) -> tuple[Doubles, Doubles]:
    """(n,) twice: terms whose mean is how much more treated units have, and what was foreseen of each.

    Augmented inverse propensity weights: chances may differ from unit to unit. A term is off by no more than
    the range of outcomes over the least chance of what was done.

    Parameters
    ----------
    outcome : (n,), of each unit, in the order in which units came
    is_treated : (n,), rather than in the control group
    chance : (n,), with which it was to be treated, in (0, 1)

    Source: Howard et al., as above, section 4.2.
    """
    before = [_mean_before(outcome, group) for group in (is_treated, ~is_treated)]  # (n,) each
    foreseen = before[0] - before[1]
    off = np.where(is_treated, (outcome - before[0]) / chance, (before[1] - outcome) / (1 - chance))
    return foreseen + off, foreseen


def _mean_before(outcome: Doubles, group: NDArray[np.bool_]) -> Doubles:
    """(n,): the mean outcome of a group before each unit; 0 before its first."""
    n = np.cumsum(group) - group
    return (np.cumsum(outcome * group) - outcome * group) / np.maximum(n, 1)


def log_mismatch(counts: Doubles, shares: Doubles, concentration: float = 100.0) -> float:
    """How strongly counts speak against the shares that they should have: log of an e-value.

    If the shares hold, it ever exceeds log(1 / alpha) with probability `alpha` at most.

    Parameters
    ----------
    counts : (n_kinds,)
    shares : (n_kinds,), which sum to 1
    concentration : of the Dirichlet prior around the shares; larger ones look for smaller mismatches

    Source: Lindon, Malek, Anytime-valid inference for multinomial count data, NeurIPS 2022.
    """
    from scipy.special import gammaln  # noqa: PLC0415, servers start without scipy

    prior = concentration * shares

    def log_beta(parameters: Doubles) -> float:
        return float(gammaln(parameters).sum() - gammaln(parameters.sum()))

    return log_beta(prior + counts) - log_beta(prior) - float(counts @ np.log(shares))


def _rho(tuned_for: float, alpha: float) -> float:
    """The mixing precision that makes a bound nearly tightest at a variance; Howard et al., section 3.5."""
    return tuned_for / (-2 * np.log(alpha) + np.log1p(-2 * np.log(alpha)))


def _log_mixture(s: Doubles, v: Doubles, shape: float) -> Doubles:
    """Log of the gamma-exponential mixture for scale 1, at sums `s` and variances `v`."""
    from scipy.special import gammainc, gammaln  # noqa: PLC0415, servers start without scipy

    leading = shape * np.log(shape) - gammaln(shape) - np.log(gammainc(shape, shape))
    a, x = v + shape, s + v + shape
    return leading + gammaln(a) + np.log(gammainc(a, x)) - a * np.log(x) + s + v
