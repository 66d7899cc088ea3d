"""The automatic predictor at work."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ...data import DEFAULT_TRAINING, State, Training
from ..known import by_rows, known_mean
from ..members import load_member
from ..panel import Doubles, Forecast, ForecastModel, Panel, unknown
from ..states import of_one, side_by_side
from ..tidy import tidy
from .combine import AT_ONCE, Combination
from .pool import GRID


def size_of(target: Doubles) -> Doubles:
    """(n_series,): the mean absolute value of each series, by which it is in a group; 0 without a history."""
    return by_rows(lambda some: known_mean(np.abs(some), empty=0.0), target)


def combined(
    combination: Combination, forecasts: Mapping[str, Forecast], size: Doubles, levels: Sequence[float]
) -> Forecast:
    """One forecast from the members', of some series at a time, which takes little memory."""
    n, horizon = next(iter(forecasts.values())).mean.shape
    found = unknown(n, horizon, levels)
    for start in range(0, n, AT_ONCE):
        rows = slice(start, start + AT_ONCE)
        part = {name: one.take(rows) for name, one in forecasts.items()}
        one = combination.combine(part, size[rows], levels)
        found.quantiles[rows], found.mean[rows] = one.quantiles, one.mean
    return found


@dataclass(frozen=True, kw_only=True)
class AutoModel:
    """Members, each fitted to everything, and how they are combined."""

    members: Mapping[str, ForecastModel]
    combination: Combination

    def forecast(
        self, panel: Panel, levels: Sequence[float], training: Training = DEFAULT_TRAINING
    ) -> Forecast:
        """The steps after the panel's last one."""
        n, asked = len(self.members), sorted({*GRID, *levels})
        forecasts = {
            name: model.forecast(panel, asked, training.part(place / n, (place + 1) / n))
            for place, (name, model) in enumerate(self.members.items())
        }
        found = combined(self.combination, forecasts, size_of(panel.target), asked)
        quantiles = found.quantiles[:, :, [asked.index(level) for level in levels]]
        return tidy(replace(found, quantiles=quantiles), panel, levels)

    def weights(self, panel: Panel) -> dict[str, Doubles]:
        """By member (n_series,): how much it counts for each series."""
        weight = self.combination.weights_of(size_of(panel.target))
        return {name: weight[:, place] for place, name in enumerate(self.combination.members)}

    def state(self) -> State:
        """Members' states side by side."""
        states = {name: model.state() for name, model in self.members.items()}
        arrays = side_by_side({name: own for name, (own, _) in states.items()})
        metas = {name: meta for name, (_, meta) in states.items()}
        return arrays, {"model": "auto", "members": metas, "combination": self.combination.state()}

    @classmethod
    def from_state(cls, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> Self:
        """The model that `state` described."""
        members = {name: load_member(of_one(arrays, name), own) for name, own in meta["members"].items()}
        return cls(members=members, combination=Combination.from_state(meta["combination"]))
