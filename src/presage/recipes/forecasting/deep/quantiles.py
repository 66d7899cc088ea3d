"""Quantile functions on a grid of levels: rising by construction, and interpolated between."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from ..normal import normal_scores
from ..panel import Doubles

GRID = (0.01, 0.02, 0.05, *(k / 20 for k in range(2, 19)), 0.95, 0.98, 0.99)
MIDDLE = GRID.index(0.5)


class QuantileHead(nn.Module):
    """The quantiles of GRID: a median, and steps up and down from it."""

    def __init__(self, d: int) -> None:
        super().__init__()
        self.out = nn.Linear(d, len(GRID))
        gaps = np.diff(normal_scores(GRID))
        with torch.no_grad():
            self.out.weight.mul_(0.3)
            self.out.bias.zero_()
            self.out.bias[1:] = torch.log(torch.expm1(torch.as_tensor(gaps, dtype=torch.float32)))

    def forward(self, vectors: Tensor) -> Tensor:
        """(..., n_levels), from (..., d)."""
        raw = self.out(vectors)
        steps = softplus(raw[..., 1:])
        below, above = steps[..., :MIDDLE], steps[..., MIDDLE:]
        down = below.flip(-1).cumsum(-1).flip(-1)
        return raw[..., :1] + torch.cat([-down, torch.zeros_like(raw[..., :1]), above.cumsum(-1)], -1)


def pinball(target: Tensor, quantiles: Tensor) -> Tensor:
    """(...): twice the mean pinball loss of quantiles (..., n_levels) of GRID."""
    levels = torch.tensor(GRID, dtype=quantiles.dtype)
    error = target.unsqueeze(-1) - quantiles
    return 2 * torch.maximum(levels * error, (levels - 1) * error).mean(-1)


def interpolated(quantiles: Doubles, levels: Sequence[float]) -> Doubles:
    """(..., n): at other levels, straight between those of GRID; beyond its ends the ends."""
    place = np.interp(levels, GRID, np.arange(len(GRID)))
    low = np.minimum(place.astype(np.int64), len(GRID) - 2)
    part = place - low
    return quantiles[..., low] * (1 - part) + quantiles[..., low + 1] * part
