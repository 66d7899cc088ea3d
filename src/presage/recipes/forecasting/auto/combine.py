"""Weights of members and widths of intervals, learned from backtests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from ..normal import softmax
from ..panel import Doubles, Forecast
from ..trees.recipe import INTERMITTENT
from .backtest import LEVELS
from .pool import GRID, mixed, mixture_weights
from .stack import Stack

N_GROUPS = 3
LEAST_IN_GROUP = 30
"""Series by which a group is told from the others."""
TRUST = 40.0
"""Series and windows after which learned weights count as much as equal ones."""
NARROWEST, WIDEST = 0.6, 2.0
OUTLIER = 5.0
N_BLOCKS = 4
"""Parts of the horizon whose intervals are widened or narrowed by themselves."""


@dataclass(frozen=True, kw_only=True)
class Combination:
    """How members' forecasts become one.

    Parameters
    ----------
    members : their names
    edges : (n_groups - 1,), of the mean absolute value of a series: its group is how many it exceeds
    weights : (n_groups, n_members), each row sums to 1
    share_of_median : of the median of all members, in [0, 1]; the rest is the weighted mean. Means are
        combined as quantiles are
    widths : (horizon,), distances from the median are multiplied by it
    is_mixed : whether members' distributions are mixed, rather than their quantiles averaged; then neither
        the median of the members nor widths count
    """

    members: tuple[str, ...]
    edges: Doubles
    weights: Doubles
    share_of_median: float
    widths: Doubles
    is_mixed: bool = False

    def weights_of(self, size: Doubles) -> Doubles:
        """(n_series, n_members), from the series' mean absolute values (n_series,)."""
        return self.weights[np.searchsorted(self.edges, size)]

    def combine(self, forecasts: Mapping[str, Forecast], size: Doubles, levels: Sequence[float]) -> Forecast:
        """One forecast from the members'.

        Parameters
        ----------
        levels : of all forecasts; those of `GRID` among them if members are mixed
        """
        quantiles = np.stack([forecasts[name].quantiles for name in self.members])
        mean = np.stack([forecasts[name].mean for name in self.members])
        weight = self.weights_of(size).T
        middle = (weight[:, :, None] * mean).sum(axis=0)
        if self.is_mixed:
            places = [list(levels).index(level) for level in GRID]
            return Forecast(quantiles=mixed(quantiles[..., places], weight.T, levels), mean=middle)
        found = (weight[:, :, None, None] * quantiles).sum(axis=0)
        if self.share_of_median:
            part = self.share_of_median
            found = part * np.median(quantiles, axis=0) + (1 - part) * found
            middle = part * np.median(mean, axis=0) + (1 - part) * middle
        return Forecast(quantiles=widened(np.sort(found, axis=2), levels, self.widths), mean=middle)

    def state(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "members": list(self.members),
            "edges": self.edges.tolist(),
            "weights": self.weights.tolist(),
            "share_of_median": self.share_of_median,
            "widths": self.widths.tolist(),
            "is_mixed": self.is_mixed,
        }

    @classmethod
    def from_state(cls, meta: Mapping[str, Any]) -> Self:
        """What `state` described."""
        return cls(
            members=tuple(meta["members"]),
            edges=np.array(meta["edges"], float),
            weights=np.array(meta["weights"], float),
            share_of_median=float(meta["share_of_median"]),
            widths=np.array(meta["widths"], float),
            is_mixed=bool(meta.get("is_mixed")),
        )


def equal(members: Sequence[str], horizon: int) -> Combination:
    """The median and the mean in equal parts, where nothing could be learned."""
    return Combination(
        members=tuple(members),
        edges=np.zeros(0),
        weights=np.full((1, len(members)), 1 / len(members)),
        share_of_median=0.5 if len(members) > 2 else 0.0,
        widths=np.ones(horizon),
    )


