"""Recipes that fit each series by itself, whenever it is forecast: their model is their settings.

Series are forecast in chunks, each of which needs nothing but itself: (a chunk's arrays) -> arrays. Where
chunks begin does not depend on who works on them, so that the forecast is the same wherever that is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol, Self

from numpy.typing import NDArray

from ..data import DEFAULT_TRAINING, State, Training
from .panel import Forecast, Panel, unknown
from .tidy import tidy

A_FEW = 4
"""Series that are forecast together where each is fitted by itself."""


class LocalRecipe(Protocol):
    """A frozen dataclass of settings that forecasts a panel series by series."""

    def at_once(self, panel: Panel, horizon: int) -> int:
        """How many series are a chunk: so many that they are quick together and take little memory."""
        ...

    def predict(self, panel: Panel, horizon: int, levels: Sequence[float], training: Training) -> Forecast:
        """The steps after the last one of a chunk of series; those that it cannot forecast are left NaN."""
        ...


@dataclass(frozen=True, kw_only=True)
class Local:
    """What such recipes share: fitting only keeps the horizon."""

    def at_once(self, panel: Panel, horizon: int) -> int:  # noqa: ARG002
        """A few series, which may take seconds each."""
        return A_FEW

    def fit(self, panel: Panel, horizon: int, training: Training = DEFAULT_TRAINING) -> "LocalModel":  # noqa: ARG002
        """The settings as a model."""
        return LocalModel(recipe=self, horizon=horizon)  # pyright: ignore[reportArgumentType]


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """Some series, and all that forecasting them takes."""

    recipe: LocalRecipe
    panel: Panel
    horizon: int
    levels: Sequence[float]
    training: Training


def forecast_chunk(chunk: Chunk) -> Forecast:
    """The steps after the last one of each series; NaN once time is over, or where it cannot."""
    if chunk.training.is_over:
        return unknown(chunk.panel.n_series, chunk.horizon, chunk.levels)
    return chunk.recipe.predict(chunk.panel, chunk.horizon, chunk.levels, chunk.training)


@dataclass(frozen=True, kw_only=True)
class LocalModel:
    """A recipe and a horizon."""

    recipe: LocalRecipe
    horizon: int

    def forecast(
        self, panel: Panel, levels: Sequence[float], training: Training = DEFAULT_TRAINING
    ) -> Forecast:
        """The steps after the panel's last one, each series fitted anew."""
        n, size = panel.n_series, self.recipe.at_once(panel, self.horizon)
        elsewhere = training.elsewhere()
        chunks = (
            Chunk(
                recipe=self.recipe,
                panel=panel.take(slice(start, start + size)),
                horizon=self.horizon,
                levels=levels,
                training=elsewhere,
            )
            for start in range(0, n, size)
        )
        found = unknown(n, self.horizon, levels)
        for number, one in enumerate(training.run(forecast_chunk, chunks)):
            rows = slice(number * size, (number + 1) * size)
            found.quantiles[rows], found.mean[rows] = one.quantiles, one.mean
            done = min(rows.stop, n)
            training.report(f"{done} of {n} series", done / n)
        return tidy(found, panel, levels)

    def state(self) -> State:
        """Name, settings and horizon; no arrays."""
        from .members import name_of  # noqa: PLC0415, members know this module

        settings = asdict(self.recipe)  # pyright: ignore[reportArgumentType]
        name = name_of(type(self.recipe))
        return {}, {"model": "local", "recipe": name, "settings": settings, "horizon": self.horizon}

    @classmethod
    def from_state(cls, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> Self:  # noqa: ARG003
        """The model that `state` described."""
        from .members import MEMBERS  # noqa: PLC0415, see `state`

        return cls(recipe=MEMBERS[meta["recipe"]](**meta["settings"]), horizon=int(meta["horizon"]))
