"""What the two recipes make of related series, attributes, holidays and settings."""

from dataclasses import replace

import numpy as np
import pytest

from presage.recipes import FORECASTING
from presage.recipes.data import Training
from presage.recipes.forecasting.local import LocalModel
from presage.recipes.settings import parse_settings

from ..panels import awkward, panel_of, seasonal
from .worlds import HORIZON, N_SERIES, branded, promoted

LEVELS = (0.1, 0.5, 0.9)
GROUP = "algorithmHyperParameters"
QUICK = {
    "CNN-QR": {"epochs": 16, "context_length": 10},
    "Deep_AR_Plus": {"epochs": 16, "context_length": 4, "learning_rate": 1e-2, "num_layers": 1},
}


def error(name, is_known_ahead):
    """The mean absolute percentage error of the medians where promotions tell what comes."""
    panel, actual = promoted(is_known_ahead=is_known_ahead)
    model = FORECASTING[name](**QUICK[name]).fit(panel, HORIZON)
    return np.mean(np.abs(model.forecast(panel, LEVELS).quantiles[..., 1] / actual - 1))


@pytest.mark.parametrize("name", QUICK)
def test_related_series_that_are_known_ahead_are_used(name):
    assert error(name, is_known_ahead=True) < 0.6 * error(name, is_known_ahead=False)


@pytest.mark.parametrize(
    ("use", "ahead", "past"),
    [("ALL", 1, 1), ("FORWARD_LOOKING", 1, 0), ("HISTORICAL", 0, 1), ("NONE", 0, 0)],
)
def test_cnn_qr_reads_the_related_series_that_it_is_told_to(use, ahead, past):
    model = FORECASTING["CNN-QR"](epochs=1, use_related_data=use).fit(awkward(), 3)
    assert (len(model.spec.known), len(model.spec.shared), len(model.spec.past)) == (ahead, ahead, past)


def test_deep_ar_reads_no_related_series_that_is_not_known_ahead():
    model = FORECASTING["Deep_AR_Plus"](epochs=1, least_observations=0).fit(awkward(), 3)
    assert [column.name for column in model.spec.known] == ["price"]
    assert not model.spec.past


@pytest.mark.parametrize("name", QUICK)
def test_holidays_are_used(name):
    holiday = (np.arange(66) % 7 < 2).astype(np.float32)
    values = np.array([[10.0], [50.0], [90.0]] * 3) * (1 + holiday[None])
    panel = panel_of(values[:, :60], "Y", n_ahead=6, shared={"holiday": holiday})
    model = FORECASTING[name](**QUICK[name]).fit(panel, 6)
    found = model.forecast(panel, LEVELS).quantiles[..., 1] / values[:, 60:]
    assert np.mean(np.abs(found - 1)) < 0.15


