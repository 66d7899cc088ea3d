"""Windows of series as tensors: a context, the steps after it, and what is known of both."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...data import Floats, Longs
from ...distributed import rank_share
from ..panel import Doubles
from .inputs import Inputs
from .logs import Logs
from .scaling import Scale, Scaling, scale_by_attributes

FARTHEST = 50.0
"""Scaled values are cut off at this."""


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Some windows, each of a context and a horizon; b windows.

    Parameters
    ----------
    target : (b, context + horizon), scaled; 0 where nothing is known
    known : (b, context + horizon), 1 where something is
    lagged : (b, n_lagged, 2 n_lags), scaled values of earlier steps, then whether they are known; of the last
        n_lagged steps of each window
    covariates : (b, context + horizon, n_covariates), what is known ahead
    past : (b, context, n_past), what is not
    static : (b, N_STATIC), what is known of the whole window
    codes : (b, n_attributes), 0 = not known
    weight : (b,), how much each window counts; 1 on average
    scale : what was taken off the target
    """

    target: Tensor
    known: Tensor
    lagged: Tensor
    covariates: Tensor
    past: Tensor
    static: Tensor
    codes: Tensor
    weight: Tensor
    scale: Scale


N_STATIC = 3


@dataclass(frozen=True, kw_only=True)
class Windows:
    """How windows are cut from a panel's inputs.

    Parameters
    ----------
    lags : (n_lagged, n_lags), how many steps before each of the last steps of a window to look
    size_weight : windows count by their spread, in the unit of the values, to this power
    by_attributes : the scales of series without a history
    first : (n_series,), the first known step of each; n_steps = none
    """

    inputs: Inputs
    scaling: Scaling
    logs: Logs
    by_attributes: Scale
    context: int
    horizon: int
    lags: Longs
    size_weight: float
    first: Longs

    @classmethod
    def of(
        cls,
        inputs: Inputs,
        scaling: Scaling,
        logs: Logs,
        *,
        context: int,
        horizon: int,
        lags: Longs,
        size_weight: float,
    ) -> Self:
        """The windows of these inputs."""
        known = np.isfinite(inputs.target)
        return cls(
            inputs=inputs,
            scaling=scaling,
            logs=logs,
            by_attributes=scale_by_attributes(scaling, inputs.target, inputs.codes),
            context=context,
            horizon=horizon,
            lags=lags,
            size_weight=size_weight,
            first=np.where(known.any(axis=1), known.argmax(axis=1), inputs.n_steps),
        )

    def cut(self, rows: Longs, origins: Longs, cold: NDArray[np.bool_]) -> Batch:
        """The windows of some series whose horizon begins at these steps.

        Parameters
        ----------
        cold : (b,), windows whose history is hidden; scales are those of the attributes
        """
        inputs, c = self.inputs, self.context
        steps = origins[:, None] + np.arange(-c, self.horizon)
        values = _gathered(inputs.target, rows, steps)
        hidden = np.zeros(values.shape, bool)
        hidden[:, :c] = cold[:, None]
        values = np.where(hidden, np.nan, values)
        scale = self._scale(values[:, :c], rows, cold)
        lag_steps = steps[:, steps.shape[1] - len(self.lags) :, None] - self.lags
        lagged = _gathered(inputs.target, rows, lag_steps.reshape(len(rows), -1)).reshape(lag_steps.shape)
        lagged = np.where(cold[:, None, None] & (lag_steps < origins[:, None, None]), np.nan, lagged)
        target, known = _scaled(values, scale)
        earlier, seen = _scaled(lagged, scale)
        usable = known[:, c:].any(1) & np.isfinite(scale.loc)
        return Batch(
            target=_tensor(target),
            known=_tensor(known),
            lagged=_tensor(np.concatenate([earlier, seen], axis=2)),
            covariates=_tensor(self._covariates(rows, steps)),
            past=_tensor(_gathered(inputs.past, rows, steps[:, :c])),
            static=_tensor(self._static(rows, origins, scale, cold)),
            codes=torch.from_numpy(inputs.codes[rows]),
            weight=_tensor(usable * self._size(scale) ** self.size_weight),
            scale=scale,
        )

    def _scale(self, context: Doubles, rows: Longs, cold: NDArray[np.bool_]) -> Scale:
        own = self.scaling.of(context)
        loc, spread = self.by_attributes.loc[rows], self.by_attributes.spread[rows]
        return Scale(loc=np.where(cold, loc, own.loc), spread=np.where(cold, spread, own.spread))

    def _size(self, scale: Scale) -> Doubles:
        """(b,): the spread in the unit of the values, 0 where there is none."""
        return np.nan_to_num(scale.spread * self.logs.slope(scale.loc) / self.scaling.unit)

    def _covariates(self, rows: Longs, steps: Longs) -> Floats:
        shared = _gathered(self.inputs.shared[None], np.zeros_like(rows), steps)
        return np.concatenate([shared, _gathered(self.inputs.known, rows, steps)], axis=2)

    def _static(self, rows: Longs, origins: Longs, scale: Scale, cold: NDArray[np.bool_]) -> Doubles:
        age = np.where(cold, 0, np.maximum(0, origins - self.first[rows]))
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.log(scale.spread / (np.abs(scale.loc) + scale.spread))
            size = np.log(scale.spread / self.scaling.unit)
        columns = np.stack([np.log1p(age) / 8, share / 4, size / 4], axis=1)
        return np.nan_to_num(columns).clip(-3, 3)


