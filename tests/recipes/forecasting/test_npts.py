"""NPTS against its definition, worked out one chance at a time."""

import numpy as np
import pytest

from presage.recipes.data import Training
from presage.recipes.forecasting.frequency import Frequency
from presage.recipes.forecasting.npts import Npts, season_index

from .panels import panel_of

LEVELS = (0.1, 0.37, 0.5, 0.9)


def chances_by_hand(values, horizon, weight):
    """For each step ahead {index of the history: its chance}, by the definition; `weight(T, t)`."""
    n, found = len(values), []
    for step in range(n, n + horizon):
        chance = {t: 0.0 for t in range(n) if np.isfinite(values[t])}
        for t in chance:
            chance[t] += weight(step, t)
        for ahead, before in enumerate(found):
            for t in chance:
                chance[t] += weight(step, n + ahead) * before[t]
        total = sum(chance.values())
        found.append({t: c / total if total else 1 / len(chance) for t, c in chance.items()})
    return found


def quantile_by_hand(values, chance, level):
    total = 0.0
    for t in sorted(chance, key=lambda t: values[t]):
        total += chance[t]
        if total >= level - 1e-12:
            return values[t]
    raise AssertionError


@pytest.mark.parametrize("kernel", ["exponential", "uniform"])
@pytest.mark.parametrize("is_seasonal", [True, False])
@pytest.mark.parametrize("context", [0, 9])
def test_the_four_kernels_are_those_of_the_definition(kernel, is_seasonal, context):
    values = np.random.default_rng(5).normal(size=31)
    values[[0, 4, 11, 30]] = np.nan

    def weight(step, t):
        near = not context or step - t <= context
        same = not is_seasonal or (step - t) % 7 == 0
        return float(near and same) * (np.exp(-0.2 * (step - t)) if kernel == "exponential" else 1.0)

    recipe = Npts(
        kernel_type=kernel,
        use_seasonal_model=is_seasonal,
        context_length=context,
        exp_kernel_weights=0.2,
    )
    found = recipe.predict(panel_of([values, np.full(31, np.nan)]), 9, LEVELS, Training())
    by_hand = chances_by_hand(values, 9, weight)
    for step, chance in enumerate(by_hand):
        mean = sum(c * values[t] for t, c in chance.items())
        assert found.mean[0, step] == pytest.approx(mean, abs=1e-12)
        expected = [quantile_by_hand(values, chance, level) for level in LEVELS]
        assert found.quantiles[0, step].tolist() == expected
    assert np.isnan(found.mean[1]).all()


def test_samples_as_aws_draws_them_have_the_same_distribution():
    values, rng = np.array([1.0, 2.0, 3.0, 5.0, 8.0]), np.random.default_rng(0)
    recipe = Npts(use_seasonal_model=False, exp_kernel_weights=0.5)
    found = recipe.predict(panel_of([values]), 3, (0.5,), Training())
    paths = []
    for _ in range(4_000):
        path = list(values)
        for _ in range(3):
            weight = np.exp(-0.5 * (len(path) - np.arange(len(path))))
            path.append(path[rng.choice(len(path), p=weight / weight.sum())])
        paths.append(path[5:])
    np.testing.assert_allclose(found.mean[0], np.mean(paths, axis=0), atol=0.15)


@pytest.mark.parametrize(
    ("frequency", "first", "expected"),
    [
        ("15min", "2024-01-01T10:45", [45, 0, 15]),
        ("2H", "2024-01-01T22:00", [22, 0, 2]),
        ("D", "2024-01-31", [3, 4, 5]),
        ("W", "2024-01-28", [27, 3, 10]),
        ("3M", "2023-12-01", [11, 2, 5]),
        ("Y", "2023-01-01", [0, 0, 0]),
    ],
)
def test_seasons_are_counted_by_the_calendar(frequency, first, expected):
    step = Frequency.parse(frequency)
    found = season_index(step.starts(np.datetime64(first), 3), step)
    if frequency == "D":
        found = (found - found[0] + 3) % 7  # which day is 0 does not matter
    assert found.tolist() == expected


def test_without_time_features_the_seasonal_model_knows_no_seasons():
    panel = panel_of(np.random.default_rng(5).normal(size=(2, 31)))
    without = Npts(use_default_time_features=False).predict(panel, 3, LEVELS, Training())
    plain = Npts(use_seasonal_model=False).predict(panel, 3, LEVELS, Training())
    assert (without.mean == plain.mean).all()
    assert (without.mean != Npts().predict(panel, 3, LEVELS, Training()).mean).any()
