"""What a network says of a step's value: distributions, their loss, and samples by uniform draws."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import betaincinv, gammaincinv, pdtrik, stdtrit
from torch import Tensor, nn
from torch.nn.functional import softplus

from .quantiles import GRID, QuantileHead, pinball

LEAST = 1e-4


@dataclass(frozen=True, kw_only=True)
class Likelihood:
    """A family of distributions of scaled values.

    Parameters
    ----------
    head : from d to a layer that makes parameters (..., n) of vectors (..., d)
    loss : (parameters (..., n), scaled targets (...), sizes (...)) -> (...), less is better; a size is what a
        target was divided by
    sample : (parameters (..., n), draws (..., 2) in (0, 1), sizes (...)) -> scaled values (...)
    is_centred : whether values are scaled about their mean; else they are only divided by their size
    """

    head: Callable[[int], nn.Module]
    loss: Callable[[Tensor, Tensor, Tensor], Tensor]
    sample: Callable[[Tensor, Tensor, Tensor], Tensor]
    is_centred: bool = True


def _head(n: int, d: int) -> nn.Module:
    layer = nn.Linear(d, n)
    nn.init.zeros_(layer.bias)
    return layer


def _linear(n: int) -> Callable[[int], nn.Module]:
    """A head of n parameters."""
    return partial(_head, n)


def _gaussian_parts(parameters: Tensor) -> tuple[Tensor, Tensor]:
    """Means and standard deviations."""
    mean, spread = parameters.unbind(-1)
    return mean, softplus(spread) + LEAST


def _gaussian_loss(parameters: Tensor, target: Tensor, _size: Tensor) -> Tensor:
    mean, spread = _gaussian_parts(parameters)
    return 0.5 * ((target - mean) / spread) ** 2 + spread.log() + 0.5 * math.log(2 * math.pi)


def _gaussian_sample(parameters: Tensor, draws: Tensor, _size: Tensor) -> Tensor:
    mean, spread = _gaussian_parts(parameters)
    return mean + spread * torch.special.ndtri(draws[..., 0])


def _student_parts(parameters: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Centres, spreads and degrees of freedom, more than 2."""
    mean, spread, df = parameters.unbind(-1)
    return mean, softplus(spread) + LEAST, 2 + LEAST + softplus(df + 2)


def _student_loss(parameters: Tensor, target: Tensor, _size: Tensor) -> Tensor:
    mean, spread, df = _student_parts(parameters)
    z = ((target - mean) / spread) ** 2
    norm = torch.lgamma(df / 2) - torch.lgamma((df + 1) / 2) + 0.5 * torch.log(math.pi * df)
    return norm + spread.log() + (df + 1) / 2 * torch.log1p(z / df)


def _student_sample(parameters: Tensor, draws: Tensor, _size: Tensor) -> Tensor:
    mean, spread, df = _student_parts(parameters)
    return mean + spread * _float(stdtrit(df.double().numpy(), draws[..., 0].double().numpy()))


def _count_parts(parameters: Tensor, size: Tensor) -> tuple[Tensor, Tensor]:
    """Means of counts and shapes; the variance is mean + shape * mean ** 2."""
    mean, shape = parameters.unbind(-1)
    return (softplus(mean + 0.5) + LEAST) * size, (softplus(shape) + 1e-3).clamp_max(1e3)


def _count_loss(parameters: Tensor, target: Tensor, size: Tensor) -> Tensor:
    mean, shape = _count_parts(parameters, size)
    count, r = (target * size).clamp_min(0), 1 / shape
    norm = torch.lgamma(r) + torch.lgamma(count + 1) - torch.lgamma(r + count)
    return norm + r * torch.log1p(shape * mean) - count * torch.log(shape * mean / (1 + shape * mean))


def _count_sample(parameters: Tensor, draws: Tensor, size: Tensor) -> Tensor:
    """The rate is drawn from a gamma distribution, and the count given the rate."""
    mean, shape = (part.double().numpy() for part in _count_parts(parameters, size))
    u = draws.double().numpy()
    rate = gammaincinv(1 / shape, u[..., 0]) * shape * mean
    return _float(np.ceil(pdtrik(u[..., 1], np.maximum(rate, LEAST)) - 1e-9).clip(0)) / size


def _beta_parts(parameters: Tensor, size: Tensor) -> tuple[Tensor, Tensor]:
    """The two parameters of the beta distribution; without training its mean is the size."""
    mean, total = parameters.unbind(-1)
    usual = torch.logit(size, eps=1e-3)
    mean, total = torch.sigmoid(mean + usual).clamp(LEAST, 1 - LEAST), softplus(total + 3) + 0.1
    return mean * total, (1 - mean) * total


def _beta_loss(parameters: Tensor, target: Tensor, size: Tensor) -> Tensor:
    a, b = _beta_parts(parameters, size)
    y = (target * size).clamp(LEAST, 1 - LEAST)
    norm = torch.lgamma(a) + torch.lgamma(b) - torch.lgamma(a + b)
    return norm - (a - 1) * y.log() - (b - 1) * torch.log1p(-y)


def _beta_sample(parameters: Tensor, draws: Tensor, size: Tensor) -> Tensor:
    a, b = (part.double().numpy() for part in _beta_parts(parameters, size))
    return _float(betaincinv(a, b, draws[..., 0].double().numpy())) / size


def _point_loss(parameters: Tensor, target: Tensor, _size: Tensor) -> Tensor:
    return torch.abs(target - parameters[..., 0])


def _point_sample(parameters: Tensor, draws: Tensor, _size: Tensor) -> Tensor:
    return parameters[..., 0].expand(draws.shape[:-1])


def _piecewise_loss(quantiles: Tensor, target: Tensor, _size: Tensor) -> Tensor:
    return pinball(target, quantiles)


def _piecewise_sample(quantiles: Tensor, draws: Tensor, _size: Tensor) -> Tensor:
    """Straight between the levels of GRID."""
    grid = torch.tensor(GRID)
    u = draws[..., 0].clamp(GRID[0], GRID[-1]).contiguous()
    low = (torch.searchsorted(grid, u, right=True) - 1).clamp(0, len(GRID) - 2)
    part = (u - grid[low]) / (grid[low + 1] - grid[low])
    below, above = (quantiles.gather(-1, (low + k).unsqueeze(-1)).squeeze(-1) for k in (0, 1))
    return below * (1 - part) + above * part


def _float(values: NDArray[np.floating]) -> Tensor:
    return torch.from_numpy(values.astype(np.float32))


LIKELIHOODS: Mapping[str, Likelihood] = {
    "student-t": Likelihood(head=_linear(3), loss=_student_loss, sample=_student_sample),
    "gaussian": Likelihood(head=_linear(2), loss=_gaussian_loss, sample=_gaussian_sample),
    "negative-binomial": Likelihood(
        head=_linear(2), loss=_count_loss, sample=_count_sample, is_centred=False
    ),
    "beta": Likelihood(head=_linear(2), loss=_beta_loss, sample=_beta_sample, is_centred=False),
    "deterministic-l1": Likelihood(head=_linear(1), loss=_point_loss, sample=_point_sample),
    "piecewise-linear": Likelihood(head=QuantileHead, loss=_piecewise_loss, sample=_piecewise_sample),
}
"""By their names at AWS, in lower case. Piecewise-linear is learned by the pinball loss of its quantiles."""
