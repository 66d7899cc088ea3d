"""Quantile functions on a grid of levels."""

import numpy as np
import torch
from scipy import stats

from presage.recipes.forecasting.deep.quantiles import GRID, QuantileHead, interpolated, pinball


def test_quantiles_rise_whatever_the_network_says():
    torch.manual_seed(0)
    found = QuantileHead(8)(20 * torch.randn(50, 8))
    assert (found.diff(dim=-1) >= 0).all()


def test_an_untrained_head_is_normal():
    found = QuantileHead(8)(torch.zeros(1, 8)).detach().numpy()[0]
    np.testing.assert_allclose(found, stats.norm.ppf(GRID), atol=1e-4)


def test_the_pinball_loss_is_least_at_the_quantiles():
    values = torch.from_numpy(np.random.default_rng(0).normal(size=4000)).float()
    right = torch.from_numpy(stats.norm.ppf(GRID)).float()
    losses = [float(pinball(values, right + shift).mean()) for shift in (-0.2, 0.0, 0.2)]
    assert losses[1] == min(losses)


def test_levels_between_and_beyond_the_grid():
    quantiles = np.array(GRID)[None] * 100
    np.testing.assert_allclose(interpolated(quantiles, [0.01, 0.03, 0.5, 0.52, 0.99]), [[1, 3, 50, 52, 99]])
    np.testing.assert_allclose(interpolated(quantiles, [0.001, 0.999]), [[1, 99]])
