"""The way from a model's scores to an answer: steps over (scores, mask), then one top-k.

A step is anything that is called like `Step`. It may change the arrays in place: they are this answer's own.
Nothing here knows of requests or event loops, so that a batch job can take the same steps for many users.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from presage.metrics import top_k
from presage.recipes.data import Floats

from .catalogue import Catalogue
from .memory import GroupMemory

Mask: TypeAlias = NDArray[np.bool_] | None
"""(n_items,), which items may be shown; None = all."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What a step may know of an answer.

    Parameters
    ----------
    user_id : whom it is for; empty for nobody
    n_results : how many items it will have
    catalogue : what the scores are about
    memory : what the users of the dataset group did
    rng : the only source of chance
    now : seconds since 1970, UTC
    explored : the rows that exploration moved up; it adds them
    """

    user_id: str
    n_results: int
    catalogue: Catalogue
    memory: GroupMemory
    rng: np.random.Generator
    now: float = 0.0
    explored: set[int] = field(default_factory=set[int])


class Step(Protocol):
    """Changes which items come to the top, or which may."""

    def __call__(self, scores: Floats, mask: Mask, asked: Asked) -> tuple[Floats, Mask]:
        """The scores (n_items,) and the mask after this step."""
        ...


def answer(
    scores: Floats, steps: Sequence[Step], asked: Asked, mask: Mask = None
) -> tuple[NDArray[np.int64], Floats]:
    """The rows of the best items after all steps, the highest score first, and their scores."""
    for step in steps:
        scores, mask = step(scores, mask, asked)
    rows = best(scores, mask, asked.n_results)
    return rows, scores[rows]


def best(scores: Floats, mask: Mask, k: int) -> NDArray[np.int64]:
    """The rows of the k highest scores among the items that may be shown, the highest first."""
    if mask is None:
        return top_k(scores, k)
    rows = np.flatnonzero(mask)
    return rows[top_k(scores[rows], k)]