def widened(quantiles: Doubles, levels: Sequence[float], widths: Doubles) -> Doubles:
    """Quantiles (n, horizon, n_levels), their distance from the median multiplied by (horizon,) widths."""
    if not len(levels):
        return quantiles
    place = int(np.searchsorted(levels, 0.5))
    low, high = max(place - 1, 0), min(place, len(levels) - 1)
    span = levels[high] - levels[low]
    share = (0.5 - levels[low]) / span if span > 0 else 0.0
    middle = quantiles[:, :, low] + (quantiles[:, :, high] - quantiles[:, :, low]) * np.clip(share, 0, 1)
    return middle[:, :, None] + (quantiles - middle[:, :, None]) * widths[:, None]


def learn(stack: Stack, members: Sequence[str]) -> Combination:
    """Weights by group of sizes; of averages also how much the median counts, and widths by block of steps.

    Intermittent series are mixed: where the median is 0 there is no distance from it to widen.
    """
    horizon = stack.actual.shape[1]
    if not len(stack.actual):
        return equal(members, horizon)
    is_mixed = _share_of_zeros(stack) > INTERMITTENT
    weights_of = _mixed_weights if is_mixed else _weights
    pool = _shrunk(weights_of(stack), np.full(len(members), 1 / len(members)), len(stack.actual))
    edges = _edges(stack)
    group = np.searchsorted(edges, stack.size)
    weights: list[Doubles] = []
    for place in range(len(edges) + 1):
        mine = stack.take(group == place)
        weights.append(_shrunk(weights_of(mine), pool, len(mine.actual)))
    plain = Combination(
        members=tuple(members),
        edges=edges,
        weights=np.array(weights),
        share_of_median=0.0,
        widths=np.ones(horizon),
        is_mixed=is_mixed,
    )
    if is_mixed:
        return plain
    return _with_widths(_with_median(plain, stack) if len(members) > 2 else plain, stack)


def _share_of_zeros(stack: Stack) -> float:
    """Of what came."""
    return float((stack.actual == 0).sum() / max(1, np.isfinite(stack.actual).sum()))


def _shrunk(learned: Doubles, to: Doubles, n: int) -> Doubles:
    trust = n / (n + TRUST)
    return trust * learned + (1 - trust) * to


