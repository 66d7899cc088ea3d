import asyncio
from types import SimpleNamespace

import numpy as np
import pytest

from presage.serving import scorer
from presage.serving.question import Question
from presage.serving.scorer import Scorer


class Doubling:
    """Served: of question "n" the scores are the items' rows times 2 n."""

    def __init__(self, n_items=3, most_read=99):
        self.most_read = most_read
        self.batches = []
        self.catalogue = SimpleNamespace(uses=np.zeros(n_items), model=self)

    def represent(self, questions, catalogue):
        assert catalogue is self.catalogue
        places = range(min(len(questions), self.most_read))
        return [*places], np.array([[2.0 * int(questions[place].user_id)] for place in places], np.float32)

    def score(self, represented):
        self.batches.append(len(represented))
        return represented * np.arange(len(self.catalogue.uses), dtype=np.float32)


def ask(scorer, n, finish=lambda scores, catalogue: scores.tolist()):
    return scorer.ask(Question(user_id=str(n)), finish)


def together(*questions):
    async def run():
        return await asyncio.gather(*questions, return_exceptions=True)

    return asyncio.run(run())


def test_what_waits_is_scored_at_once():
    line = Scorer(served := Doubling())
    assert together(*(ask(line, n) for n in (1, 7, 3))) == [[0, 2, 4], [0, 14, 28], [0, 6, 12]]
    assert served.batches == [3]


def test_a_long_line_is_taken_in_parts(monkeypatch):
    monkeypatch.setattr(scorer, "MOST_QUESTIONS", 4)
    line = Scorer(served := Doubling())
    assert together(*(ask(line, n) for n in range(10))) == [[0, 2 * n, 4 * n] for n in range(10)]
    assert served.batches == [4, 4, 2]


def test_questions_that_have_to_wait_keep_their_place():
    line = Scorer(served := Doubling(most_read=2))
    order = []

    def note(scores, catalogue):
        order.append(int(scores[1]) // 2)
        return order[-1]

    assert together(*(ask(line, n, note) for n in range(5))) == list(range(5))
    assert served.batches == [2, 2, 1]
    assert order == list(range(5))


def test_a_large_model_is_scored_in_a_thread(monkeypatch):
    monkeypatch.setattr(scorer, "INLINE_ITEMS", 2)
    line = Scorer(Doubling())
    assert together(*(ask(line, n) for n in range(3))) == [[0, 2 * n, 4 * n] for n in range(3)]
    assert together(ask(line, 5)) == [[0, 10, 20]]


def fail(*_):
    raise ZeroDivisionError


def test_an_error_in_one_answer_is_nobody_elses():
    line = Scorer(Doubling())
    answers = together(ask(line, 1), ask(line, 1, fail))
    assert answers[0] == [0, 2, 4]
    assert isinstance(answers[1], ZeroDivisionError)


@pytest.mark.parametrize("broken", ["represent", "score"])
def test_an_error_of_the_model_is_told_to_all_who_wait_and_the_next_are_answered(monkeypatch, broken):
    line = Scorer(served := Doubling())
    with monkeypatch.context() as patch:
        patch.setattr(served, broken, fail)
        answers = together(ask(line, 1), ask(line, 2))
    assert [type(answer) for answer in answers] == [ZeroDivisionError, ZeroDivisionError]
    assert together(ask(line, 1)) == [[0, 2, 4]]


def test_who_waits_no_more_is_passed_over():
    async def run():
        line = Scorer(served := Doubling())
        task = asyncio.ensure_future(ask(line, 1))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return await ask(line, 2), served.batches

    assert asyncio.run(run()) == ([0, 4, 8], [1])
