"""Shapley values of a forecast: those of an additive model are known, and they always add up."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from presage.recipes.forecasting.frequency import Frequency
from presage.recipes.forecasting.panel import Attribute, Forecast, Panel, Related
from presage.trials.forecasting.explaining import explain, features_of, normalised, together

N_STEPS, HORIZON = 5, 3


@dataclass(frozen=True)
class Sums:
    """Forecasts a weighted sum of the features of each step, and the product of two of them."""

    weights: dict
    product: tuple = ()

    def forecast(self, panel, levels, training):
        values = {name: one.values[:, N_STEPS:].astype(float) for name, one in panel.related.items()}
        values |= {
            name: np.repeat((one.code + 1.0)[:, None], HORIZON, axis=1)
            for name, one in panel.attributes.items()
        }
        values |= {name: np.tile(one[N_STEPS:], (panel.n_series, 1)) for name, one in panel.shared.items()}
        mean = sum(weight * values[name] for name, weight in self.weights.items())
        if self.product:
            mean = mean + values[self.product[0]] * values[self.product[1]]
        return Forecast(quantiles=mean[..., None], mean=mean)


def panel(n_related):
    rng = np.random.default_rng(0)
    return Panel(
        target=np.ones((2, N_STEPS)),
        first=np.datetime64("2024-01-01", "s"),
        frequency=Frequency.parse("D"),
        n_ahead=HORIZON,
        related={
            f"r{n}": Related(
                values=rng.normal(size=(2, N_STEPS + HORIZON)).astype(np.float32), is_known_ahead=True
            )
            for n in range(n_related)
        },
        shared={"Holiday_US": np.array([0, 0, 0, 0, 0, 0, 1, 0], np.float32)},
        attributes={"brand": Attribute(code=np.array([1, -1], np.int32), n_values=2)},
    )


@pytest.mark.parametrize("n_related", [1, 2, 5])
def test_in_a_sum_each_feature_adds_its_own_part(n_related):
    given = panel(n_related)
    weights = {name: 1.0 + place for place, name in enumerate(features_of(given))}
    found = explain(Sums(weights), given)
    assert found.features == (*given.related, "brand", "Holiday_US")
    for place, (name, weight) in enumerate(weights.items()):
        if name in given.related:
            values = given.related[name].values
            expected = weight * (values[:, N_STEPS:] - values.mean(axis=1, keepdims=True))
        elif name == "brand":
            expected = weight * np.array([[2.0], [0.0]])
        else:
            expected = weight * np.array([0.0, 1.0, 0.0])
        assert found.impact[:, :, place] == pytest.approx(np.broadcast_to(expected, (2, HORIZON)), abs=1e-5)


@pytest.mark.parametrize("n_related", [2, 6])
def test_all_together_are_what_all_of_them_change(n_related):
    given = panel(n_related)
    model = Sums({"r0": 2.0, "Holiday_US": 1.0}, product=("r0", "r1"))
    found = explain(model, given)
    whole = model.forecast(given, (), None).mean
    means = {name: given.related[name].values.mean(axis=1, keepdims=True) for name in ("r0", "r1")}
    nothing = 2.0 * means["r0"] + means["r0"] * means["r1"]
    assert found.impact.sum(axis=2) == pytest.approx(whole - nothing, abs=1e-5)


def test_two_that_act_together_share_alike():
    given = panel(2)
    equal = replace(given, related=dict.fromkeys(("r0", "r1"), given.related["r0"]))
    found = explain(Sums({}, product=("r0", "r1")), equal)
    assert found.impact[:, :, 0] == pytest.approx(found.impact[:, :, 1])


def test_what_pulls_both_ways_is_as_strong_as_its_mean_size():
    impact = np.array([[3.0, -1.0], [1.0, -1.0], [-1.0, 0.0]])
    assert together(impact, axis=0) == pytest.approx([5 / 3, -2 / 3])


def test_the_strongest_is_at_an_end_of_the_scale():
    assert normalised(np.array([2.0, -4.0])).tolist() == [0.5, -1.0]
    assert normalised(np.zeros(2)).tolist() == [0.0, 0.0]
