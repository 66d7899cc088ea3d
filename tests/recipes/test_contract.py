"""What every ranking recipe promises; a new one is tested here by standing in `RANKING`."""

import copy
import subprocess
import sys
import time
from dataclasses import fields, is_dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from presage.artifacts import load, save
from presage.recipes import RANKING, RECIPES, load_model
from presage.recipes.data import History, Previous, Training
from presage.recipes.ranking.selection import take
from presage.recipes.settings import Setting, parse_settings, settings_of

from .logs import (
    START,
    categories,
    checkerboard,
    everything,
    log_of,
    numbers,
    question_of,
    represented,
    scored,
)

N_ITEMS = 18  # of which the last two are never used
HISTORIES = checkerboard()
QUESTIONS = [
    question_of(),
    question_of([3]),
    question_of(HISTORIES[0]),
    question_of(HISTORIES[1][:5] * 30),
    question_of([2, 4], user_features={"SEX": categories((0,))}, now_context={"DEVICE": categories((1,))}),
]


@cache
def fitted(name):
    return RANKING[name]().fit(everything(HISTORIES, N_ITEMS), Training(seed=3))


def holds(found, n_questions, n_items):
    assert found.shape == (n_questions, n_items)
    assert found.dtype == np.float32
    assert found.flags.c_contiguous
    assert np.all(found >= 0)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-5)


FEATURES = {"GENRES": categories((0, 3), (), n_values=5), "PRICE": numbers(2.0, np.nan)}
EVENTS = st.tuples(
    st.integers(0, N_ITEMS - 1), st.integers(0, 40 * 86_400), st.lists(st.integers(0, 2), max_size=2)
)
SEX = st.sampled_from([{}, {"SEX": categories((1,))}])


def history_of(events, user_features, n_items=N_ITEMS):
    """A history from (item, seconds since the event before, codes of DEVICE)."""
    return History(
        item=np.array([item % n_items for item, _, _ in events], np.int32),
        time=START + np.cumsum([silence for _, silence, _ in events], dtype=np.int64),
        context={"DEVICE": categories(*[tuple(codes) for _, _, codes in events], n_values=2)},
        user_features=user_features,
    )


def advanced(model, history):
    """(1, state_size): the state of a user without events moved on by each event of a history."""
    states = model.read([replace(history, item=history.item[:0], time=history.time[:0], context={})])
    silence = np.diff(history.time, prepend=history.time[:1]).astype(np.float32)
    for event, item in enumerate(history.item):
        context = {name: take(column, np.array([event])) for name, column in history.context.items()}
        states = model.advance(states, np.array([item], np.int32), silence[event : event + 1], [context])
    return states


