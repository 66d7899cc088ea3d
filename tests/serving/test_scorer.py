import asyncio

import numpy as np
import pytest

from presage.recipes.data import Query
from presage.serving import scorer
from presage.serving.scorer import Scorer


class Doubling:
    """Scores are the item's row times twice the length of the history."""

    def __init__(self, n_items=3):
        self.n_items = n_items
        self.batches = []

    def represent(self, queries):
        return np.array([[2.0 * len(query.item)] for query in queries], np.float32)

    def score(self, represented):
        self.batches.append(len(represented))
        return represented * np.arange(self.n_items, dtype=np.float32)


def query(n):
    return lambda: Query(item=np.zeros(n, np.int32), time=np.zeros(n, np.int64))


def ask(scorer, source, kept=None, finish=lambda scores: scores.tolist()):
    return scorer.ask(source, (kept if kept is not None else []).append, finish)


def together(*questions):
    async def run():
        return await asyncio.gather(*questions, return_exceptions=True)

    return asyncio.run(run())


def test_what_waits_is_scored_at_once():
    model, kept = Doubling(), []
    line = Scorer(model)
    answers = together(ask(line, query(1), kept), ask(line, np.float32([7])), ask(line, query(3), kept))
    assert answers == [[0, 2, 4], [0, 7, 14], [0, 6, 12]]
    assert model.batches == [3]
    assert [row.tolist() for row in kept] == [[2], [6]]


def test_a_long_line_is_taken_in_parts(monkeypatch):
    monkeypatch.setattr(scorer, "MOST_QUESTIONS", 4)
    model = Doubling()
    line = Scorer(model)
    answers = together(*(ask(line, query(n)) for n in range(10)))
    assert answers == [[0, 2 * n, 4 * n] for n in range(10)]
    assert model.batches == [4, 4, 2]


def test_old_questions_go_before_many_new_ones(monkeypatch):
    monkeypatch.setattr(scorer, "MOST_NEW", 2)
    model = Doubling()
    line = Scorer(model)
    answers = together(*(ask(line, query(n)) for n in range(5)), ask(line, np.float32([7])))
    assert answers == [[0, 2 * n, 4 * n] for n in range(5)] + [[0, 7, 14]]
    assert model.batches == [3, 2, 1]


def test_a_large_model_is_scored_in_a_thread(monkeypatch):
    monkeypatch.setattr(scorer, "INLINE_ITEMS", 2)
    model = Doubling()
    line = Scorer(model)
    assert together(*(ask(line, query(n)) for n in range(3))) == [[0, 2 * n, 4 * n] for n in range(3)]
    assert together(ask(line, query(5))) == [[0, 10, 20]]


def fail(*_):
    raise ZeroDivisionError


def test_an_error_in_one_answer_is_nobody_elses():
    answers = together(ask(line := Scorer(Doubling()), query(1)), ask(line, query(1), finish=fail))
    assert answers[0] == [0, 2, 4]
    assert isinstance(answers[1], ZeroDivisionError)


def test_an_error_of_the_model_is_told_to_all_who_wait_and_the_next_are_answered(monkeypatch):
    model = Doubling()
    line = Scorer(model)
    with monkeypatch.context() as broken:
        broken.setattr(model, "represent", fail)
        answers = together(ask(line, query(1)), ask(line, query(2)))
    assert [type(answer) for answer in answers] == [ZeroDivisionError, ZeroDivisionError]
    assert together(ask(line, query(1))) == [[0, 2, 4]]


def test_who_waits_no_more_is_passed_over():
    async def run():
        line = Scorer(Doubling())
        task = asyncio.ensure_future(ask(line, query(1)))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return await ask(line, query(2))

    assert asyncio.run(run()) == [0, 4, 8]
