"""Questions that wait together are answered together: one forward pass, one matrix product."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, TypeAlias

from presage.recipes.data import Floats

from .catalogue import Catalogue
from .question import Question
from .served import ServedVersion

INLINE_ITEMS = 20_000
"""A model of more items is scored in a thread, so that the loop goes on serving others meanwhile."""
MOST_SCORES = 16_000_000
"""Scores held at once: a batch has as many questions as fit, at least one."""
MOST_QUESTIONS = 64
GATHER_TURNS = 2
"""Of the event loop: in one a request is read, in the next it asks."""
Finish: TypeAlias = Callable[[Floats, Catalogue], Any]
"""Turns scores (n_items,), which are the answer's own, into the answer."""


class Waiting(NamedTuple):
    """A question that waits its turn; `answer` is given what `finish` makes of the scores, or an error."""

    question: Question
    finish: Finish
    answer: asyncio.Future[Any]


class Scorer:
    """One version's line of questions; it belongs to one event loop.

    Whatever stands in line when the loop comes round is taken at once, without waiting for more: a lone
    question is answered right away, and the line grows only while others are being answered.
    """

    def __init__(self, served: ServedVersion) -> None:
        self.served = served
        self._line: list[Waiting] = []
        self._worker: asyncio.Task[None] | None = None
        n_items = len(served.catalogue.uses)
        self._at_once = max(1, min(MOST_QUESTIONS, MOST_SCORES // max(1, n_items)))
        self._thread = ThreadPoolExecutor(1, "scorer") if n_items > INLINE_ITEMS else None

    async def ask(self, question: Question, finish: Finish) -> Any:
        """What `finish` makes of the model's scores."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Any] = loop.create_future()
        self._line.append(Waiting(question, finish, answer))
        if self._worker is None or self._worker.done():
            self._worker = loop.create_task(self._work())
        return await answer

    async def _work(self) -> None:
        while self._line:
            await self._gather()
            batch = self._take()
            try:
                if batch:
                    await self._answer(batch)
            except Exception as error:
                for waiting in batch:
                    _settle(waiting, error)
            await asyncio.sleep(0)

    async def _gather(self) -> None:
        """Let those who are being read already stand in line: a larger batch costs less a question."""
        n_before = 0
        while n_before < len(self._line) < self._at_once:
            n_before = len(self._line)
            for _ in range(GATHER_TURNS):
                await asyncio.sleep(0)

    def _take(self) -> list[Waiting]:
        """The next batch, out of the line; who waits no more is passed over."""
        taken, self._line = self._line[: self._at_once], self._line[self._at_once :]
        return [waiting for waiting in taken if not waiting.answer.done()]

    async def _answer(self, batch: Sequence[Waiting]) -> None:
        catalogue = self.served.catalogue
        places, represented = self.served.represent([waiting.question for waiting in batch], catalogue)
        ready = [batch[place] for place in places]
        if len(ready) < len(batch):
            self._line[:0] = [waiting for place, waiting in enumerate(batch) if place not in places]
        if self._thread is None:
            answers = _answers(represented, catalogue, ready)
        else:
            loop = asyncio.get_running_loop()
            answers = await loop.run_in_executor(self._thread, _answers, represented, catalogue, ready)
        for waiting, answer in zip(ready, answers, strict=True):
            _settle(waiting, answer)


def _answers(represented: Floats, catalogue: Catalogue, batch: Sequence[Waiting]) -> list[Any]:
    """The answers, or for each the error that kept it from one."""
    scores = catalogue.model.score(represented)
    return [_finished(waiting, row, catalogue) for waiting, row in zip(batch, scores, strict=True)]


def _finished(waiting: Waiting, scores: Floats, catalogue: Catalogue) -> Any:
    try:
        return waiting.finish(scores, catalogue)
    except Exception as error:
        return error


def _settle(waiting: Waiting, answer: Any) -> None:
    if waiting.answer.done():
        return
    if isinstance(answer, Exception):
        waiting.answer.set_exception(answer)
    else:
        waiting.answer.set_result(answer)
