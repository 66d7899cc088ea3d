"""What every ranking recipe promises; a new one is tested here by standing in `RANKING`."""

import copy
import subprocess
import sys
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from presage.artifacts import load, save
from presage.recipes import RANKING, load_model
from presage.recipes.settings import Setting, parse_settings, settings_of

from .logs import categories, checkerboard, everything, log_of, numbers, query_of

N_ITEMS = 18  # of which the last two are never used
HISTORIES = checkerboard()
QUERIES = [
    query_of(),
    query_of([3]),
    query_of(HISTORIES[0]),
    query_of(HISTORIES[1][:5] * 30),
    query_of([2, 4], user_features={"SEX": categories((0,))}, now_context={"DEVICE": categories((1,))}),
]


@cache
def fitted(name):
    return RANKING[name]().fit(everything(HISTORIES, N_ITEMS), seed=3)


def scores(model, queries):
    return model.score(model.represent(queries))


def holds(scored, n_queries, n_items):
    assert scored.shape == (n_queries, n_items)
    assert scored.dtype == np.float32
    assert scored.flags.c_contiguous
    assert np.all(scored >= 0)
    np.testing.assert_allclose(scored.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("name", RANKING)
class TestEveryRankingRecipe:
    def test_every_row_is_a_distribution_over_all_items(self, name):
        model = fitted(name)
        assert model.n_items == N_ITEMS
        holds(scores(model, QUERIES), len(QUERIES), N_ITEMS)
        holds(scores(model, []), 0, N_ITEMS)

    def test_a_batch_scores_as_one_by_one(self, name):
        model = fitted(name)
        single = np.concatenate([model.represent([query]) for query in QUERIES])
        np.testing.assert_allclose(model.represent(QUERIES), single, atol=1e-5)
        np.testing.assert_allclose(scores(model, QUERIES), model.score(single), atol=1e-6)

    def test_a_model_survives_the_disk(self, name, tmp_path):
        model = fitted(name)
        save(tmp_path / "m", *model.state())
        loaded = load_model(*load(tmp_path / "m"))
        assert type(loaded) is type(model)
        np.testing.assert_array_equal(scores(loaded, QUERIES), scores(model, QUERIES))

    def test_the_same_seed_gives_the_same_model(self, name):
        log = everything(HISTORIES[:30], N_ITEMS)
        first, second = (RANKING[name]().fit(log, seed=5).state()[0] for _ in range(2))
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
        RANKING[name]().fit(log_of(HISTORIES[:10]), report=lambda step, fraction: told.append(fraction))
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
        holds(scores(model, [query_of(), query_of([0])]), 2, log.n_items)

    def test_a_new_user_is_shown_what_is_popular(self, name):
        histories = [[0, 1 + u % 3] if u < 50 else [4 + u % 4] for u in range(60)]
        model = RANKING[name]().fit(log_of(histories))
        assert scores(model, [query_of()])[0].argmax() == 0

    def test_items_never_seen_are_scored_and_never_first(self, name):
        ranked = scores(fitted(name), [query_of(), query_of([16]), query_of([17, 16])])
        assert np.all(ranked.argmax(axis=1) < 16)

    def test_what_the_model_does_not_know_is_no_error(self, name):
        strange = query_of(
            [1, 99, -1],
            seed_item=99,
            context={"DEVICE": categories((7,), (), (0, 9), n_values=10), "MOON": numbers(1, 2, np.nan)},
            now_context={"MOON": numbers(np.nan), "DEVICE": categories((), n_values=2)},
            user_features={"SEX": numbers(3.0), "SHOE": categories((4,))},
        )
        holds(scores(fitted(name), [strange]), 1, N_ITEMS)

    def test_settings_have_defaults_within_their_limits(self, name):
        for key, (default, accepts) in settings_of(RANKING[name]).items():
            assert isinstance(accepts, Setting)
            text = str(default).lower() if isinstance(default, bool) else str(default)
            assert parse_settings(RANKING[name], {key: text}, accepts.group) == {key: default}


@pytest.mark.parametrize("name", sorted(set(RANKING) - {"aws-popularity-count"}))
def test_a_withheld_cell_of_a_checkerboard_is_found(name):
    history = [i for i in range(0, 16, 2) if i != 6]
    row = scores(fitted(name), [query_of(history, seed_item=4)])[0]
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
        "from tests.recipes.logs import query_of\n"
        "for folder in pathlib.Path(sys.argv[1]).iterdir():\n"
        "    model = load_model(*load(folder)); model.score(model.represent([query_of([1, 2])]))\n"
        "assert not {'torch', 'scipy'} & set(sys.modules), 'a heavy library was imported'"
    )
    subprocess.run([sys.executable, "-c", program, tmp_path], check=True, cwd=Path(__file__).parents[2])


@pytest.mark.parametrize("name", RANKING)
def test_every_recipe_and_setting_has_a_page(name):
    page = Path(__file__).parents[2].joinpath("docs", "recipes", f"{name}.md").read_text()
    assert all(f"`{setting}`" in page for setting in settings_of(RANKING[name]))
