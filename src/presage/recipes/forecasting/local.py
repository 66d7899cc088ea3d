"""Recipes that fit each series by itself, whenever it is forecast: their model is their settings."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol, Self

from numpy.typing import NDArray

from ..data import DEFAULT_TRAINING, State, Training
from .panel import Forecast, Panel
from .tidy import tidy


class LocalRecipe(Protocol):
    """A frozen dataclass of settings that forecasts a panel series by series."""

    def predict(self, panel: Panel, horizon: int, levels: Sequence[float], training: Training) -> Forecast:
        """The steps after the last one; series that it cannot forecast are left NaN."""
        ...


@dataclass(frozen=True, kw_only=True)
class Local:
    """What such recipes share: fitting only keeps the horizon."""

    def fit(self, panel: Panel, horizon: int, training: Training = DEFAULT_TRAINING) -> "LocalModel":  # noqa: ARG002
        """The settings as a model."""
        return LocalModel(recipe=self, horizon=horizon)  # pyright: ignore[reportArgumentType]


@dataclass(frozen=True, kw_only=True)
class LocalModel:
    """A recipe and a horizon."""

    recipe: LocalRecipe
    horizon: int

    def forecast(
        self, panel: Panel, levels: Sequence[float], training: Training = DEFAULT_TRAINING
    ) -> Forecast:
        """The steps after the panel's last one, each series fitted anew."""
        return tidy(self.recipe.predict(panel, self.horizon, levels, training), panel, levels)

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
