"""The two questions that a campaign answers: which items would a user like, and in which order?"""

from collections.abc import Sequence
from typing import TypeAlias

from presage.recipes.data import Floats

from .catalogue import Catalogue
from .deployment import Deployment
from .filtering import Filtering
from .question import Question
from .steps import Asked, answer

__all__ = ["Question", "Scored", "rank", "recommend"]

Scored: TypeAlias = list[tuple[str, float]]
"""(item id, score), best first."""


async def recommend(deployment: Deployment, question: Question, n_results: int) -> Scored:
    """The items with the highest scores; over all items the scores sum to 1.

    A campaign that explores moves new items up now and then. Unknown users get what somebody without a
    history gets, an unknown seed item is as none. A filter leaves items out, the scores stay.
    """
    served = deployment.served

    def finish(scores: Floats, catalogue: Catalogue) -> Scored:
        asked = Asked(
            user_id=question.user_id,
            n_results=n_results,
            catalogue=catalogue,
            memory=served.memory,
            rng=served.rng,
        )
        rows, best = answer(scores, [*_filtering(deployment, question), *deployment.steps], asked)
        return list(zip(catalogue.ids(rows.tolist()), best.tolist(), strict=True))

    return await deployment.ask(question, finish)


async def rank(deployment: Deployment, question: Question, item_ids: Sequence[str]) -> Scored:
    """The given items, each once, by score; known ones' scores sum to 1, unknown ones come last with 0.

    What a filter leaves out counts as not given.
    """

    def finish(scores: Floats, catalogue: Catalogue) -> Scored:
        kept = item_ids
        for filtering in _filtering(deployment, question):
            kept = filtering.kept(kept, catalogue)
        return _in_order(scores, catalogue, kept)

    return await deployment.ask(question, finish)


def _filtering(deployment: Deployment, question: Question) -> list[Filtering]:
    """The steps of what a campaign always leaves out, and of the question's filter, if there are such."""
    served = deployment.served
    return [
        Filtering(
            filter_=filter_,
            user_id=served.who(question.user_id),
            item_id=question.item_id,
            histories=served.histories,
            memory=served.memory,
        )
        for filter_ in (deployment.campaign.leaves_out, question.filter_)
        if filter_ is not None
    ]


def _in_order(scores: Floats, catalogue: Catalogue, item_ids: Sequence[str]) -> Scored:
    rows = {item_id: catalogue.row(item_id) for item_id in item_ids}
    known = {item_id: float(scores[row]) for item_id, row in rows.items() if row is not None}
    total = sum(known.values())
    shares = {item_id: score / total if total else 1 / len(known) for item_id, score in known.items()}
    unknown = [(item_id, 0.0) for item_id, row in rows.items() if row is None]
    return sorted(shares.items(), key=lambda one: -one[1]) + unknown
