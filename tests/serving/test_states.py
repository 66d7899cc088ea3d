"""A user's state moves on with each event; only where that would be wrong the history is read again."""

import asyncio
import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from presage.serving.memory import GroupMemory, Limits
from presage.serving.recommend import Question, recommend
from presage.serving.served import ServedVersion
from presage.serving.states import MOST_READ, MOST_STEPS
from presage.serving.version import load_version

from .shop import CAMPAIGN, Recency, Shop, ask, event, names, save


class Counting(Recency):
    """Notes what it is given."""

    def __init__(self, n_items=4, gap=math.inf):
        super().__init__(n_items)
        object.__setattr__(self, "histories", [])
        object.__setattr__(self, "steps", [])
        object.__setattr__(self, "ended", [])
        object.__setattr__(self, "gap", gap)

    def read(self, histories):
        self.histories.extend(histories)
        return super().read(histories)

    def advance(self, states, item, silence, context):
        self.steps.append((item.tolist(), silence.tolist(), context))
        return super().advance(states, item, silence, context)

    def end_sessions(self, states):
        self.ended.append(len(states))
        return super().end_sessions(states)

    def represent(self, states, queries):
        object.__setattr__(self, "queries", queries)
        return super().represent(states, queries)


def watched(shop, **facts):
    model = Counting(**facts)
    object.__setattr__(shop.get(CAMPAIGN).served.catalogue, "model", model)
    return model


def items(shop, history):
    return shop.get(CAMPAIGN).served.catalogue.ids(history.item.tolist())


def test_the_version_knows_its_users_and_nothing_is_read(shop):
    model = watched(shop)
    assert names(ask(shop, "ann"))[:2] == ["cap", "hat"]
    ask(shop, "ann")
    assert (model.histories, model.steps) == ([], [])
    (query,) = model.queries
    assert (query.silence, query.context, query.seed_item) == (80, {}, None)
    assert query.user_features["AGE"].values.tolist() == [-1.0]


def test_an_event_is_a_step_and_is_taken_once(shop):
    model = watched(shop)
    ask(shop, "ann")
    shop.learn(event("ann", "tie", 25, DEVICE="desk"), event("ann", "sock", 26), event("ann", "bow", 30))
    ask(shop, "ann")
    assert names(ask(shop, "ann")) == ["bow", "tie", "cap", "hat"]
    assert [(item, silence) for item, silence, _ in model.steps] == [([3], [5]), ([0], [5])]
    device = shop.get(CAMPAIGN).served.version.vocabulary.context["DEVICE"].names.row("desk")
    assert model.steps[0][2][0]["DEVICE"].codes.tolist() == [device]
    assert model.histories == []


def test_a_session_ends_once_however_often_is_asked(shop):
    model = watched(shop, gap=50)  # the last event was at 20, it is asked at 100
    first = ask(shop, "ann")
    assert (first, model.ended) == (ask(shop, "ann"), [1])
    assert model.queries[0].silence == 0
    shop.learn(event("ann", "tie", 75))
    ask(shop, "ann")  # the silence from 20 to 75 ended the session, that from 75 to 100 did not
    assert (model.steps[0][1], model.ended, model.queries[0].silence) == ([0], [1], 25)


def test_an_event_that_is_told_late_goes_on_from_within_its_session(shop):
    model = watched(shop, gap=50)
    ask(shop, "ann")
    shop.learn(event("ann", "tie", 30))  # 10 seconds after the one before
    ask(shop, "ann")
    assert (model.steps[0][1], model.ended, model.histories) == ([10], [1, 1], [])


def test_users_who_ask_together_move_on_together(shop):
    model = watched(shop)
    shop.learn(event("ann", "tie", 30), event("bob", "hat", 31), event("ann", "bow", 32))

    async def together():
        asked = [
            recommend(shop.get(CAMPAIGN), Question(user_id=u, now=99.0), 1) for u in ("ann", "bob", "ann")
        ]
        return await asyncio.gather(*asked)

    assert [names(found.scored) for found in asyncio.run(together())] == [["bow"], ["hat"], ["bow"]]
    assert [item for item, _, _ in model.steps] == [[3, 2], [0]]