@pytest.mark.parametrize("name", RANKING)
class TestEveryRankingRecipe:
    def test_every_row_is_a_distribution_over_all_items(self, name):
        model = fitted(name)
        assert model.n_items == N_ITEMS
        holds(scored(model, QUESTIONS), len(QUESTIONS), N_ITEMS)
        holds(scored(model, []), 0, N_ITEMS)

    def test_a_batch_scores_as_one_by_one(self, name):
        model = fitted(name)
        single = np.concatenate([represented(model, [question]) for question in QUESTIONS])
        np.testing.assert_allclose(represented(model, QUESTIONS), single, atol=1e-5)
        np.testing.assert_allclose(scored(model, QUESTIONS), model.score(single), atol=1e-6)

    @settings(deadline=None)
    @given(st.lists(EVENTS, max_size=40), SEX)
    def test_a_state_moved_on_by_each_event_is_that_of_the_whole_history(self, name, events, features):
        model, history = fitted(name), history_of(events, features)
        read = model.read([history])
        assert read.shape == (1, model.state_size)
        assert read.dtype == np.float32
        np.testing.assert_allclose(advanced(model, history), read, atol=1e-5)

    def test_states_are_moved_on_together_as_one_by_one(self, name):
        model = fitted(name)
        states = model.read([history for history, _ in QUESTIONS])
        item, silence = np.arange(5, dtype=np.int32), np.float32([0, 1, 10**7, 60, 0])
        context = [{}, {"DEVICE": categories((1,))}, {}, {"DEVICE": categories(())}, {"MOON": numbers(1)}]
        together = model.advance(states, item, silence, context)
        alone = [
            model.advance(states[k : k + 1], item[k : k + 1], silence[k : k + 1], context[k : k + 1])
            for k in range(5)
        ]
        np.testing.assert_allclose(together, np.concatenate(alone), atol=1e-5)

    def test_a_silence_is_the_same_as_a_session_that_was_ended(self, name):
        model = fitted(name)
        assert model.gap > 0
        states = model.read([history for history, _ in QUESTIONS])
        silent = [replace(query, silence=1e9 if model.gap < 1e9 else 0.0) for _, query in QUESTIONS]
        ended = model.end_sessions(states) if model.gap < 1e9 else states
        quiet = [replace(query, silence=0.0) for _, query in QUESTIONS]
        np.testing.assert_allclose(model.represent(ended, quiet), model.represent(states, silent), atol=1e-6)
        item, n = np.arange(5, dtype=np.int32), len(states)
        np.testing.assert_allclose(
            model.advance(ended, item, np.zeros(n, np.float32), [{}] * n),
            model.advance(states, item, np.float32([query.silence for query in silent]), [{}] * n),
            atol=1e-6,
        )
        assert model.end_sessions(states).dtype == np.float32

    def test_states_are_left_as_they_were(self, name):
        model = fitted(name)
        states = model.read([history for history, _ in QUESTIONS])
        before = states.copy()
        model.represent(states, [replace(query, silence=1e9) for _, query in QUESTIONS])
        model.end_sessions(states)
        n = len(states)
        model.advance(states, np.zeros(n, np.int32), np.full(n, 1e9, np.float32), [{}] * n)
        np.testing.assert_array_equal(states, before)

    def test_new_items_are_scored_beside_the_others(self, name):
        model = fitted(name)
        extended = model.extended(FEATURES, 2)
        assert (model.n_items, extended.n_items) == (N_ITEMS, N_ITEMS + 2)
        found = scored(extended, QUESTIONS)
        holds(found, len(QUESTIONS), N_ITEMS + 2)
        known = found[:, :N_ITEMS] / found[:, :N_ITEMS].sum(axis=1, keepdims=True)
        np.testing.assert_allclose(known, scored(model, QUESTIONS), atol=1e-6)

    def test_items_may_be_added_one_by_one(self, name):
        once = fitted(name).extended(FEATURES, 2)
        twice = fitted(name)
        for row in (0, 1):
            twice = twice.extended({n: take(column, np.array([row])) for n, column in FEATURES.items()}, 1)
        np.testing.assert_allclose(scored(twice, QUESTIONS), scored(once, QUESTIONS), rtol=1e-5)

    @settings(deadline=None)
    @given(st.lists(EVENTS, max_size=12))
    def test_new_items_stand_in_histories(self, name, events):
        model = fitted(name).extended(FEATURES, 2)
        history = history_of([(item + 4, *rest) for item, *rest in events], {}, N_ITEMS + 2)
        np.testing.assert_allclose(advanced(model, history), model.read([history]), atol=1e-5)

    def test_an_extended_model_survives_the_disk(self, name, tmp_path):
        model = fitted(name).extended(FEATURES, 2)
        save(tmp_path / "m", *model.state())
        loaded = load_model(*load(tmp_path / "m"))
        for one, other in ((loaded, model), (loaded.extended(FEATURES, 2), model.extended(FEATURES, 2))):
            np.testing.assert_array_equal(scored(one, QUESTIONS), scored(other, QUESTIONS))

    def test_a_training_may_go_on_from_an_older_model(self, name):
        log = everything(HISTORIES[:60], N_ITEMS)
        log = replace(log, item=(log.item + 1) % N_ITEMS)
        older = np.append(N_ITEMS - 1, np.arange(N_ITEMS - 1)).astype(np.int32)
        older[3] = -1
        previous = Previous(model=fitted(name), item=older)
        model = RANKING[name]().fit(log, Training(previous=previous))
        holds(scored(model, QUESTIONS), len(QUESTIONS), N_ITEMS)

    def test_training_ends_at_its_deadline_with_a_model(self, name):
        told = []
        training = Training(deadline=time.monotonic(), report=lambda step, fraction: told.append(step))
        model = RANKING[name]().fit(everything(HISTORIES, N_ITEMS), training)
        holds(scored(model, QUESTIONS), len(QUESTIONS), N_ITEMS)
        assert len([step for step in told if step.startswith("learning")]) <= 1

    def test_a_model_survives_the_disk(self, name, tmp_path):
        model = fitted(name)
        save(tmp_path / "m", *model.state())
        loaded = load_model(*load(tmp_path / "m"))
        assert type(loaded) is type(model)
        np.testing.assert_array_equal(scored(loaded, QUESTIONS), scored(model, QUESTIONS))

    def test_the_same_seed_gives_the_same_model(self, name):
        log = everything(HISTORIES[:30], N_ITEMS)
        first, second = (RANKING[name]().fit(log, Training(seed=5)).state()[0] for _ in range(2))
        assert set(first) == set(second)
        for key, array in first.items():
            np.testing.assert_array_equal(array, second[key])

    def test_the_log_is_left_as_it_was(self, name):
        log = everything(HISTORIES[:10], N_ITEMS)
        before = copy.deepcopy(log)
        RANKING[name]().fit(log)
        assert_same(log, before)

    def test_progress_reaches_the_end_and_never_goes_back(self, name):
        told = []
        RANKING[name]().fit(
            log_of(HISTORIES[:10]), Training(report=lambda step, fraction: told.append(fraction))
        )
        assert told == sorted(told)
        assert told[0] >= 0
        assert told[-1] == 1.0

    @pytest.mark.parametrize(
        "log",
        [
            log_of([[0, 0], [0]]),
            log_of([[0]]),
            log_of([[i % 5] for i in range(30)]),
            log_of([[], [1, 2], []], n_items=4),
            log_of([[], []], n_items=3),
            log_of([[1, 1, 1, 1]] * 3, n_items=2, gap=0),
        ],
        ids=[
            "one item",
            "one event",
            "one event each",
            "silent users",
            "no events",
            "repeats at one instant",
        ],
    )
    def test_odd_logs_train(self, name, log):
        model = RANKING[name]().fit(log)
        holds(scored(model, [question_of(), question_of([0])]), 2, log.n_items)

    def test_a_new_user_is_shown_what_is_popular(self, name):
        if name == "aws-trending-now":
            return  # shows everybody what is used more than before
        histories = [[0, 1 + u % 3] if u < 50 else [4 + u % 4] for u in range(60)]
        model = RANKING[name]().fit(log_of(histories))
        assert scored(model, [question_of()])[0].argmax() == 0

    def test_items_never_seen_are_scored_and_never_first(self, name):
        ranked = scored(fitted(name), [question_of(), question_of([16]), question_of([17, 16])])
        assert np.all(ranked.argmax(axis=1) < 16)

    def test_what_the_model_does_not_know_is_no_error(self, name):
        strange = question_of(
            [1, 99, -1],
            seed_item=99,
            context={"DEVICE": categories((7,), (), (0, 9), n_values=10), "MOON": numbers(1, 2, np.nan)},
            now_context={"MOON": numbers(np.nan), "DEVICE": categories((), n_values=2)},
            user_features={"SEX": numbers(3.0), "SHOE": categories((4,))},
        )
        holds(scored(fitted(name), [strange]), 1, N_ITEMS)

    def test_settings_have_defaults_within_their_limits(self, name):
        for key, (default, accepts) in settings_of(RANKING[name]).items():
            assert isinstance(accepts, Setting)
            text = str(default).lower() if isinstance(default, bool) else str(default)
            assert parse_settings(RANKING[name], {key: text}, accepts.group) == {key: default}


