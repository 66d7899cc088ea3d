"""Global trees: `presage-lightgbm`."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...data import DEFAULT_TRAINING, Floats, Training
from ...settings import setting
from ..panel import Doubles, Panel
from ..seasons import season_of
from .features import BASES, categorical, rows_at, scaled
from .model import LEVELS, TreesModel

if TYPE_CHECKING:
    from lightgbm import Booster

MOST_SERIES = 5_000
"""Of more series about so many, evenly spread in their order, are learned from."""
CHUNK = 20
"""Trees between two looks at the clock."""
INTERMITTENT = 0.35
"""From this share of zeros on series are learned as ratios, by Tweedie deviance."""


@dataclass(frozen=True, kw_only=True)
class LightGbm:
    """Trees learned from all series together: each quantile of each step ahead directly.

    Parameters
    ----------
    base : what the distance is learned from: a series' `level` over two seasons, its `latest` season's mean
        (the last value where there is no season), its latest `season` as it went, or what `smoothing`
        forecasts, which costs most. Intermittent series are always learned as shares of their level
    n_trees, n_leaves, learning_rate, least_in_leaf : of each level's trees
    n_rows : so many rows, one a series, origin and step, are learned from at most, drawn at random
    n_origins : from so many of the latest origins
    """

    base: str = setting("season", choices=BASES)
    n_trees: int = setting(150, low=10, high=5000, tunable=True, log=True)
    n_leaves: int = setting(31, low=2, high=1024, tunable=True, log=True)
    learning_rate: float = setting(0.06, low=0.001, high=1.0, tunable=True, log=True)
    least_in_leaf: int = setting(40, low=1, high=10_000, tunable=True, log=True)
    n_rows: int = setting(150_000, low=1000, high=20_000_000)
    n_origins: int = setting(60, low=1, high=1000)

    def fit(self, panel: Panel, horizon: int, training: Training = DEFAULT_TRAINING) -> TreesModel:
        """Learn; a panel with too few values leaves a model without trees."""
        order = _canonical(panel)
        panel = panel.take(order[:: max(1, -(-len(order) // MOST_SERIES))])
        is_ratio = share_of_zeros(panel.target) > INTERMITTENT
        base = "level" if is_ratio else self.base
        rows, target = self._examples(panel, horizon, training.seed, is_ratio=is_ratio, base=base)
        boosters: dict[str, Booster] = {}
        if len(rows) >= 4 * self.least_in_leaf:
            features = categorical(panel, rows.shape[1])
            objectives = _objectives(is_ratio)
            for number, (name, objective) in enumerate(objectives.items()):
                part = training.part(number / len(objectives), (number + 1) / len(objectives))
                boosters[name] = self._boosted(rows, target, features, objective, part)
        return TreesModel(boosters=boosters, horizon=horizon, is_ratio=is_ratio, base=base)

    def _examples(
        self, panel: Panel, horizon: int, seed: int, *, is_ratio: bool, base: str
    ) -> tuple[Floats, Doubles]:
        """(n_rows, n_features) and (n_rows,): what is seen, and what came."""
        rng = np.random.default_rng(seed)
        origins = list(_origins(panel, horizon, self.n_origins))
        most = max(1, self.n_rows // max(1, len(origins)))
        rows, target = [np.zeros((0, 1), np.float32)], [np.zeros(0)]
        for number, origin in enumerate(origins):
            found, came = _at(panel, origin, horizon, is_ratio=is_ratio, base=base)
            known = np.flatnonzero(np.isfinite(came))
            chosen = known if len(known) <= most else np.sort(rng.choice(known, most, replace=False))
            if not number:
                rows = []
            rows.append(found[chosen])
            target.append(came[chosen])
        return np.concatenate(rows), np.concatenate(target)

    def _boosted(
        self,
        rows: Floats,
        target: Doubles,
        features: list[int],
        objective: dict[str, Any],
        training: Training,
    ) -> "Booster":
        """Trees for one objective, as many as the deadline lets."""
        import lightgbm  # noqa: PLC0415, slow to import

        settings = {
            "num_leaves": self.n_leaves,
            "learning_rate": self.learning_rate,
            "min_data_in_leaf": self.least_in_leaf,
            "feature_fraction": 0.7,
            "bagging_fraction": 0.7,
            "bagging_freq": 1,
            "lambda_l2": 1.0,
            "max_cat_to_onehot": 8,
            "cat_smooth": 20.0,
            "seed": training.seed,
            "deterministic": True,
            "force_row_wise": True,
            "num_threads": 1,  # others use the other cores; threads that wait for each other burn time
            "verbosity": -1,
        }
        data = lightgbm.Dataset(rows, target, categorical_feature=features, params={"verbosity": -1})

        def watch(told: Any) -> None:
            training.report(f"{objective['objective']} trees", told.iteration / self.n_trees)
            if training.is_over:
                raise lightgbm.callback.EarlyStopException(told.iteration, [])

        return lightgbm.train(settings | objective, data, self.n_trees, callbacks=[watch])


def _objectives(is_ratio: bool) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {
        str(level): {"objective": "quantile", "alpha": level} for level in LEVELS
    }
    if is_ratio:
        found["mean"] = {"objective": "tweedie", "tweedie_variance_power": 1.2}
    return found


def share_of_zeros(target: Doubles) -> float:
    """Of all known values; 0 where some are negative."""
    known = target[np.isfinite(target)]
    return float((known == 0).mean()) if len(known) and known.min() >= 0 else 0.0


def _origins(panel: Panel, horizon: int, n: int) -> Iterator[int]:
    """The latest origins with a whole horizon after them, spread over at most two thirds of the history."""
    last, first = panel.n_steps - horizon, max(2, panel.n_steps // 3)
    if last < first:
        first = max(1, last)
    if last >= 1:
        yield from np.unique(np.linspace(first, last, min(n, last - first + 1)).round().astype(int)).tolist()


def _at(panel: Panel, origin: int, horizon: int, *, is_ratio: bool, base: str) -> tuple[Floats, Doubles]:
    """All series and steps from one origin on, as rows."""
    place = scaled(panel.target[:, :origin], season_of(panel.frequency), is_ratio=is_ratio)
    rows, from_here = rows_at(panel, origin, horizon, place, base)
    came = (panel.target[:, origin : origin + horizon] - place.base[:, None]) / place.scale[:, None]
    return rows.reshape(-1, rows.shape[2]), (came - from_here).ravel()


def _canonical(panel: Panel) -> np.ndarray:
    """An order of the series that does not depend on the order in which they came."""
    first = np.nan_to_num(panel.target, nan=-1.0)
    return np.lexsort((first.sum(axis=1), *first[:, -3:].T))
