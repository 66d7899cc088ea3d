"""Vectors for the values of attributes."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

WIDEST = 8


class Embeddings(nn.Module):
    """A table for each attribute; the first row of each is for values that are not known.

    Parameters
    ----------
    n_values : of each attribute
    """

    def __init__(self, n_values: Sequence[int]) -> None:
        super().__init__()
        widths = [min(WIDEST, n + 1) for n in n_values]
        self.width = sum(widths)
        self.tables = nn.ModuleList(nn.Embedding(n + 1, w) for n, w in zip(n_values, widths, strict=True))

    def forward(self, codes: Tensor) -> Tensor:
        """(b, width), from (b, n_attributes)."""
        found = [table(codes[:, k]) for k, table in enumerate(self.tables)]
        return torch.cat([torch.zeros(len(codes), 0), *found], 1)
