"""How much more, or less, popular items are of late than over the whole log."""

import numpy as np
from numpy.typing import NDArray

from ...data import Floats, Interactions, Longs

SECONDS_PER_DAY = 86_400
STRENGTHS = np.linspace(0, 1, 5)


def recent_weight(time: Longs) -> NDArray[np.float64]:
    """(n_events,): 1 for the latest event, half as much for each tenth of the log's span, at least a day."""
    half_life = max(SECONDS_PER_DAY, (time.max() - time.min()) / 10)
    return np.exp2((time - time.max()) / half_life)


def recent_shift(log: Interactions) -> NDArray[np.float64]:
    """(n_items,): log(recent share / share of the whole log), each item counted as if used once more."""
    usual = (np.bincount(log.item, minlength=log.n_items) + 1) / (len(log.item) + log.n_items)
    weight = recent_weight(log.time)
    recent = np.bincount(log.item, weight, minlength=log.n_items)
    return np.log((recent + log.n_items * usual) / (weight.sum() + log.n_items) / usual)


def shift_strength(
    logit: Floats, item: Longs, shift: NDArray[np.float64], weight: NDArray[np.float64]
) -> float:
    """The part of `shift`, from 0 to 1, with which the logits predict held-out events best.

    Parameters
    ----------
    logit : (n_held, n_items), log P(item) but for a constant per row
    item, weight : (n_held,), what was used, and how much that counts
    shift : (n_items,)

    Without held-out events the whole of it.
    Source of the correction: Saerens, Latinne, Decaestecker, Adjusting the outputs of a classifier to new a
    priori probabilities, Neural Computation 2002.
    """
    if not len(item):
        return 1.0
    losses = [_loss(logit + strength * shift, item, weight) for strength in STRENGTHS]
    return float(STRENGTHS[int(np.argmin(losses))])


def _loss(logit: NDArray[np.float64], item: Longs, weight: NDArray[np.float64]) -> float:
    top = logit.max(axis=1)
    normaliser = top + np.log(np.exp(logit - top[:, None]).sum(axis=1))
    return float(weight @ (normaliser - logit[np.arange(len(item)), item]) / weight.sum())
