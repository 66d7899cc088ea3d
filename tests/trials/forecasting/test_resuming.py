"""A training that was killed goes on with what it had finished, and comes to the same end."""

from dataclasses import replace

import numpy as np
import pytest

from presage.recipes import FORECASTING
from presage.recipes.data import Training
from presage.trials.forecasting import predictor
from presage.trials.forecasting.plan import PredictorPlan
from presage.trials.forecasting.predictor import train_predictor

from ...recipes.forecasting.panels import panel_of, seasonal

AUTO = PredictorPlan(recipe="presage-auto", settings={"effort": "quick"}, horizon=4, n_windows=2)
BEST = PredictorPlan(recipe=None, horizon=4, n_windows=2)
FEW = ("NPTS", "presage-mstl", "presage-seasonal-naive", "presage-smoothing", "presage-auto")


class Killed(Exception):
    pass


class Remembering:
    """A `Keep` in memory, which kills the training after so many results."""

    def __init__(self, most=1000):
        self.known, self.made, self.most = {}, [], most

    def __call__(self, name, make):
        if name not in self.known:
            if len(self.known) == self.most:
                raise Killed
            self.known[name] = make()
            self.made.append(name)
        return self.known[name]


@pytest.mark.parametrize("plan", [AUTO, BEST], ids=["auto", "best"])
def test_what_was_finished_is_not_made_again_and_the_end_is_the_same(plan, monkeypatch):
    monkeypatch.setattr(predictor, "FORECASTING", {name: FORECASTING[name] for name in FEW})
    panel, undisturbed = panel_of(seasonal(8, 60)), Remembering()
    whole = train_predictor(panel, plan, Training(keep=undisturbed))
    keep = Remembering(most=5)
    with pytest.raises(Killed):
        train_predictor(panel, plan, Training(keep=keep))
    before, keep.most = list(keep.made), 1000
    resumed = train_predictor(panel, plan, Training(keep=keep))
    assert len(before) == 5
    assert len(keep.made) == len(set(keep.made)) > 5
    assert keep.made == undisturbed.made
    assert resumed.evaluations == whole.evaluations
    for one, other in zip(resumed.forecasts, whole.forecasts, strict=True):
        np.testing.assert_array_equal(one.quantiles, other.quantiles)
    found, expected = (one.model.forecast(panel, (0.1, 0.9)).quantiles for one in (resumed, whole))
    np.testing.assert_array_equal(found, expected)


def test_settings_and_windows_have_results_of_their_own():
    panel, keep = panel_of(seasonal(4, 60)), Remembering()
    for context in ("5", "9"):
        plan = replace(BEST, recipe="NPTS", settings={"context_length": context})
        train_predictor(panel, plan, Training(keep=keep))
    assert len(keep.made) == 4
