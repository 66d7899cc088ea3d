"""Segments on logs whose users have one of two tastes."""

from dataclasses import replace

import numpy as np
import pytest

from presage.artifacts import load, save
from presage.errors import JobFailure
from presage.recipes import SEGMENTS, load_segment_model
from presage.recipes.data import Training
from presage.recipes.settings import parse_settings, settings_of

from ..logs import categories, checkerboard, everything, log_of, numbers

N_ITEMS = 18  # of which the last two are never used
HISTORIES = checkerboard(per_user=5, n_users=60)
EVEN, ODD = ({"GENRES": categories((parity,), n_values=5)} for parity in (0, 1))


@pytest.fixture(scope="module", params=SEGMENTS)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def model(name):
    return SEGMENTS[name]().fit(everything(HISTORIES, N_ITEMS), Training(seed=3))


@pytest.fixture(scope="module")
def attributes():
    return SEGMENTS["aws-item-attribute-affinity"]().fit(everything(HISTORIES, N_ITEMS), Training(seed=3))


def test_an_item_finds_the_users_of_its_taste_best_first(model):
    users, scores = model.best_users(np.array([4, 7], np.int32), 30)
    assert users.shape == scores.shape == (2, 30)
    assert set(users[0] % 2) == {0}
    assert set(users[1] % 2) == {1}
    assert np.all(np.diff(scores) <= 0)
    assert len(set(users[0])) == 30


def test_more_users_than_there_are_is_all_of_them(model):
    users, _ = model.best_users(np.array([4], np.int32), 1000)
    assert sorted(users[0]) == list(range(60))


def test_an_unused_item_goes_to_those_who_like_what_is_popular():
    histories = [[0, 1, 2] for _ in range(30)] + [[3, 4] for _ in range(10)]
    model = SEGMENTS["aws-item-affinity"]().fit(log_of(histories, n_items=6))
    users, _ = model.best_users(np.array([5], np.int32), 30)
    assert set(users[0].tolist()) == set(range(30))


def test_attributes_find_the_users_of_their_items(attributes):
    users, scores = attributes.best_users_with([EVEN, ODD], 30)
    assert users.shape == (2, 30)
    assert set(users[0] % 2) == {0}
    assert set(users[1] % 2) == {1}
    assert np.all(np.diff(scores) <= 0)


def test_several_attributes_together_mean_items_that_have_all_of_them(attributes):
    both = {"GENRES": categories((0, 2), n_values=5)}  # items 0, 6, 12: those of even users, though 2 is not
    of_items = attributes.uses[[0, 6, 12]] @ attributes.item[[0, 6, 12]] / attributes.uses[[0, 6, 12]].sum()
    _, scores = attributes.best_users_with([both], 5)
    np.testing.assert_allclose(scores[0], np.sort(attributes.user @ of_items)[::-1][:5], rtol=1e-5)


def test_attributes_that_no_item_has_together_count_one_by_one(attributes):
    users, _ = attributes.best_users_with([{"GENRES": categories((0, 1), n_values=5)}], 60)
    assert sorted(users[0]) == list(range(60))


def test_a_query_that_holds_nothing_known_is_refused(attributes):
    with pytest.raises(ValueError, match="no item of the training has what.*SHOE"):
        attributes.best_users_with([EVEN, {"SHOE": numbers(4)}], 5)


def test_without_attributes_there_is_nothing_to_learn():
    with pytest.raises(JobFailure, match="Items has no column"):
        SEGMENTS["aws-item-attribute-affinity"]().fit(log_of(HISTORIES))


def test_a_model_survives_the_disk(model, tmp_path):
    save(tmp_path / "m", *model.state())
    loaded = load_segment_model(*load(tmp_path / "m"))
    for one, other in zip(
        model.best_users(np.arange(18), 9), loaded.best_users(np.arange(18), 9), strict=True
    ):
        np.testing.assert_array_equal(one, other)
    assert loaded.attributes.to_json() == model.attributes.to_json()


def test_a_model_of_another_family_is_refused(name):
    with pytest.raises(ValueError, match="no model is called 'popularity'"):
        load_segment_model({}, {"model": "popularity"})


def test_the_same_seed_gives_the_same_model(name, model):
    again = SEGMENTS[name]().fit(everything(HISTORIES, N_ITEMS), Training(seed=3))
    np.testing.assert_array_equal(again.user, model.user)


def test_progress_reaches_the_end_and_a_deadline_ends_it_early(name):
    told = []
    training = Training(report=lambda step, fraction: told.append(fraction))
    log = everything(HISTORIES, N_ITEMS)
    SEGMENTS[name]().fit(log, training)
    assert told == sorted(told)
    assert told[-1] == 1.0
    told.clear()
    SEGMENTS[name]().fit(log, replace(training, deadline=0.0))
    assert len(told) == 1


@pytest.mark.parametrize("histories", [[[0]], [[], [1], []], [[], []]], ids=["one event", "silent", "none"])
def test_odd_logs_train(name, histories):
    model = SEGMENTS[name]().fit(everything(histories, 3))
    users, scores = model.best_users(np.arange(3, dtype=np.int32), 2)
    assert users.shape == (3, min(2, len(histories)))
    assert np.isfinite(scores).all()


def test_settings_have_defaults_within_their_limits(name):
    for key, (default, accepts) in settings_of(SEGMENTS[name]).items():
        assert parse_settings(SEGMENTS[name], {key: str(default)}, accepts.group) == {key: default}
