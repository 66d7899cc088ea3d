"""Which recipes an automatic predictor combines, by what the data are like."""

from dataclasses import replace

import numpy as np

from ..deep.ensemble import DeepEnsemble
from ..ets import Ets
from ..mstl import Mstl
from ..npts import Npts
from ..panel import ForecastRecipe, Panel
from ..seasonal_naive import SeasonalNaive
from ..seasons import long_seasons, season_of
from ..smoothing import MOST, Smoothing
from ..theta import Theta
from ..trees.recipe import INTERMITTENT, LightGbm, share_of_zeros

SMOOTHED, N_ORIGINS = 500_000, 40
"""Up to so many values are smoothed from so many origins, for trees to learn the distance from it."""
LEAST_FOR_TREES = 300
"""Known values that trees need."""
LEAST_FOR_NETWORKS = 20_000
"""Known values that networks need."""
FEW, MANY = 50, 2000
"""Up to so many series ETS is tried too; from so many on theta is not."""
DAY = 24
"""From a season of so many steps on, methods of a single season are left out."""


def candidates(panel: Panel, horizon: int, *, is_quick: bool) -> dict[str, ForecastRecipe]:
    """By name, the cheapest first.

    Intermittent series: NPTS, smoothing and trees. Seasons of 24 steps and more: the last day, the last week,
    several seasons taken out, and trees. Others: the last season, smoothing, seasons taken out, theta and
    trees. Few series: ETS. Many values: networks, but for intermittent series. Trees need 300 values and a
    history of three horizons, and are learned from several bases: the last season as it went, its mean, and
    what smoothing forecasts.
    """
    season = season_of(panel.frequency)
    found: dict[str, ForecastRecipe] = {}
    if share_of_zeros(panel.target) > INTERMITTENT:
        found |= {"NPTS": Npts(use_seasonal_model=False), "presage-smoothing": Smoothing()}
    elif season >= DAY:
        found |= {"presage-seasonal-naive": SeasonalNaive(), "presage-mstl": Mstl()}
        found |= {
            "presage-seasonal-naive-week": SeasonalNaive(season_length=long_seasons(panel.frequency)[-1])
        }
    else:
        found |= {"presage-seasonal-naive": SeasonalNaive()} if season > 1 else {}
        found |= {"presage-smoothing": Smoothing(), "presage-mstl": Mstl()}
        found |= {"presage-theta": Theta()} if panel.n_series < MANY and not is_quick else {}
        found |= {"ETS": Ets()} if panel.n_series <= FEW and not is_quick else {}
    if np.isfinite(panel.target).sum() >= LEAST_FOR_TREES and panel.n_steps >= 3 * horizon:
        trees = QUICK_TREES if is_quick else LightGbm()
        found["presage-lightgbm"] = trees
        if "NPTS" not in found and not is_quick:
            found |= _further_trees(panel, season, trees)
    if "NPTS" not in found and not is_quick and np.isfinite(panel.target).sum() >= LEAST_FOR_NETWORKS:
        found["presage-deep-ensemble"] = DeepEnsemble()
    return found


def _further_trees(panel: Panel, season: int, trees: LightGbm) -> dict[str, ForecastRecipe]:
    """The same learned from other bases."""
    found: dict[str, ForecastRecipe] = {}
    if season > 1:
        found["presage-lightgbm-latest"] = replace(trees, base="latest")
    if season < DAY and panel.n_series * min(panel.n_steps, MOST) <= SMOOTHED:
        found["presage-lightgbm-smoothing"] = replace(trees, base="smoothing", n_origins=N_ORIGINS)
    return found


QUICK_TREES = LightGbm(n_trees=60, learning_rate=0.12, n_rows=40_000)
