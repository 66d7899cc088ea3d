"""The network of DeepAR+: an LSTM that reads earlier values and says how the next one is distributed."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn

from .embeddings import Embeddings
from .likelihoods import LIKELIHOODS
from .windows import N_STATIC, Batch

DROP = 0.1
State = tuple[Tensor, Tensor]


@dataclass(frozen=True, kw_only=True)
class ArShape:
    """Widths of the network.

    Parameters
    ----------
    context : steps that are read before the horizon
    lags : steps back
    n_covariates : columns known ahead
    n_values : of each attribute
    n_cells, n_layers : of the LSTM
    likelihood : a key of LIKELIHOODS
    """

    context: int
    lags: Sequence[int]
    n_covariates: int
    n_values: Sequence[int]
    n_cells: int
    n_layers: int
    likelihood: str

    def to_json(self) -> dict[str, Any]:
        """The same for JSON."""
        return asdict(self) | {"n_values": list(self.n_values), "lags": list(self.lags)}


class ArNetwork(nn.Module):
    """An LSTM that reads lagged values, covariates and attributes; its head reads the lagged values too.

    Source: Salinas et al., DeepAR: probabilistic forecasting with autoregressive recurrent networks, 2020.
    """

    def __init__(self, shape: ArShape) -> None:
        super().__init__()
        self.shape, self.likelihood = shape, LIKELIHOODS[shape.likelihood]
        self.embeddings = Embeddings(shape.n_values)
        n_lagged = 2 * len(shape.lags)
        n_in = n_lagged + shape.n_covariates + N_STATIC + self.embeddings.width
        drop = DROP if shape.n_layers > 1 else 0.0
        self.lstm = nn.LSTM(n_in, shape.n_cells, shape.n_layers, batch_first=True, dropout=drop)
        self.head = self.likelihood.head(shape.n_cells + n_lagged)

    def static(self, batch: Batch) -> Tensor:
        """(b, n), what is the same for all steps of a window."""
        return torch.cat([batch.static, self.embeddings(batch.codes)], 1)

    def forward(
        self, lagged: Tensor, covariates: Tensor, static: Tensor, state: State | None = None
    ) -> tuple[Tensor, State]:
        """Parameters (b, n_steps, n) of each step's distribution, and the state after the last one.

        Parameters
        ----------
        lagged, covariates : (b, n_steps, ...)
        static : (b, ...)
        """
        each = static[:, None].expand(-1, lagged.shape[1], -1)
        out, after = self.lstm(torch.cat([lagged, covariates, each], 2), state)
        return self.head(torch.cat([out, lagged], 2)), after


def sizes(batch: Batch) -> Tensor:
    """(b, 1): what each window's values were divided by; 1 where a window has no scale."""
    return torch.nan_to_num(torch.from_numpy(batch.scale.spread), nan=1.0).float()[:, None]


def ar_loss(network: ArNetwork, batch: Batch) -> Tensor:
    """(b,): minus the mean log-likelihood of each window's known values, given those before them."""
    parameters, _ = network(batch.lagged, batch.covariates, network.static(batch))
    loss = network.likelihood.loss(parameters, batch.target, sizes(batch))
    return (loss * batch.known).sum(1) / batch.known.sum(1).clamp_min(1)
