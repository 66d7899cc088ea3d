"""The seam for another family: a toy of forecasting stands on the same task, judge and search as ranking."""

from dataclasses import dataclass

import numpy as np

from presage.recipes.data import Training
from presage.trials.search import choose
from presage.trials.space import Candidate, Range, Space
from presage.trials.task import Criterion, Split, evaluate

HORIZON = 5
SERIES = np.concatenate([np.zeros(40), np.full(20, 10.0)])


@dataclass(frozen=True)
class Mean:
    """Forecast the mean of the last values for ever."""

    window: int

    def fit(self, series, training):
        training.report("averaging", 1.0)
        return float(np.mean(series[-self.window :]))


class Backtests:
    """Two windows of a series, judged by the mean absolute error, the smaller the better."""

    criterion = Criterion(metric="MAE", direction="minimize")

    def splits(self, data, seed):
        ends = (len(data) - 2 * HORIZON, len(data) - HORIZON)
        return [Split(training=data[:end], cases=data[end : end + HORIZON]) for end in ends]

    def score(self, model, split):
        return {"MAE": float(np.abs(split.cases - model).mean()), "bias": float((model - split.cases).mean())}


def make(candidate):
    return Mean(**candidate.settings)


def test_a_recipe_is_fitted_and_judged_once_a_window():
    reported = []
    task, training = Backtests(), Training(report=lambda step, fraction: reported.append(fraction))
    model, figures = evaluate(task, Mean(20), task.splits(SERIES, 0), training)
    assert model == 7.5  # of the last window: 5 zeros and 15 tens
    assert figures == {"MAE": (5.0 + 2.5) / 2, "bias": -(5.0 + 2.5) / 2}
    assert reported == [0.5, 1.0]


def test_the_search_minimises_what_the_task_says():
    first = Candidate(recipe="mean", settings={"window": 40})
    space = Space(first=first, ranges={"window": Range(low=1, high=40, whole=True)})
    best, trials = choose(Backtests(), make, SERIES, Training(), spaces=[space], n_trials=12)
    inner = [trial for trial in trials if trial.settings == dict(best.settings)]
    assert inner[0].score == min(trial.score for trial in trials)
    assert best.settings["window"] <= 10  # the level moved 20 values ago
    assert trials[0].score == (7.5 + 6.25) / 2
