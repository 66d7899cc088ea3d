"""The network of CNN-QR: causal convolutions read the context, one pass answers all steps and quantiles."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, pad

from .embeddings import Embeddings
from .quantiles import QuantileHead, pinball
from .windows import N_STATIC, Batch

KERNEL = 3


@dataclass(frozen=True, kw_only=True)
class CnnShape:
    """Widths of the network.

    Parameters
    ----------
    context, horizon : steps
    n_covariates, n_past, n_lags : columns known ahead, not known ahead, and lags of each step ahead
    n_values : of each attribute
    channels : of convolutions
    """

    context: int
    horizon: int
    n_covariates: int
    n_past: int
    n_lags: int
    n_values: Sequence[int]
    channels: int = 32

    def to_json(self) -> dict[str, Any]:
        """The same for JSON."""
        return asdict(self) | {"n_values": list(self.n_values)}


class Encoder(nn.Module):
    """What a context says, as one vector: dilated causal convolutions, worked out at the last step alone.

    Each layer joins KERNEL neighbours of the layer below, aligned at the last step: what convolutions of
    dilation 1, KERNEL, KERNEL ** 2, ... give there, for a part of the work. The last step of every layer
    counts.
    """

    def __init__(self, n_in: int, channels: int, context: int) -> None:
        super().__init__()
        n_layers = 1
        while KERNEL**n_layers < context:
            n_layers += 1
        sizes = [n_in, *[channels] * n_layers]
        self.layers = nn.ModuleList(nn.Linear(KERNEL * before, after) for before, after in pairwise(sizes))
        self.out = nn.Linear(channels * n_layers, 2 * channels)

    def forward(self, steps: Tensor) -> Tensor:
        """(b, 2 channels), from (b, context, n_in)."""
        x, ends = steps, list[Tensor]()
        for k, layer in enumerate(self.layers):
            x = pad(x, (0, 0, -x.shape[1] % KERNEL, 0))
            last = x[:, KERNEL - 1 :: KERNEL]
            y = gelu(layer(x.reshape(len(x), -1, KERNEL * x.shape[2])))
            x = y + last if k else y
            ends.append(x[:, -1])
        return gelu(self.out(torch.cat(ends, 1)))


class CnnNetwork(nn.Module):
    """Encoder, a global layer that says something of each step ahead, a local one for its quantiles.

    Source: Wen et al., A multi-horizon quantile recurrent forecaster, 2017.
    """

    def __init__(self, shape: CnnShape) -> None:
        super().__init__()
        d, self.shape = shape.channels, shape
        self.embeddings = Embeddings(shape.n_values)
        n_static = N_STATIC + self.embeddings.width
        self.encoder = Encoder(2 + shape.n_covariates + shape.n_past, d, shape.context)
        self.whole = nn.Linear(2 * d + n_static, d)
        self.each = nn.Linear(2 * d + n_static, 8 * shape.horizon)
        n_local = d + 8 + shape.n_covariates + 2 * shape.n_lags + n_static
        self.local = nn.Sequential(nn.Linear(n_local, 2 * d), nn.GELU(), nn.Linear(2 * d, d), nn.GELU())
        self.head = QuantileHead(d)
        self.skip = nn.Linear(2 * shape.n_lags, 1, bias=False)
        with torch.no_grad():
            self.skip.weight.zero_()
            self.skip.weight[:, : shape.n_lags] = 1 / max(1, shape.n_lags)

    def forward(self, batch: Batch) -> Tensor:
        """(b, horizon, n_levels), scaled."""
        c, h = self.shape.context, self.shape.horizon
        context = torch.stack([batch.target[:, :c], batch.known[:, :c]], 2)
        read = self.encoder(torch.cat([context, batch.covariates[:, :c], batch.past], 2))
        static = torch.cat([batch.static, self.embeddings(batch.codes)], 1)
        told = torch.cat([read, static], 1)
        whole, each = gelu(self.whole(told)), gelu(self.each(told))
        parts = torch.cat([whole, static], 1)[:, None].expand(-1, h, -1)
        steps = each.view(-1, h, 8), batch.covariates[:, c:], batch.lagged
        return self.head(self.local(torch.cat([parts, *steps], 2))) + self.skip(batch.lagged)


def cnn_loss(network: nn.Module, batch: Batch) -> Tensor:
    """(b,): the pinball loss of each window over the steps that are known."""
    horizon = batch.target.shape[1] - batch.past.shape[1]
    target, known = batch.target[:, -horizon:], batch.known[:, -horizon:]
    return (pinball(target, network(batch)) * known).sum(1) / known.sum(1).clamp_min(1)