@pytest.mark.parametrize(
    ("late", "read"),
    [
        (event("ann", "tie", 15, DEVICE="desk"), ["hat", "tie", "cap"]),  # out of order
        (event("ann", "tie", 20), ["hat", "cap", "tie"]),  # not: as late as the last one
    ],
)
def test_events_told_late_stand_where_they_belong(shop, late, read):
    model = watched(shop)
    ask(shop, "ann")
    shop.learn(late)
    ask(shop, "ann")
    ask(shop, "ann")
    histories = [items(shop, history) for history in model.histories]
    assert histories == ([read] if read[-1] == "cap" else [])
    if histories:
        (history,) = model.histories
        assert history.time.tolist() == [10, 15, 20]
        assert history.context["DEVICE"].start.tolist() == [0, 1, 2, 2]
        assert history.user_features["AGE"].values.tolist() == [-1.0]


def test_a_session_that_turns_out_to_be_a_user_s_is_read_with_the_user_s_history(shop):
    model = watched(shop)
    shop.learn(event(None, "tie", 30, session="s9"))
    assert names(ask(shop, "s9"))[0] == "tie"
    ask(shop, "ann")
    shop.learn(event("ann", "bow", 40, session="s9"))
    assert names(ask(shop, "ann"))[:3] == ["bow", "tie", "cap"]
    assert names(ask(shop, "s9"))[:3] == ["bow", "tie", "cap"]  # asked for by the session's name
    assert items(shop, model.histories[-1]) == ["hat", "cap", "tie", "bow"]
    shop.learn(event(None, "hat", 50, session="s9"))
    assert names(ask(shop, "ann"))[:2] == ["hat", "bow"]
    assert len(model.histories) == 2


def test_a_session_called_as_a_user_leads_to_that_user(shop):
    shop.learn(event("bob", "tie", 99, session="ann"))
    assert names(ask(shop, "ann"))[0] == "cap"


def test_another_record_of_a_user_is_read_with_the_history(shop):
    model = watched(shop)
    ask(shop, "ann")
    shop.learn({"USER_ID": "ann", "AGE": 30}, {"USER_ID": "new", "AGE": None}, kind="USERS")
    ask(shop, "ann")
    assert model.histories[0].user_features["AGE"].values.tolist() == [0.0]
    assert model.queries[0].user_features["AGE"].values.tolist() == [0.0]
    ask(shop, "new")
    assert np.isnan(model.queries[0].user_features["AGE"].values[0])
    assert len(model.histories) == 2


def test_a_user_whom_the_version_does_not_know_is_read_once(shop):
    model = watched(shop)
    shop.learn(event("new", "tie", 30), event("new", "bow", 31))
    assert names(ask(shop, "new"))[:2] == ["bow", "tie"]
    shop.learn(event("new", "hat", 32))
    assert names(ask(shop, "new"))[:2] == ["hat", "bow"]
    assert [items(shop, history) for history in model.histories] == [["tie", "bow"]]
    assert len(model.steps) == 1


@pytest.mark.parametrize(
    ("facts", "seen"),
    [
        ({}, ["hat", "bow", "tie"]),
        ({"seq": 1}, ["hat", "bow", "tie"]),
        ({"eventType": "buy"}, ["bow"]),
        ({"eventValueThreshold": 2.0}, ["hat"]),
        ({"eventValueThreshold": 0.0}, ["hat", "bow"]),
        ({"events": [["buy", None]]}, ["bow"]),
        ({"events": [["buy", 0.5], ["view", None]]}, ["hat", "tie"]),
        ({"events": []}, ["hat", "bow", "tie"]),
    ],
)
@pytest.mark.parametrize("user", ["new", "bob"])
def test_a_model_sees_events_of_its_kind(group, tmp_path, facts, seen, user):
    shop = Shop(group, save(tmp_path / "version", **facts))
    ask(shop, user)
    model = watched(shop)
    shop.learn(
        event(user, "tie", 99),
        event(user, "bow", 100, EVENT_TYPE="buy", EVENT_VALUE=0.0),
        event(user, "hat", 101, EVENT_VALUE=2.0),
    )
    ask(shop, user, now=200.0)
    assert model.histories == []
    assert [shop.get(CAMPAIGN).served.catalogue.ids(item)[0] for item, _, _ in model.steps][::-1] == seen


