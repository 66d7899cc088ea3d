"""How trending items are judged: as other rankings are, and by whether what they show did grow."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from presage.metrics import top_k
from presage.metrics.ranking import DEPTH
from presage.recipes.data import History, Interactions, Query, RankingModel
from presage.recipes.ranking.selection import keep_events
from presage.recipes.ranking.trending import growth_at

from .ranking import HeldOut, RankingTask
from .task import Split

NOBODY = History(item=np.zeros(0, np.int32), time=np.zeros(0, np.int64))


@dataclass(frozen=True, kw_only=True)
class Grown(HeldOut):
    """What ranking models are asked, and what happened after the training.

    Parameters
    ----------
    growth : (n_items,), in the interval that was held out
    """

    growth: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class TrendTask(RankingTask):
    """The task of ranking recipes, and the last interval of the data held out.

    Parameters
    ----------
    seconds : the length of an interval
    """

    seconds: int

    def splits(self, data: Interactions, seed: int) -> Sequence[Split[Interactions, HeldOut]]:
        """One split by users and by time; ValueError if there are too few users."""
        [split] = super().splits(data, seed)
        newest = int(data.time.max())
        training = keep_events(split.training, split.training.time <= newest - self.seconds)
        cases = Grown(**vars(split.cases), growth=growth_at(data, newest, self.seconds))
        return [replace(split, training=training, cases=cases)]

    def score(self, model: RankingModel, split: Split[Interactions, HeldOut]) -> dict[str, float]:
        """GetSolutionMetrics' figures, `trend_prediction_accuracy` among them."""
        figures = super().score(model, split)
        assert isinstance(split.cases, Grown)
        growth = split.cases.growth
        shown = top_k(model.score(model.represent(model.read([NOBODY]), [Query()]))[0], DEPTH)
        best = growth[top_k(growth, DEPTH)].sum()
        accuracy = growth[shown].sum() / best if best > 0 else 0.0
        return {**figures, "trend_prediction_accuracy": round(float(accuracy), 4)}
