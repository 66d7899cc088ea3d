"""Trees at work: quantiles of every step ahead, from a booster for each of a few levels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from ...data import DEFAULT_TRAINING, State, Training
from ..normal import normal_scores
from ..panel import Doubles, Forecast, Panel
from ..seasons import season_of
from ..tidy import tidy
from .features import rows_at, scaled

if TYPE_CHECKING:
    from lightgbm import Booster

LEVELS = (0.03, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97)
"""What is learned; other levels lie between, by their normal scores."""
EVEN = tuple((k + 0.5) / 20 for k in range(20))
"""Levels whose quantiles have the mean as their average."""
AT_ONCE = 20_000
"""Series whose rows are made together."""


@dataclass(frozen=True, kw_only=True)
class TreesModel:
    """Boosters by level; the mean is that of the quantiles, of ratios a booster's own.

    Parameters
    ----------
    boosters : by `str(level)`, and `mean` if it is a ratio; empty if there was too little to learn from
    is_ratio : how series are scaled, as `features.scaled`
    base : what the distance was learned from, as `features.base_at`
    """

    boosters: Mapping[str, "Booster"]
    horizon: int
    is_ratio: bool
    base: str

    def forecast(
        self, panel: Panel, levels: Sequence[float], training: Training = DEFAULT_TRAINING
    ) -> Forecast:
        """The steps after the panel's last one; series without a history are left to `tidy`."""
        shape = (panel.n_series, self.horizon)
        quantiles, mean = np.full((*shape, len(levels)), np.nan), np.full(shape, np.nan)
        if self.boosters:
            for start in range(0, panel.n_series, AT_ONCE):
                part = np.arange(start, min(start + AT_ONCE, panel.n_series))
                quantiles[part], mean[part] = self._raw(panel.take(part), levels)
                training.report("trees", (part[-1] + 1) / panel.n_series)
        return tidy(Forecast(quantiles=quantiles, mean=mean), panel, levels)

    def _raw(self, panel: Panel, levels: Sequence[float]) -> tuple[Doubles, Doubles]:
        place = scaled(panel.target, season_of(panel.frequency), is_ratio=self.is_ratio)
        rows, base = rows_at(panel, panel.n_steps, self.horizon, place, self.base)
        flat = rows.reshape(-1, rows.shape[2])

        def of(name: str) -> Doubles:
            found = np.asarray(self.boosters[name].predict(flat, num_threads=1), float).reshape(
                rows.shape[:2]
            )
            return (found + base) * place.scale[:, None] + place.base[:, None]

        learned = np.sort(np.stack([of(str(level)) for level in LEVELS], axis=2), axis=2)
        middle = of("mean") if self.is_ratio else between(learned, LEVELS, EVEN).mean(axis=2)
        return between(learned, LEVELS, levels), middle

    def state(self) -> State:
        """The boosters as text."""
        arrays = {
            name: np.frombuffer(one.model_to_string().encode(), np.uint8)
            for name, one in self.boosters.items()
        }
        meta = {"horizon": self.horizon, "is_ratio": self.is_ratio, "base": self.base}
        return arrays, {"model": "trees", **meta}

    @classmethod
    def from_state(cls, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> Self:
        """The model that `state` described."""
        from lightgbm import Booster  # noqa: PLC0415, slow to import

        boosters = {name: Booster(model_str=bytes(text).decode()) for name, text in arrays.items()}
        return cls(
            boosters=boosters,
            horizon=int(meta["horizon"]),
            is_ratio=bool(meta["is_ratio"]),
            base=meta.get("base", "level"),
        )


def between(quantiles: Doubles, known: Sequence[float], levels: Sequence[float]) -> Doubles:
    """Quantiles at other levels: straight lines over the normal score, also beyond the outermost.

    Parameters
    ----------
    quantiles : (n_series, horizon, n_known), rising
    """
    score, asked = normal_scores(known), normal_scores(levels)
    right = np.clip(np.searchsorted(score, asked), 1, len(score) - 1)
    share = (asked - score[right - 1]) / (score[right] - score[right - 1])
    return quantiles[:, :, right - 1] * (1 - share) + quantiles[:, :, right] * share