def test_nobody_has_an_empty_history(shop):
    model = watched(shop)
    ask(shop, "stranger")
    (history,) = model.histories
    assert (len(history.item), len(history.time), model.queries[0].silence) == (0, 0, 0)
    assert history.user_features == model.queries[0].user_features == {}
    assert history.context["DEVICE"].start.tolist() == [0]


def test_the_request_is_part_of_the_question(shop):
    model = watched(shop)
    ask(shop, "ann", item_id="tie", context={"device": "desk"})
    assert model.queries[0].seed_item == shop.get(CAMPAIGN).served.catalogue.row("tie")
    assert len(model.queries[0].context["DEVICE"].codes) == 1
    ask(shop, "ann", item_id="sock")
    assert model.queries[0].seed_item is None


def test_many_histories_are_read_a_few_at_a_time(shop):
    model = watched(shop)
    read, sizes = model.read, []
    object.__setattr__(model, "read", lambda histories: sizes.append(len(histories)) or read(histories))

    async def together():
        asked = [recommend(shop.get(CAMPAIGN), Question(user_id=f"new {n}", now=9.0), 1) for n in range(40)]
        return await asyncio.gather(*asked)

    assert len(asyncio.run(together())) == 40
    assert sizes == [MOST_READ, MOST_READ, 40 - 2 * MOST_READ]


def test_of_much_news_the_history_is_read_instead(shop):
    model = watched(shop)
    shop.learn(*(event("ann", "tie", 30 + n) for n in range(MOST_STEPS + 1)))
    ask(shop, "ann", now=999.0)
    assert model.steps == []
    assert len(model.histories[0].item) == 2 + MOST_STEPS + 1


def test_a_failed_step_is_taken_again(shop, monkeypatch):
    model = watched(shop)
    ask(shop, "ann")
    shop.learn(event("ann", "tie", 30), event("ann", "bow", 31))
    advance = model.advance

    def failing(states, item, silence, context):
        if item == [0]:
            raise ZeroDivisionError
        return advance(states, item, silence, context)

    object.__setattr__(model, "advance", failing)
    with pytest.raises(ZeroDivisionError):
        ask(shop, "ann")
    object.__setattr__(model, "advance", advance)
    assert ask(shop, "ann") == ask(Shop(shop.group, shop.campaign(CAMPAIGN).model), "ann")


rows = st.builds(
    event,
    st.sampled_from(["ann", "bob", "new", None]),
    st.sampled_from(["hat", "cap", "tie"]),
    st.integers(15, 40),
    st.sampled_from(["s1", "s2"]),
)
steps = st.lists(rows | st.sampled_from(["ask", "move"]), max_size=15)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_however_it_came_to_it_a_state_is_that_of_the_history(group, folder, steps):
    """Whatever was asked, and put in columns, in between: the answer is that of one who reads everything."""

    def served():
        memory = GroupMemory(group.source, Limits(n_recent=0))
        memory.load(group.log)
        return ServedVersion(load_version(folder), memory, np.random.default_rng(0))

    def states(one):
        users = ["ann", "bob", "new", "s1", "s2"]
        questions = [Question(user_id=user, now=50.0) for user in users]
        return one.represent(questions, one.catalogue)[1]

    moving, fresh = served(), served()
    for place, step in enumerate(steps, 1):
        if step == "ask":
            states(moving)
        elif step == "move":
            moving.memory.refresh()
        else:
            for one in (moving, fresh):
                one.memory.tell("INTERACTIONS", [place], [step])
    np.testing.assert_allclose(states(moving), states(fresh), atol=1e-6)
