"""Paths that series may take: samples of each step, given those of the steps before."""

import numpy as np
import torch
from torch import Tensor

from ...data import Floats
from .ar_network import ArNetwork, sizes
from .windows import FARTHEST, Batch

N_PATHS = 128


def uniform_draws(n_paths: int, horizon: int, seed: int) -> Floats:
    """(n_paths, horizon, 2), in (0, 1): of each step every n_paths-th part of it once, in random order.

    All series use the same draws, so that a forecast does not depend on which other series there are.
    """
    rng = np.random.default_rng(seed)
    part = rng.permuted(np.tile(np.arange(n_paths), (horizon, 2, 1)), axis=2)
    draws = (part + rng.uniform(0.01, 0.99, part.shape)) / n_paths
    return np.ascontiguousarray(draws.transpose(2, 0, 1), np.float32)


def sample_paths(network: ArNetwork, batch: Batch, horizon: int, seed: int) -> Tensor:
    """(b, N_PATHS, horizon): scaled values after the context.

    Where a lag looks back to a step that is forecast it reads the path's own sample.
    """
    b, c = len(batch.target), network.shape.context
    draws = torch.from_numpy(uniform_draws(N_PATHS, horizon, seed)).repeat(b, 1, 1)
    static = network.static(batch)
    _, state = network(batch.lagged[:, :c], batch.covariates[:, :c], static)
    state = tuple(part.repeat_interleave(N_PATHS, 1) for part in state)
    size, static = (one.repeat_interleave(N_PATHS, 0) for one in (sizes(batch), static))
    lags, paths = np.array(network.shape.lags), torch.zeros(b * N_PATHS, horizon)
    for k in range(horizon):
        lagged, covariates = (
            one[:, c + k].repeat_interleave(N_PATHS, 0) for one in (batch.lagged, batch.covariates)
        )
        own = np.flatnonzero(lags <= k)
        lagged[:, own] = paths[:, k - lags[own]]
        lagged[:, own + len(lags)] = 1.0
        parameters, state = network(lagged[:, None], covariates[:, None], static, state)
        drawn = network.likelihood.sample(parameters[:, 0], draws[:, k], size[:, 0])
        paths[:, k] = drawn.clamp(-FARTHEST, FARTHEST)
    return paths.view(b, N_PATHS, horizon)
