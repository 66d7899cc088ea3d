"""The two questions that a campaign answers: which items would a user like, and in which order?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from presage.filters.tree import Filter
from presage.recipes.data import Floats

from .catalogue import Catalogue
from .deployment import Deployment
from .filtering import Filtering
from .promoting import Promotion, Rows, mixed
from .question import Question
from .served import ServedVersion
from .steps import Asked, answer

__all__ = ["Question", "Scored", "Shown", "filtering_of", "in_order", "rank", "recommend"]

Scored: TypeAlias = list[tuple[str, float]]
"""(item id, score), best first."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The items of an answer.

    Parameters
    ----------
    scored : in the order in which they are shown
    promoted : the places of those that a promotion brought in
    explored : the places of those that exploration moved up
    """

    scored: Scored
    promoted: frozenset[int] = frozenset()
    explored: frozenset[int] = frozenset()


async def recommend(deployment: Deployment, question: Question, n_results: int) -> Shown:
    """The items with the highest scores; over all items the scores sum to 1.

    A campaign that explores moves new items up now and then. Unknown users get what somebody without a
    history gets, an unknown seed item is as none. A filter leaves items out, the scores stay. What is
    promoted stands at random places, chosen as the rest but for the question's filter.
    """

    def finish(scores: Floats, catalogue: Catalogue) -> Shown:
        asked = _asked(deployment, question, catalogue, n_results)
        if question.promotion is None:
            rows, best = _answered(deployment, question, question.filter_, scores, asked)
            return _shown(rows, best.tolist(), asked)
        return _with_promotion(deployment, question, question.promotion, scores, asked)

    return await deployment.ask(question, finish)


def _answered(
    deployment: Deployment, question: Question, filter_: Filter | None, scores: Floats, asked: Asked
) -> tuple[Rows, Floats]:
    """The rows of the best items that a filter lets through, and their scores."""
    return answer(scores, [*_filtering(deployment, question, filter_), *deployment.steps], asked)


def _with_promotion(
    deployment: Deployment, question: Question, promotion: Promotion, scores: Floats, asked: Asked
) -> Shown:
    few = replace(asked, n_results=promotion.n_items)
    promoted, theirs = _answered(deployment, question, promotion.filter_, scores.copy(), few)
    rows, others = _answered(deployment, question, question.filter_, scores, asked)
    both, places = mixed(rows, promoted, asked.n_results, asked.rng)
    score = dict(zip(rows.tolist(), others.tolist(), strict=True))
    score |= zip(promoted.tolist(), theirs.tolist(), strict=True)
    shown = _shown(both, [score[row] for row in both.tolist()], asked)
    return replace(shown, promoted=frozenset(places.tolist()))


def _shown(rows: Rows, scores: Sequence[float], asked: Asked) -> Shown:
    shown: list[int] = rows.tolist()
    moved_up = asked.explored and [place for place, row in enumerate(shown) if row in asked.explored]
    scored = list(zip(asked.catalogue.ids(shown), scores, strict=True))
    return Shown(scored, explored=frozenset(moved_up))


def _asked(deployment: Deployment, question: Question, catalogue: Catalogue, n_results: int) -> Asked:
    served = deployment.served
    return Asked(
        user_id=question.user_id,
        n_results=n_results,
        catalogue=catalogue,
        memory=served.memory,
        rng=served.rng,
        now=question.now,
    )


async def rank(deployment: Deployment, question: Question, item_ids: Sequence[str]) -> Scored:
    """The given items, each once, by score; known ones' scores sum to 1, unknown ones come last with 0.

    What a filter leaves out counts as not given.
    """

    def finish(scores: Floats, catalogue: Catalogue) -> Scored:
        kept = item_ids
        for filtering in _filtering(deployment, question, question.filter_):
            kept = filtering.kept(kept, catalogue)
        asked = _asked(deployment, question, catalogue, len(kept))
        for step in deployment.steps:
            scores, _ = step(scores, None, asked)
        return in_order(scores, catalogue, kept)

    return await deployment.ask(question, finish)


def _filtering(deployment: Deployment, question: Question, filter_: Filter | None) -> list[Filtering]:
    """The steps of what a campaign always leaves out, and of another filter, if there are such."""
    return filtering_of(deployment.served, question, deployment.campaign.leaves_out, filter_)


def filtering_of(served: ServedVersion, question: Question, *filters: Filter | None) -> list[Filtering]:
    """The steps of those filters that are there."""
    return [
        Filtering(
            filter_=one,
            user_id=served.who(question.user_id),
            item_id=question.item_id,
            histories=served.histories,
            memory=served.memory,
        )
        for one in filters
        if one is not None
    ]


def in_order(scores: Floats, catalogue: Catalogue, item_ids: Sequence[str]) -> Scored:
    """Given items, each once, by their scores (n_items,), which are made to sum to 1; see `rank`."""
    rows = {item_id: catalogue.row(item_id) for item_id in item_ids}
    known = {item_id: float(scores[row]) for item_id, row in rows.items() if row is not None}
    total = sum(known.values())
    shares = {item_id: score / total if total else 1 / len(known) for item_id, score in known.items()}
    unknown = [(item_id, 0.0) for item_id, row in rows.items() if row is None]
    return sorted(shares.items(), key=lambda one: -one[1]) + unknown
