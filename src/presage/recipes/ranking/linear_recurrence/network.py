"""The network of linear recurrences as torch modules; training alone imports this file."""

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import embedding, normalize, rms_norm, silu

from ..hrnn.network import drop
from .model import EPSILON

SLOWEST, QUICKEST = 0.02, 1.5
"""Rates at which sums fade before anything is learned: they keep exp(-rate) at each event."""
FEED = 2
"""How wide the feed-forward layers are, in widths of the network."""
FIRST_SCALE = 14.0


class LearningLayer(nn.Module):
    """`model.Layer` that learns: all steps of some windows at once.

    Source: Orvieto et al., Resurrecting Recurrent Neural Networks for Long Sequences, ICML 2023 (linear
    recurrences), with real decays; Shazeer, GLU Variants Improve Transformer, 2020 (the feed-forward layer).
    """

    def __init__(self, d: int, n_decays: int, hidden: float) -> None:
        super().__init__()
        rate = torch.logspace(math.log10(SLOWEST), math.log10(QUICKEST), n_decays)
        self.log_rate = nn.Parameter(rate.log())
        self.read_norm, self.sum_norm, self.feed_norm = (nn.Parameter(torch.ones(d)) for _ in range(3))
        self.read, self.write = _matrix(d, 2 * d), _matrix(d, d)
        self.feed, self.fed = _matrix(d, 2 * FEED * d), _matrix(FEED * d, d)
        self.hidden = hidden

    @property
    def decay(self) -> Tensor:
        """(n_decays,): what the sums keep at each event."""
        return torch.exp(-self.log_rate.exp())

    def forward(self, x: Tensor) -> Tensor:
        """(n, steps, d): what becomes of each event after those before it."""
        d = x.shape[2]
        new, gate = (rms_norm(x, (d,), self.read_norm, EPSILON) @ self.read).chunk(2, -1)
        total = self._totals(silu(new))
        x = x + self._drop((rms_norm(total, (d,), self.sum_norm, EPSILON) * silu(gate)) @ self.write)
        left, right = (rms_norm(x, (d,), self.feed_norm, EPSILON) @ self.feed).chunk(2, -1)
        return x + self._drop((silu(left) * right) @ self.fed)

    def _totals(self, new: Tensor) -> Tensor:
        """(n, steps, d): the decayed sums up to and with each step, by one matrix a decay."""
        (n, steps, d), decay = new.shape, self.decay
        ago = torch.arange(steps, device=new.device)
        ago = ago[:, None] - ago
        kept = (1 - decay)[:, None, None] * decay[:, None, None] ** ago.clamp(min=0) * (ago >= 0)
        by_decay = new.view(n, steps, len(decay), -1).permute(2, 1, 0, 3).reshape(len(decay), steps, -1)
        return (kept @ by_decay).view(len(decay), steps, n, -1).permute(2, 1, 0, 3).reshape(n, steps, d)

    def _drop(self, x: Tensor) -> Tensor:
        return drop(x, self.hidden) if self.training else x


class Network(nn.Module):
    """Layers between item vectors that are read and, at a length of 1, answered."""

    def __init__(self, popularity: Tensor, *, d: int, n_layers: int, n_decays: int, hidden: float) -> None:
        """A network that knows how popular items are, and no more.

        Parameters
        ----------
        popularity : (n_items,), how often each was used
        hidden : the part of what is read and added that is hidden in each step
        """
        super().__init__()
        self.vector = nn.Parameter(torch.randn(len(popularity), d) * 0.2)
        self.bias = nn.Parameter(0.5 * torch.log(popularity + 1))
        self.log_scale = nn.Parameter(torch.tensor(math.log(FIRST_SCALE)))
        self.final_norm = nn.Parameter(torch.ones(d))
        self.layers = nn.ModuleList([LearningLayer(d, n_decays, hidden) for _ in range(n_layers)])
        self.hidden = hidden

    def answers(self, item: Tensor) -> Tensor:
        """(n, steps, d): after each event, what to multiply item vectors of length 1 with.

        Parameters
        ----------
        item : (n, steps), rows of items; -1 = nothing yet
        """
        x = embedding(item.clamp(min=0), self.vector) * (item >= 0)[..., None]
        x = drop(x, self.hidden) if self.training else x
        for layer in self.layers:
            x = layer(x)
        x = rms_norm(x, (x.shape[2],), self.final_norm, EPSILON)
        return normalize(x, dim=-1) * self.log_scale.exp()

    def vectors(self, item: Tensor) -> Tensor:
        """(n, d): the vectors of some items at a length of 1."""
        return normalize(embedding(item, self.vector), dim=-1)


def _matrix(n: int, m: int) -> nn.Parameter:
    return nn.Parameter(torch.empty(n, m).uniform_(-(n**-0.5), n**-0.5))
