"""Graph filtering in closed form, an ideal low-pass filter and then sharpening: `presage-spectral`."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..data import DEFAULT_TRAINING, Floats, Interactions, Training
from ..settings import setting
from .linear import LinearModel, linear_model
from .relations import normalised, relate, used_by
from .selection import latest_items
from .svd import truncated_svd

if TYPE_CHECKING:
    from scipy.sparse import csr_array

TERMS = 4  # of the exponential series


@dataclass(frozen=True, kw_only=True)
class Spectral:
    """Relate items by smoothing over who used what, and then undoing a part of it.

    With R the users' items, each entry over the root of the user's items and of the item's users, P = R'R, V
    the strongest right singular vectors of R, and D the diagonal of the items' users, the weights are
    (P + ideal_weight D^-1/2 V V' D^1/2) (the sum over j <= 4 of (-sharpening P)^j / j!).
    Source: Choi et al., Blurring-Sharpening Process Models for Collaborative Filtering (BSPM-EM), SIGIR 2023.

    Parameters
    ----------
    hidden_dimension : how many singular vectors there are in V
    ideal_weight : what the ideal low-pass filter counts
    sharpening : how far the smoothing is undone; 0 = not at all
    max_relatives : so many relatives of each item are kept, those with the largest weights
    decay : what each further item back counts in an answer, compared with the one after it
    max_history_length : of each user so many of the latest different items are learned, and answered from
    """

    hidden_dimension: int = setting(448, low=8, high=1024, tunable=True, log=True)
    ideal_weight: float = setting(0.2, low=0.0, high=2.0, tunable=True)
    sharpening: float = setting(2.5, low=0.0, high=4.0, tunable=True)
    max_relatives: int = setting(500, low=1, high=2000)
    decay: float = setting(0.95, low=0.0, high=1.0, tunable=True)
    max_history_length: int = setting(200, low=1, high=500)

    def fit(self, log: Interactions, training: Training = DEFAULT_TRAINING) -> LinearModel:
        """Solve, always from nothing; `training.seed` and `training.report` matter."""
        used = used_by(latest_items(log, self.max_history_length))
        uses = np.maximum(1, np.bincount(used.indices, minlength=log.n_items)).astype(np.float32)
        smooth, root = normalised(used, uses), np.sqrt(uses)
        back = smooth.T.tocsr()
        training.report("finding directions", 0.0)
        directions = truncated_svd(smooth, self.hidden_dimension, training.seed)[2]

        def weigh(block: slice) -> "csr_array":
            from scipy.sparse import csr_array  # noqa: PLC0415, training alone needs it

            ideal = (directions * root[:, None]) @ (directions[block] / root[block, None]).T
            columns = (back @ smooth[:, block]).toarray() + self.ideal_weight * ideal
            return csr_array(self._sharpened(columns.astype(np.float32), smooth, back).T)

        found = relate(log.n_items, weigh, training.report, self.max_relatives)
        return linear_model(log, found, decay=self.decay, length=self.max_history_length)

    def _sharpened(self, columns: Floats, smooth: "csr_array", back: "csr_array") -> Floats:
        """(n_items, n): the series times columns."""
        total = term = columns
        for j in range(1, TERMS + 1):
            term = (back @ (smooth @ term)) * np.float32(-self.sharpening / j)
            total = total + term
        return total
