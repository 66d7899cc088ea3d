"""What forecasting recipes are given and what they give back: arrays in, arrays out, no I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any, Protocol, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..data import DEFAULT_TRAINING, Floats, Ints, State, Training
from .frequency import Frequency, Instants

Doubles: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Related:
    """A series beside each target series, such as a price.

    Parameters
    ----------
    values : (n_series, n_steps + n_ahead) if it is known ahead, else (n_series, n_steps); NaN = not known
    is_known_ahead : whether its values of the steps to be forecast are known
    """

    values: Floats
    is_known_ahead: bool


@dataclass(frozen=True, kw_only=True)
class Attribute:
    """What does not change about a series, such as its brand.

    Parameters
    ----------
    code : (n_series,), each in 0 to n_values - 1; -1 = not known
    """

    code: Ints
    n_values: int


@dataclass(frozen=True, kw_only=True)
class Panel:
    """Many series on one grid of steps. Forecasts begin at the step after the last one, for all together.

    Parameters
    ----------
    target : (n_series, n_steps), NaN where nothing is known: before a series begins, in gaps that were not
        filled, and all along for a series without a history
    first : when the first step begins
    n_ahead : how many steps after the last one related series and holidays reach
    related : by name
    shared : by name, (n_steps + n_ahead,): what is the same for all series and known ahead, such as holidays
    attributes : by name
    """

    target: Doubles
    first: np.datetime64
    frequency: Frequency
    n_ahead: int = 0
    related: Mapping[str, Related] = field(default_factory=dict[str, Related])
    shared: Mapping[str, Floats] = field(default_factory=dict[str, Floats])
    attributes: Mapping[str, Attribute] = field(default_factory=dict[str, Attribute])

    @property
    def n_series(self) -> int:
        """How many series there are."""
        return self.target.shape[0]

    @property
    def n_steps(self) -> int:
        """How many steps of history there are."""
        return self.target.shape[1]

    @property
    def has_values(self) -> bool:
        """Whether anything is known of any series."""
        return bool(np.isfinite(self.target).any())

    def starts(self, n_ahead: int = 0) -> Instants:
        """(n_steps + n_ahead,): when each step begins."""
        return self.frequency.starts(self.first, self.n_steps + n_ahead)

    def until(self, n_steps: int) -> Self:
        """The panel as it was when only the first `n_steps` steps were known; what is known ahead stays."""
        related = {
            name: one if one.is_known_ahead else replace(one, values=one.values[:, :n_steps])
            for name, one in self.related.items()
        }
        later = self.n_steps - n_steps
        return replace(self, target=self.target[:, :n_steps], n_ahead=self.n_ahead + later, related=related)

    def digest(self) -> str:
        """A text that tells panels apart: of all that they hold."""
        named = {
            **{f"related {name} {one.is_known_ahead}": one.values for name, one in self.related.items()},
            **{f"shared {name}": values for name, values in self.shared.items()},
            **{f"attribute {name}": one.code for name, one in self.attributes.items()},
        }
        found = blake2b(repr((self.first, self.frequency, self.n_ahead)).encode(), digest_size=16)
        for name, array in {"target": self.target, **named}.items():
            found.update(f"{name} {array.shape}".encode())
            found.update(np.ascontiguousarray(array).data)
        return found.hexdigest()

    def take(self, rows: NDArray[np.integer] | slice) -> Self:
        """Some of the series, in the order of these rows; a slice of them shares their memory."""
        return replace(
            self,
            target=self.target[rows],
            related={name: replace(one, values=one.values[rows]) for name, one in self.related.items()},
            attributes={name: replace(one, code=one.code[rows]) for name, one in self.attributes.items()},
        )


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """What will be, for each series and step.

    Parameters
    ----------
    quantiles : (n_series, horizon, n_levels), not falling along the last axis
    mean : (n_series, horizon)
    """

    quantiles: Doubles
    mean: Doubles

    def take(self, rows: NDArray[np.integer] | slice) -> Self:
        """The forecast of some of the series, in the order of these rows."""
        return replace(self, quantiles=self.quantiles[rows], mean=self.mean[rows])


def unknown(n_series: int, horizon: int, levels: Sequence[float]) -> Forecast:
    """A forecast of nothing but NaN, to be filled."""
    return Forecast(
        quantiles=np.full((n_series, horizon, len(levels)), np.nan), mean=np.full((n_series, horizon), np.nan)
    )


class ForecastModel(Protocol):
    """A fitted model of a horizon. It forecasts any panel shaped as the one it learned from, also later."""

    def forecast(
        self, panel: Panel, levels: Sequence[float], training: Training = DEFAULT_TRAINING
    ) -> Forecast:
        """The steps after the panel's last one; finite for every series, also one without a history.

        Parameters
        ----------
        levels : of the quantiles, rising, each in (0, 1)
        training : seed, report and deadline of the work, which may be long where a model is fitted series
            by series
        """
        ...

    def state(self) -> State:
        """The model as arrays and JSON."""
        ...

    @classmethod
    def from_state(cls, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> Self:
        """The model that `state` described; the arrays may be memory-mapped and read-only."""
        ...


class ForecastRecipe(Protocol):
    """A recipe is its settings: a frozen dataclass whose `fit` makes a model."""

    def fit(self, panel: Panel, horizon: int, training: Training = DEFAULT_TRAINING) -> ForecastModel:
        """Learn to forecast so many steps; a recipe that fits each series anew only keeps its settings."""
        ...