def _edges(stack: Stack) -> Doubles:
    n_groups = min(N_GROUPS, len(stack.size) // LEAST_IN_GROUP)
    if n_groups < 2:
        return np.zeros(0)
    return np.unique(np.quantile(stack.size, np.arange(1, n_groups) / n_groups))


def _losses(quantiles: Doubles, stack: Stack) -> Doubles:
    """(..., n): mean pinball loss of each row, from quantiles (..., n, horizon, n_levels)."""
    known = np.isfinite(stack.actual)
    error = np.where(known, stack.actual, 0.0)[..., None] - quantiles
    level = np.array(LEVELS)
    loss = np.maximum(level * error, (level - 1) * error).mean(axis=-1)
    return np.where(known, loss, 0.0).sum(axis=-1) / known.sum(axis=1)


def loss(quantiles: Doubles, stack: Stack) -> float:
    """What is minimised: the sum of the two parts, each in units of its own."""
    return float((_losses(quantiles, stack) * _balanced(stack)).sum())


def _balanced(stack: Stack) -> Doubles:
    """(n,): what a row's loss counts: half by its scale, as MASE, half as it is, as wQL.

    Both halves are equal for the mean of the members. A row whose scaled loss is OUTLIER times the median
    row's counts no more than that, so that a few nearly constant series do not decide.
    """
    base = _losses(stack.quantiles.mean(axis=0), stack)
    most = OUTLIER * float(np.median(base / stack.scale))
    scale = np.maximum(stack.scale, base / most) if most > 0 else stack.scale
    return 0.5 / scale / max((base / scale).sum(), 1e-12) + 0.5 / max(base.sum(), 1e-12)


def _importance(stack: Stack) -> Doubles:
    """(n, horizon): what the loss of a value counts; 0 of those that are not known."""
    known = np.isfinite(stack.actual)
    return (_balanced(stack) / known.sum(axis=1))[:, None] * known


def _known(stack: Stack) -> Doubles:
    """(n, horizon): what came, 0 where it is not known."""
    return np.where(np.isfinite(stack.actual), stack.actual, 0.0)


def _mixed_weights(stack: Stack) -> Doubles:
    """(n_members,): those of the mixture that fits best, equal ones where nothing came."""
    n_members = len(stack.quantiles)
    if n_members == 1 or not len(stack.actual):
        return np.full(n_members, 1 / n_members)
    return mixture_weights(stack.quantiles, _known(stack), _importance(stack))


def _weights(stack: Stack) -> Doubles:
    """(n_members,): those of the average of quantiles with the least loss, over the simplex."""
    n_members = len(stack.quantiles)
    if n_members == 1 or not len(stack.actual):
        return np.full(n_members, 1 / n_members)
    from scipy.optimize import minimize  # noqa: PLC0415, training alone needs it

    importance, level, y = _importance(stack), np.array(LEVELS), _known(stack)

    def objective(logit: Doubles) -> tuple[float, Doubles]:
        weight: Doubles = softmax(logit)
        error = y[..., None] - np.tensordot(weight, stack.quantiles, 1)
        value = (np.maximum(level * error, (level - 1) * error).mean(axis=2) * importance).sum()
        slope = np.where(error > 0, -level, 1 - level) * importance[..., None] / len(level)
        to_weight = np.asarray(np.tensordot(stack.quantiles, slope, 3), np.float64)
        return float(value), weight * (to_weight - weight @ to_weight)

    found = minimize(objective, np.zeros(n_members), jac=True, method="L-BFGS-B", options={"maxiter": 40})
    return softmax(found.x)


def _with_median(plain: Combination, stack: Stack) -> Combination:
    options = [replace(plain, share_of_median=share) for share in (0.0, 0.5, 1.0)]
    losses = [loss(_of_stack(one, stack), stack) for one in options]
    return options[int(np.argmin(losses))]


def _of_stack(combination: Combination, stack: Stack) -> Doubles:
    forecasts = {
        name: Forecast(quantiles=quantiles, mean=quantiles[:, :, 0])
        for name, quantiles in zip(combination.members, stack.quantiles, strict=True)
    }
    return combination.combine(forecasts, stack.size, LEVELS).quantiles


def _with_widths(plain: Combination, stack: Stack) -> Combination:
    """Widths with which 80 % of what came lies between the levels 0.1 and 0.9, shrunk to each other and to 1.

    Source: Romano, Patterson & Candes, Conformalized quantile regression, 2019.
    """
    horizon = stack.actual.shape[1]
    away = _distances(_of_stack(plain, stack), stack.actual)
    whole = _reaching(away)
    widths = np.ones(horizon)
    for part in np.array_split(np.arange(horizon), min(N_BLOCKS, horizon)):
        widths[part] = (_reaching(away[:, part]) + whole) / 2
    trust = len(stack.actual) / (len(stack.actual) + TRUST)
    return replace(plain, widths=1 + trust * (widths - 1))


def _distances(quantiles: Doubles, actual: Doubles) -> Doubles:
    """(n, horizon): how far what came is from the median, in distances of 0.1 or 0.9 from it; NaN stays."""
    middle = quantiles[:, :, LEVELS.index(0.5)]
    side = np.where(actual > middle, quantiles[:, :, -1] - middle, middle - quantiles[:, :, 0])
    gone = np.abs(actual - middle)
    return np.where(gone > 0, gone / np.maximum(side, 1e-12 * np.abs(middle) + 1e-300), gone)


def _reaching(away: Doubles) -> float:
    known = away[np.isfinite(away)]
    reach = float(np.quantile(known, LEVELS[-1] - LEVELS[0])) if len(known) else 1.0
    return min(max(reach, NARROWEST), WIDEST)