@pytest.mark.parametrize("name", QUICK)
def test_a_series_without_history_is_forecast_as_those_that_share_its_attributes(name):
    model = FORECASTING[name](**QUICK[name] | {"epochs": 10}).fit(branded(), HORIZON)
    found = model.forecast(branded(), LEVELS).quantiles
    low, high = found[N_SERIES // 2 - 1], found[-1]
    assert (low > 2).all()
    assert (low < 40).all()
    assert (high > 200).all()
    assert (high < 4000).all()


def test_cnn_qr_reads_no_attributes_if_it_is_told_so():
    model = FORECASTING["CNN-QR"](epochs=1, use_item_metadata="NONE").fit(branded(), HORIZON)
    assert not model.spec.attributes


@pytest.mark.parametrize("name", QUICK)
def test_a_forecast_does_not_depend_on_the_other_series(name):
    panel = panel_of(seasonal(5, 70))
    model = FORECASTING[name](epochs=1).fit(panel, 3)
    few, seed = np.array([3, 1]), Training(seed=7)
    alone = model.forecast(panel.take(few), LEVELS, seed).quantiles
    np.testing.assert_allclose(alone, model.forecast(panel, LEVELS, seed).quantiles[few], rtol=1e-4)


@pytest.mark.parametrize("likelihood", ["beta", "deterministic-L1", "gaussian", "negative-binomial"])
def test_deep_ar_learns_every_likelihood(likelihood):
    shares = np.round(100 + seasonal(5, 70)) / (1000 if likelihood == "beta" else 1)
    panel = panel_of(shares)
    settings = parse_settings(FORECASTING["Deep_AR_Plus"], {"likelihood": likelihood, "epochs": "8"}, GROUP)
    found = FORECASTING["Deep_AR_Plus"](**settings).fit(panel, 3).forecast(panel, LEVELS)
    level = shares.mean(axis=1)
    assert (np.abs(found.quantiles[:, :, 1].mean(axis=1) / level - 1) < 0.5).all()
    width = found.quantiles[..., 2] - found.quantiles[..., 0]
    assert (width == 0).all() if likelihood == "deterministic-L1" else (width > 0).all()


def test_deep_ar_says_how_many_observations_it_needs():
    with pytest.raises(ValueError, match="have 210 observations in all; Deep_AR_Plus needs at least 300"):
        FORECASTING["Deep_AR_Plus"]().fit(panel_of(seasonal(3, 70)), 3)


@pytest.mark.parametrize(
    ("likelihood", "value", "text"),
    [
        ("beta", 1.5, "1.5; likelihood beta needs"),
        ("negative-binomial", -2.0, "-2; likelihood negative-binomial"),
    ],
)
def test_values_that_a_likelihood_cannot_have_are_named(likelihood, value, text):
    target = np.full((5, 70), 0.5)
    target[2, 3] = value
    with pytest.raises(ValueError, match=text):
        FORECASTING["Deep_AR_Plus"](likelihood=likelihood).fit(panel_of(target), 3)


@pytest.mark.parametrize(
    ("name", "setting", "value"),
    [
        ("CNN-QR", "use_related_data", "SOME"),
        ("CNN-QR", "epochs", "0"),
        ("Deep_AR_Plus", "num_cells", "101"),
        ("Deep_AR_Plus", "likelihood", "normal"),
        ("Deep_AR_Plus", "learning_rate", "0.5"),
        ("Deep_AR_Plus", "least_observations", "3"),
    ],
)
def test_settings_outside_of_awss_ranges_are_named(name, setting, value):
    with pytest.raises(ValueError, match=setting):
        parse_settings(FORECASTING[name], {setting: value}, GROUP)


@pytest.mark.parametrize(
    ("asked", "n_steps", "context"),
    [(0, 400, 168), (3, 400, 10), (900, 700, 500), (0, 40, 40), (30, 400, 30)],
)
def test_the_context_of_cnn_qr_is_brought_within_bounds(asked, n_steps, context):
    panel = panel_of(np.ones((1, n_steps)), "H")
    assert FORECASTING["CNN-QR"](context_length=asked).context_of(panel, 24) == context


def test_a_context_does_not_cover_a_year_of_days_by_default():
    assert FORECASTING["CNN-QR"]().context_of(panel_of(np.ones((1, 900))), 24) == 48


def test_a_panel_without_values_has_no_network():
    assert isinstance(FORECASTING["CNN-QR"]().fit(panel_of(np.full((2, 12), np.nan)), 3), LocalModel)


@pytest.mark.parametrize("name", QUICK)
def test_missing_values_are_neither_learned_nor_read_as_0(name):
    panel = panel_of(seasonal(5, 100))
    gaps = panel.target.copy()
    gaps[np.random.default_rng(0).random(gaps.shape) < 0.3] = np.nan
    panel = replace(panel, target=gaps)
    found = FORECASTING[name](**QUICK[name] | {"epochs": 15}).fit(panel, 3).forecast(panel, LEVELS)
    level = np.nanmean(gaps, axis=1)
    assert (np.abs(found.mean.mean(axis=1) / level - 1) < 0.5).all()


def test_an_ensemble_reads_contexts_of_several_lengths_and_answers_their_mean():
    panel = panel_of(np.random.default_rng(1).normal(10, 1, (4, 80)))
    ensemble = FORECASTING["presage-deep-ensemble"](n_networks=4, epochs=1).fit(panel, 6)
    assert [network.shape["context"] for network in ensemble.networks] == [12, 24, 36, 12]
    parts = [network.forecast(panel, (0.1, 0.5)) for network in ensemble.networks]
    assert not np.array_equal(parts[0].quantiles, parts[3].quantiles)
    found = ensemble.forecast(panel, (0.1, 0.5))
    np.testing.assert_allclose(found.quantiles, np.mean([one.quantiles for one in parts], axis=0))


def test_the_mean_of_an_ensemble_is_that_of_its_quantiles():
    counts = np.random.default_rng(2).poisson(0.3, (60, 80)) * 5.0
    found = (
        FORECASTING["presage-deep-ensemble"](epochs=4)
        .fit(panel_of(counts), 6)
        .forecast(panel_of(counts), (0.5,))
    )
    assert found.quantiles.mean() < 0.3
    assert 0.5 < found.mean.mean() < 2.5
