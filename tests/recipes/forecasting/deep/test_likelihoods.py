"""Distributions against SciPy's, and samples against their distributions."""

import numpy as np
import pytest
import torch
from scipy import stats
from torch.nn.functional import softplus

from presage.recipes.forecasting.deep.likelihoods import LIKELIHOODS
from presage.recipes.forecasting.deep.paths import uniform_draws

N = 4096
DRAWS = torch.from_numpy(uniform_draws(N, 1, seed=0)[:, 0])


def soft(value):
    return float(softplus(torch.tensor(value)))


CASES = {
    "student-t": ([0.3, 0.2, 1.0], 1.0, stats.t(2 + 1e-4 + soft(3.0), 0.3, soft(0.2) + 1e-4)),
    "gaussian": ([0.3, 0.2], 1.0, stats.norm(0.3, soft(0.2) + 1e-4)),
    "negative-binomial": ([0.7, 0.1], 5.0, None),
    "beta": ([0.4, 0.2], 0.3, None),
}


def distribution(name):
    parameters, size, known = CASES[name]
    if name == "negative-binomial":
        mean, shape = (soft(parameters[0] + 0.5) + 1e-4) * size, soft(parameters[1]) + 1e-3
        return stats.nbinom(1 / shape, 1 / (1 + shape * mean))
    if name == "beta":
        odds = np.exp(parameters[0]) * size / (1 - size)
        mean, total = odds / (1 + odds), soft(parameters[1] + 3) + 0.1
        return stats.beta(mean * total, (1 - mean) * total)
    return known


@pytest.mark.parametrize("name", CASES)
def test_the_loss_is_minus_the_log_likelihood(name):
    parameters, size, _ = CASES[name]
    known = distribution(name)
    values = known.ppf([0.1, 0.5, 0.9])
    log = known.logpmf(values) if name == "negative-binomial" else known.logpdf(values)
    sizes = torch.full((3,), size)
    targets = torch.from_numpy(values / size).float()
    found = LIKELIHOODS[name].loss(torch.tensor([parameters] * 3), targets, sizes)
    np.testing.assert_allclose(found.numpy(), -log, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("name", CASES)
def test_samples_have_the_quantiles_of_the_distribution(name):
    parameters, size, _ = CASES[name]
    samples = LIKELIHOODS[name].sample(torch.tensor([parameters] * N), DRAWS, torch.full((N,), size))
    levels = (0.1, 0.5, 0.9)
    found = np.quantile(samples.numpy() * size, levels)
    known = distribution(name)
    np.testing.assert_allclose(found, known.ppf(levels), atol=0.03 * known.std())


def test_piecewise_samples_lie_on_the_quantile_function():
    head = LIKELIHOODS["piecewise-linear"].head(4)
    quantiles = head(torch.zeros(1, 4)).detach()
    samples = LIKELIHOODS["piecewise-linear"].sample(quantiles.expand(N, -1), DRAWS, torch.ones(N))
    np.testing.assert_allclose(
        np.quantile(samples, [0.1, 0.5, 0.9]), stats.norm.ppf([0.1, 0.5, 0.9]), atol=0.02
    )


def test_a_deterministic_likelihood_has_one_value():
    one = LIKELIHOODS["deterministic-l1"]
    assert one.loss(torch.tensor([[2.0]]), torch.tensor([5.0]), torch.ones(1)).tolist() == [3.0]
    assert (one.sample(torch.full((N, 1), 2.0), DRAWS, torch.ones(N)) == 2).all()
