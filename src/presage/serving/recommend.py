"""The two questions that a campaign answers: which items would a user like, and in which order?"""

from collections.abc import Sequence
from functools import partial
from typing import TypeAlias

from presage.recipes.data import Floats

from .deployment import Deployment, Question

__all__ = ["Question", "Scored", "rank", "recommend"]

Scored: TypeAlias = list[tuple[str, float]]
"""(item id, score), best first."""


async def recommend(deployment: Deployment, question: Question, n_results: int) -> Scored:
    """The items with the highest scores; over all items the scores sum to 1.

    A campaign that explores moves new items up now and then. Unknown users get what somebody without a
    history gets, an unknown seed item is as none.
    """
    return await deployment.ask(question, partial(_best, deployment, n_results, question.now))


async def rank(deployment: Deployment, question: Question, item_ids: Sequence[str]) -> Scored:
    """The given items, each once, by score; known ones' scores sum to 1, unknown ones come last with 0."""
    return await deployment.ask(question, partial(_in_order, deployment, item_ids))


def _best(deployment: Deployment, n_results: int, now: float, scores: Floats) -> Scored:
    rows, best = deployment.exploration.best(scores, n_results, now)
    item_ids = deployment.version.vocabulary.items.some(rows.tolist())
    return list(zip(item_ids, best.tolist(), strict=True))


def _in_order(deployment: Deployment, item_ids: Sequence[str], scores: Floats) -> Scored:
    rows = {item_id: deployment.version.vocabulary.items.row(item_id) for item_id in item_ids}
    known = {item_id: float(scores[row]) for item_id, row in rows.items() if row is not None}
    total = sum(known.values())
    shares = {item_id: score / total if total else 1 / len(known) for item_id, score in known.items()}
    unknown = [(item_id, 0.0) for item_id, row in rows.items() if row is None]
    return sorted(shares.items(), key=lambda one: -one[1]) + unknown
