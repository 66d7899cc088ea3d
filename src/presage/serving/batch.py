"""Many questions at once, answered as a campaign would answer each of them."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeAlias

import numpy as np

from presage.metrics import top_k_of_rows
from presage.recipes.data import Floats

from .catalogue import Catalogue
from .memory import GroupMemory
from .question import Question
from .recommend import filtering_of, in_order
from .served import ServedVersion
from .steps import Asked, Mask, Step, answer
from .version import Version

MOST_SCORES = 2_000_000
"""Scores that one `Finish` holds at once, if it has more than one question."""
MOST_QUESTIONS = 512
Scored: TypeAlias = tuple[Sequence[str], Sequence[float]]
"""Item ids and their scores, best first."""
Finish: TypeAlias = Callable[[], list[Scored]]
"""Gives the answers to some questions, in their order; to be called once, by any thread."""


class Batch:
    """A version that answers many questions, all from the same catalogue.

    Parameters
    ----------
    steps : from the model's scores to an answer
    seed : the same questions at the same place get the same answers, however they are varied
    """

    def __init__(self, version: Version, memory: GroupMemory, steps: Sequence[Step], seed: int) -> None:
        self._seed = seed
        self._served = ServedVersion(version, memory, np.random.default_rng(seed), is_frozen=True)
        self._steps = steps

    @property
    def at_once(self) -> int:
        """How many questions `recommend` and `rank` should be given at once."""
        return max(1, min(MOST_QUESTIONS, MOST_SCORES // max(1, len(self._served.catalogue.uses))))

    def recommend(self, questions: Sequence[Question], n_results: int, place: int = 0) -> Finish:
        """What gives for each question what `recommend.recommend` would; one thread asks.

        Parameters
        ----------
        place : how many questions come before these
        """
        served, catalogue = self._served, self._served.catalogue
        _, represented = served.represent(questions, catalogue)
        masks: list[Mask] = [
            next((one.mask(catalogue) for one in filtering_of(served, question, question.filter_)), None)
            for question in questions
        ]
        if not self._steps and all(mask is None for mask in masks):
            return partial(_best, represented, catalogue, n_results)
        return partial(self._answers, represented, self._asked(questions, n_results, place), masks)

    def rank(self, questions: Sequence[Question], lists: Sequence[Sequence[str]], place: int = 0) -> Finish:
        """What gives for each question and its items what `recommend.rank` would, as `recommend` does."""
        served, catalogue = self._served, self._served.catalogue
        _, represented = served.represent(questions, catalogue)
        kept = list(lists)
        for number, question in enumerate(questions):
            for filtering in filtering_of(served, question, question.filter_):
                kept[number] = filtering.kept(kept[number], catalogue)
        return partial(self._ranked, represented, self._asked(questions, 0, place), kept)

    def _asked(self, questions: Sequence[Question], n_results: int, place: int) -> list[Asked]:
        served, rng = self._served, np.random.default_rng([self._seed, place])
        return [
            Asked(
                user_id=question.user_id,
                n_results=n_results,
                catalogue=served.catalogue,
                memory=served.memory,
                rng=rng,
            )
            for question in questions
        ]

    def _answers(self, represented: Floats, asked: Sequence[Asked], masks: Sequence[Mask]) -> list[Scored]:
        catalogue = self._served.catalogue
        scores = catalogue.model.score(represented)
        found = (
            answer(row, self._steps, one, mask) for row, one, mask in zip(scores, asked, masks, strict=True)
        )
        return [(catalogue.ids(rows.tolist()), best.tolist()) for rows, best in found]

    def _ranked(
        self, represented: Floats, asked: Sequence[Asked], lists: Sequence[Sequence[str]]
    ) -> list[Scored]:
        catalogue = self._served.catalogue
        found: list[Scored] = []
        for row, one, items in zip(catalogue.model.score(represented), asked, lists, strict=True):
            scores = row
            for step in self._steps:
                scores, _ = step(scores, None, one)
            ranked = in_order(scores, catalogue, items)
            found.append(([item for item, _ in ranked], [score for _, score in ranked]))
        return found


def _best(represented: Floats, catalogue: Catalogue, n_results: int) -> list[Scored]:
    scores = catalogue.model.score(represented)
    rows = top_k_of_rows(scores, n_results)
    best = np.take_along_axis(scores, rows, axis=1)
    return [(catalogue.ids(row), values) for row, values in zip(rows.tolist(), best.tolist(), strict=True)]
