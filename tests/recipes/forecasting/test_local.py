"""Series are forecast in chunks that need nothing of each other, wherever that is done."""

import pickle

import numpy as np
import pytest

from presage.recipes.data import Training
from presage.recipes.forecasting.local import LocalModel, forecast_chunk
from presage.recipes.forecasting.mstl import Mstl
from presage.recipes.forecasting.npts import Npts
from presage.recipes.forecasting.seasonal_naive import SeasonalNaive
from presage.recipes.forecasting.smoothing import Smoothing
from presage.recipes.forecasting.theta import Theta
from presage.recipes.forecasting.tidy import fallback

from .panels import awkward, panel_of, seasonal

LEVELS = (0.1, 0.5, 0.9)


def over_there(function, parts):
    """A `Run` that sends parts and results as other processes get them, and works on the last part first."""
    sent = [pickle.loads(pickle.dumps((function, part))) for part in parts]
    found = [pickle.dumps(function(part)) for function, part in reversed(sent)]
    return map(pickle.loads, reversed(found))


@pytest.mark.parametrize("recipe", [Npts(), Smoothing(), Mstl(), Theta()], ids=lambda one: type(one).__name__)
def test_chunks_forecast_what_all_series_together_would(recipe, monkeypatch):
    panel, model = awkward(), LocalModel(recipe=recipe, horizon=3)
    monkeypatch.setattr(type(recipe), "at_once", lambda *_: panel.n_series)
    whole = model.forecast(panel, LEVELS)
    monkeypatch.setattr(type(recipe), "at_once", lambda *_: 3)
    chunks = model.forecast(panel, LEVELS, Training(run=over_there))
    np.testing.assert_allclose(chunks.quantiles, whole.quantiles, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(chunks.mean, whole.mean, rtol=1e-9, atol=1e-9)


def test_it_tells_how_many_series_are_done(monkeypatch):
    monkeypatch.setattr(Npts, "at_once", lambda *_: 4)
    told = []
    model = LocalModel(recipe=Npts(), horizon=3)
    model.forecast(panel_of(seasonal(10)), LEVELS, Training(report=lambda *one: told.append(one)))
    assert told == [("4 of 10 series", 0.4), ("8 of 10 series", 0.8), ("10 of 10 series", 1.0)]


def test_chunks_after_the_deadline_fall_back(monkeypatch):
    monkeypatch.setattr(Npts, "at_once", lambda *_: 4)
    panel, known = panel_of(seasonal(10)), []

    def until_over(function, parts):
        """The deadline passes after the first chunk."""
        for part in parts:
            known.append(part)
            yield function(part if len(known) == 1 else over(part))

    def over(part):
        return type(part)(**{**vars(part), "training": Training(deadline=0.0)})

    model = LocalModel(recipe=Npts(), horizon=3)
    found = model.forecast(panel, LEVELS, Training(run=until_over))
    expected = fallback(panel, 3, LEVELS, np.arange(4, 10))
    np.testing.assert_allclose(found.mean[4:], np.maximum(expected.mean, 0))
    np.testing.assert_allclose(found.mean[:4], forecast_chunk(known[0]).mean)


def test_short_series_borrow_their_spread_within_their_chunk():
    target = seasonal(6)
    target[1, :-1] = np.nan
    found = LocalModel(recipe=SeasonalNaive(), horizon=2).forecast(panel_of(target), LEVELS)
    assert (np.diff(found.quantiles[1]) > 0).all()