@pytest.mark.parametrize(
    "name", sorted(set(RANKING) - {"aws-popularity-count", "aws-trending-now", "aws-semantic-similarity"})
)
def test_a_withheld_cell_of_a_checkerboard_is_found(name):
    history = [i for i in range(0, 16, 2) if i != 6]
    row = scored(fitted(name), [question_of(history, seed_item=4)])[0]
    assert max(set(range(16)) - set(history), key=lambda i: row[i]) == 6
    assert row[6] > 1.9 * row[1:16:2].max()


def assert_same(one, other):
    if is_dataclass(one):
        for field in fields(one):
            assert_same(getattr(one, field.name), getattr(other, field.name))
    elif isinstance(one, dict):
        assert one.keys() == other.keys()
        for key in one:
            assert_same(one[key], other[key])
    else:
        np.testing.assert_array_equal(one, other)


def test_an_unknown_model_is_refused():
    with pytest.raises(ValueError, match=r"no model is called 'oracle'; this presage knows: .*popularity"):
        load_model({}, {"model": "oracle"})


def test_serving_does_not_import_torch(tmp_path):
    for name in RANKING:
        save(tmp_path / name, *fitted(name).state())
    program = (
        "import sys, pathlib; from presage.artifacts import load; from presage.recipes import load_model;"
        "from tests.recipes.logs import question_of, scored\n"
        "for folder in pathlib.Path(sys.argv[1]).iterdir():\n"
        "    scored(load_model(*load(folder)), [question_of([1, 2])])\n"
        "assert not {'torch', 'scipy'} & set(sys.modules), 'a heavy library was imported'"
    )
    subprocess.run([sys.executable, "-c", program, tmp_path], check=True, cwd=Path(__file__).parents[2])


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_and_setting_has_a_page(name):
    page = Path(__file__).parents[2].joinpath("docs", "recipes", f"{name}.md").read_text()
    assert all(f"`{setting}`" in page for setting in settings_of(RECIPES[name]))
