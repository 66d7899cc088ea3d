import tracemalloc

import pytest

from .shop import ask, ask_order, event, names


def test_scores_sum_to_1_and_fall(shop):
    scored = ask(shop, "ann")
    assert names(scored)[:2] == ["cap", "hat"]
    assert sum(score for _, score in scored) == pytest.approx(1)
    assert [score for _, score in scored] == sorted((score for _, score in scored), reverse=True)


def test_as_many_as_asked_for(shop):
    assert names(ask(shop, "ann", n=1)) == ["cap"]
    assert ask(shop, "ann", n=0) == []
    assert len(ask(shop, "ann", n=500)) == 4


@pytest.mark.parametrize("user", ["eve", "stranger", ""])
def test_whoever_has_no_history_is_answered(shop, user):
    assert [score for _, score in ask(shop, user)] == pytest.approx([0.25] * 4)


def test_an_event_changes_the_next_answer(shop):
    assert names(ask(shop, "ann"))[0] == "cap"
    shop.learn(event("ann", "tie", 99))
    assert names(ask(shop, "ann"))[:2] == ["tie", "cap"]


def test_a_requests_context_counts(shop):
    assert names(ask(shop, "ann", context={"DEVICE": "desk"}))[-1] == "cap"
    assert names(ask(shop, "ann", context={}))[0] == "cap"


def test_of_made_up_context_nothing_is_kept(shop):
    def made_up(n):
        return {"DEVICE": f"{n} " * 300} | {f"COLUMN_{n}_{k}": f"{n} {k} " * 100 for k in range(100)}

    tracemalloc.start()
    ask(shop, "ann", context=made_up(0))
    before = tracemalloc.get_traced_memory()[0]
    for n in range(1, 301):  # 20 MB
        assert names(ask(shop, "ann", context=made_up(n)))[0] == "cap"
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert after - before < 1_000_000


def test_a_given_list_is_ranked(shop):
    scored = ask_order(shop, "ann", ["tie", "sock", "hat", "cap", "hat", "shoe"])
    assert names(scored) == ["cap", "hat", "tie", "sock", "shoe"]
    assert sum(score for _, score in scored) == pytest.approx(1)
    assert [score for _, score in scored[-2:]] == [0.0, 0.0]


def test_a_list_of_strangers_keeps_its_order(shop):
    assert ask_order(shop, "ann", ["sock", "shoe"]) == [("sock", 0.0), ("shoe", 0.0)]
