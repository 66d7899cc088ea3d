"""Questions that wait together are answered together: one forward pass, one matrix product."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from presage.recipes.data import Floats, Query, RankingModel

INLINE_ITEMS = 20_000
"""A model of more items is scored in a thread, so that the loop goes on serving others meanwhile."""
MOST_SCORES = 16_000_000
"""Scores held at once: a batch has as many questions as fit, at least one."""
MOST_QUESTIONS = 64
MOST_NEW = 16
"""Of the questions of a batch at most so many are new, for a history takes a millisecond or more to read."""


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A question that waits for its turn.

    Parameters
    ----------
    ask : what to ask the model, made when the turn comes; or what `represent` made of it before
    keep : told what `represent` makes of the question
    finish : turns scores (n_items,) into the answer
    answer : is given the answer, or the error
    """

    ask: Callable[[], Query] | Floats
    keep: Callable[[Floats], None]
    finish: Callable[[Floats], Any]
    answer: asyncio.Future[Any]


class Scorer:
    """One model's line of questions; it belongs to one event loop.

    Whatever stands in line when the loop comes round is taken at once, without waiting for more: a lone
    question is answered right away, and the line grows only while others are being answered.
    """

    def __init__(self, model: RankingModel) -> None:
        self._model = model
        self._line: list[Waiting] = []
        self._worker: asyncio.Task[None] | None = None
        self._at_once = max(1, min(MOST_QUESTIONS, MOST_SCORES // max(1, model.n_items)))
        self._thread = ThreadPoolExecutor(1, "scorer") if model.n_items > INLINE_ITEMS else None

    async def ask(
        self,
        ask: Callable[[], Query] | Floats,
        keep: Callable[[Floats], None],
        finish: Callable[[Floats], Any],
    ) -> Any:
        """What `finish` makes of the model's scores."""
        loop = asyncio.get_running_loop()
        waiting = Waiting(ask=ask, keep=keep, finish=finish, answer=loop.create_future())
        self._line.append(waiting)
        if self._worker is None or self._worker.done():
            self._worker = loop.create_task(self._work())
        return await waiting.answer

    async def _work(self) -> None:
        while batch := self._take():
            if self._thread is None:
                answers = self._answer(batch)
            else:
                loop = asyncio.get_running_loop()
                answers = await loop.run_in_executor(self._thread, self._answer, batch)
            for waiting, answer in zip(batch, answers, strict=True):
                if waiting.answer.done():
                    continue
                if isinstance(answer, Exception):
                    waiting.answer.set_exception(answer)
                else:
                    waiting.answer.set_result(answer)
            await asyncio.sleep(0)

    def _take(self) -> list[Waiting]:
        """The next batch, out of the line."""
        taken: list[Waiting] = []
        left: list[Waiting] = []
        n_new = 0
        for waiting in self._line:
            fits = len(taken) < self._at_once and (n_new < MOST_NEW or not callable(waiting.ask))
            (taken if fits else left).append(waiting)
            n_new += fits and callable(waiting.ask)
        self._line = left
        return taken

    def _answer(self, batch: Sequence[Waiting]) -> list[Any]:
        """The answers, or for each the error that kept it from one."""
        try:
            scores = self._model.score(self._represented(batch))
        except Exception as error:
            return [error] * len(batch)
        return [_finished(waiting, row) for waiting, row in zip(batch, scores, strict=True)]

    def _represented(self, batch: Sequence[Waiting]) -> Floats:
        """(n_questions, d), those that were represented before as they are."""
        new = [place for place, waiting in enumerate(batch) if callable(waiting.ask)]
        rows: list[Floats] = [np.empty(0, np.float32) if callable(w.ask) else w.ask for w in batch]
        if new:
            queries = [ask() for waiting in batch if callable(ask := waiting.ask)]
            for place, row in zip(new, self._model.represent(queries), strict=True):
                rows[place] = row
                batch[place].keep(row)
        return np.stack(rows)


def _finished(waiting: Waiting, scores: Floats) -> Any:
    try:
        return waiting.finish(scores)
    except Exception as error:
        return error