@dataclass(frozen=True, kw_only=True)
class Sampler:
    """Where the windows begin that a network learns from.

    Parameters
    ----------
    rows : (n_rows,), series with a history
    low, high : (n_rows,), first and last origin of each
    cold : (n_rows,), the part of the windows whose history is hidden
    """

    rows: Longs
    low: Longs
    high: Longs
    cold: Doubles

    @classmethod
    def until(cls, windows: Windows, end: int, cold: float) -> Self:
        """Windows that end at a step or before, as far as series are longer than a horizon."""
        known = np.isfinite(windows.inputs.target[:, :end])
        last = end - known[:, ::-1].argmax(axis=1)
        low = windows.first + 1
        high = np.maximum(low, last - windows.horizon)
        rows = np.flatnonzero(known.any(axis=1) & (low < last))
        share = np.where(np.isfinite(windows.by_attributes.loc[rows]), cold, 0.0)
        return cls(rows=rows, low=low[rows], high=high[rows], cold=share)

    @property
    def n_origins(self) -> int:
        """How many windows there are."""
        return int((self.high - self.low + 1).sum())

    def batches(self, windows: Windows, size: int, rng: np.random.Generator) -> Iterator[Batch]:
        """Random windows without end, every one as likely as any other; of each batch this rank's share."""
        total = np.cumsum(self.high - self.low + 1)
        while True:
            place = rng.integers(total[-1], size=size)
            at = np.searchsorted(total, place, side="right")
            origins = self.high[at] - (total[at] - 1 - place)
            cold = rng.random(size) < self.cold[at]
            share = rank_share(np.arange(size))
            yield windows.cut(self.rows[at[share]], origins[share], cold[share])


def _gathered(values: NDArray[np.floating], rows: Longs, steps: Longs) -> NDArray[np.floating]:
    """(b, n_steps, ...): values (n_series, n, ...) at steps (b, n_steps); outside NaN, of columns 0."""
    inside = (steps >= 0) & (steps < values.shape[1])
    if not values.shape[1]:
        return np.full((*steps.shape, *values.shape[2:]), np.nan if values.ndim == 2 else 0.0)
    found = values[rows[:, None], np.clip(steps, 0, values.shape[1] - 1)]
    found[~inside] = np.nan if values.ndim == 2 else 0.0
    return found


def _scaled(values: Doubles, scale: Scale) -> tuple[Doubles, NDArray[np.bool_]]:
    """Scaled values, 0 where they are not known, and whether they are."""
    shape = (-1, *[1] * (values.ndim - 1))
    scaled = (values - scale.loc.reshape(shape)) / scale.spread.reshape(shape)
    known = np.isfinite(scaled)
    return np.where(known, scaled, 0.0).clip(-FARTHEST, FARTHEST), known


def _tensor(values: NDArray[np.generic]) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values, np.float32))
