"""What a predictor asks for, parsed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from presage.metrics.forecasting import NAMES
from presage.recipes import FORECASTING
from presage.recipes.forecasting.panel import ForecastRecipe
from presage.recipes.settings import parse_settings

from ..hpo import TUNED
from ..space import Space


@dataclass(frozen=True, kw_only=True)
class Search:
    """A search for better settings of the plan's recipe, judged on the first backtest window.

    Parameters
    ----------
    space : the settings that may vary
    n_trials : at most so many are tried
    """

    space: Space
    n_trials: int = 10


@dataclass(frozen=True, kw_only=True)
class PredictorPlan:
    """How a predictor is trained and judged.

    Parameters
    ----------
    recipe : a key of FORECASTING; None = the best of all single recipes, by `metric`
    settings : of the recipe, as AWS's map of strings
    horizon : steps that are forecast, at least 1
    levels : of the quantiles that are judged, rising, each in (0, 1)
    n_windows, offset : of the backtest; offset 0 = the horizon
    metric : AWS's OptimizationMetric, a key of NAMES
    hpo : None = the settings stay as they are
    budget_s : wall seconds that the training may take, a wish: what is judged then counts; None = no limit
    """

    recipe: str | None
    horizon: int
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    levels: tuple[float, ...] = (0.1, 0.5, 0.9)
    n_windows: int = 1
    offset: int = 0
    metric: str = "AverageWeightedQuantileLoss"
    hpo: Search | None = None
    budget_s: float | None = None

    def __post_init__(self) -> None:
        _check(self.recipe is None or self.recipe in FORECASTING, "recipe", self.recipe, sorted(FORECASTING))
        _check(self.metric in NAMES, "metric", self.metric, sorted(NAMES))
        _check(self.horizon >= 1, "horizon", self.horizon, ["1 or more"])
        if self.recipe is None and self.settings:
            raise ValueError(f"settings are {dict(self.settings)}; without a recipe there are none")

    @property
    def gap(self) -> int:
        """Steps from the begin of a window to that of the next."""
        return self.offset or self.horizon


def _check(holds: bool, member: str, value: object, right: Sequence[str]) -> None:
    if not holds:
        raise ValueError(f"{member} is {value!r}; it must be one of: {', '.join(right)}")


def made(recipe: str, settings: Mapping[str, str]) -> ForecastRecipe:
    """A recipe with settings from a map of strings; raises ValueError naming what is wrong with them."""
    kind = FORECASTING[recipe]
    return kind(**parse_settings(kind, settings, TUNED))
