"""What a user used already: how much more or less likely it is to be used again is for a blend to weigh."""

from dataclasses import dataclass

import numpy as np

from ...data import DEFAULT_TRAINING, Interactions, Training
from ..linear import LinearModel
from ..popularity import shares, users_per_item
from ..relations import Relations


@dataclass(frozen=True, kw_only=True)
class Repeats:
    """Hold the latest items of a user for likely, equally, and other items that anybody used for unlikely.

    Parameters
    ----------
    max_history_length : so many of the latest different items
    """

    max_history_length: int

    def fit(self, log: Interactions, training: Training = DEFAULT_TRAINING) -> LinearModel:
        """Nothing is learned; only `training.report` matters."""
        training.report("counting", 1.0)
        rows = np.arange(log.n_items, dtype=np.int32)
        alone = Relations(
            start=np.arange(log.n_items + 1), relative=rows, weight=np.ones(log.n_items, np.float32)
        )
        return LinearModel(
            share=shares(users_per_item(log) > 0),
            relations=alone,
            decay=1.0,
            max_history_length=self.max_history_length,
        )
