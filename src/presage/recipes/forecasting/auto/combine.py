"""Weights of members and widths of intervals, learned from backtests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from ..panel import Doubles, Forecast
from ..trees.recipe import INTERMITTENT
from .backtest import LEVELS
from .pool import GRID, mixed, mixture_weights
from .stack import Stack

AT_ONCE = 2_000
"""Series whose forecasts are combined together."""
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
    """How members' forecasts become one: a mixture, that draws from each member as often as its weight says.

    Parameters
    ----------
    members : their names
    edges : (n_groups - 1,), of the mean absolute value of a series: its group is how many it exceeds
    weights : (n_groups, n_members), each row sums to 1
    widths : (horizon,), distances from the median are multiplied by it
    """

    members: tuple[str, ...]
    edges: Doubles
    weights: Doubles
    widths: Doubles

    def weights_of(self, size: Doubles) -> Doubles:
        """(n_series, n_members), from the series' mean absolute values (n_series,)."""
        return self.weights[np.searchsorted(self.edges, size)]

    def combine(self, forecasts: Mapping[str, Forecast], size: Doubles, levels: Sequence[float]) -> Forecast:
        """One forecast from the members'.

        Parameters
        ----------
        levels : of all forecasts, rising; those of `GRID` among them
        """
        places = [list(levels).index(level) for level in GRID]
        quantiles = np.stack([forecasts[name].quantiles[:, :, places] for name in self.members])
        mean = np.stack([forecasts[name].mean for name in self.members])
        weight = self.weights_of(size)
        return Forecast(
            quantiles=widened(mixed(quantiles, weight, levels), levels, self.widths),
            mean=(weight.T[:, :, None] * mean).sum(axis=0),
        )

    def state(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "members": list(self.members),
            "edges": self.edges.tolist(),
            "weights": self.weights.tolist(),
            "widths": self.widths.tolist(),
        }

    @classmethod
    def from_state(cls, meta: Mapping[str, Any]) -> Self:
        """What `state` described."""
        return cls(
            members=tuple(meta["members"]),
            edges=np.array(meta["edges"], float),
            weights=np.array(meta["weights"], float),
            widths=np.array(meta["widths"], float),
        )


def equal(members: Sequence[str], horizon: int) -> Combination:
    """All members alike, where nothing could be learned."""
    return Combination(
        members=tuple(members),
        edges=np.zeros(0),
        weights=np.full((1, len(members)), 1 / len(members)),
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
    """Weights by group of sizes, and widths by part of the horizon.

    Intermittent series have no widths: their median is 0, and there is no distance from it to widen.
    """
    horizon = stack.actual.shape[1]
    if not len(stack.actual):
        return equal(members, horizon)
    pool = _shrunk(_weights(stack), np.full(len(members), 1 / len(members)), len(stack.actual))
    edges = _edges(stack)
    group = np.searchsorted(edges, stack.size)
    weights: list[Doubles] = []
    for place in range(len(edges) + 1):
        mine = stack.take(group == place)
        weights.append(_shrunk(_weights(mine), pool, len(mine.actual)))
    plain = Combination(
        members=tuple(members), edges=edges, weights=np.array(weights), widths=np.ones(horizon)
    )
    return plain if _share_of_zeros(stack) > INTERMITTENT else _with_widths(plain, stack)


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


def _losses(stack: Stack) -> Doubles:
    """(n,): mean pinball loss of each row, of the average of the members."""
    known = np.isfinite(stack.actual)
    error = _known(stack)[..., None] - stack.inner.mean(axis=0)
    level = np.array(LEVELS)
    loss = np.maximum(level * error, (level - 1) * error).mean(axis=-1)
    return np.where(known, loss, 0.0).sum(axis=-1) / known.sum(axis=1)


def _importance(stack: Stack) -> Doubles:
    """(n, horizon): what a value counts: half by its series' scale, as MASE, half as it is, as wQL.

    Both halves are equal for the average of the members. A row whose scaled loss is OUTLIER times the median
    row's counts no more than that, so that a few nearly constant series do not decide. Values that are not
    known count 0.
    """
    known = np.isfinite(stack.actual)
    base = _losses(stack)
    most = OUTLIER * float(np.median(base / stack.scale))
    scale = np.maximum(stack.scale, base / most) if most > 0 else stack.scale
    of_row = 0.5 / scale / max((base / scale).sum(), 1e-12) + 0.5 / max(base.sum(), 1e-12)
    return (of_row / known.sum(axis=1))[:, None] * known


def _known(stack: Stack) -> Doubles:
    """(n, horizon): what came, 0 where it is not known."""
    return np.where(np.isfinite(stack.actual), stack.actual, 0.0)


def _weights(stack: Stack) -> Doubles:
    """(n_members,): those of the mixture that fits best, equal ones where nothing came."""
    n_members = len(stack.quantiles)
    if n_members == 1 or not len(stack.actual):
        return np.full(n_members, 1 / n_members)
    return mixture_weights(stack.inner, _known(stack), _importance(stack))


def _with_widths(plain: Combination, stack: Stack) -> Combination:
    """Widths with which 80 % of what came lies between the levels 0.1 and 0.9, shrunk to each other and to 1.

    Source: Romano, Patterson & Candes, Conformalized quantile regression, 2019.
    """
    horizon = stack.actual.shape[1]
    away = _distances(_mixed(plain, stack), stack.actual)
    whole = _reaching(away)
    widths = np.ones(horizon)
    for part in np.array_split(np.arange(horizon), min(N_BLOCKS, horizon)):
        widths[part] = (_reaching(away[:, part]) + whole) / 2
    trust = len(stack.actual) / (len(stack.actual) + TRUST)
    return replace(plain, widths=1 + trust * (widths - 1))


def _mixed(combination: Combination, stack: Stack) -> Doubles:
    """(n, horizon, len(LEVELS)): its quantiles, of some series at a time, which takes little memory."""
    weight = combination.weights_of(stack.size)
    parts = [slice(start, start + AT_ONCE) for start in range(0, len(weight), AT_ONCE)]
    return np.concatenate([mixed(stack.quantiles[:, part], weight[part], LEVELS) for part in parts])


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
