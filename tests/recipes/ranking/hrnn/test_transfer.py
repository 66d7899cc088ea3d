"""A network goes on from where an older one ended."""

import time
from dataclasses import replace

import numpy as np
import pytest
import torch

from presage.recipes.data import Interactions, Previous, Training
from presage.recipes.ranking.hrnn.examples import examples_of
from presage.recipes.ranking.hrnn.fit import _untrained
from presage.recipes.ranking.hrnn.plan import Plan
from presage.recipes.ranking.hrnn.recipe import Hrnn, HrnnMetadata
from presage.recipes.ranking.hrnn.source import read_source
from presage.recipes.ranking.hrnn.transfer import go_on_from, older_network, to_model
from presage.recipes.ranking.objective import LiftedModel
from presage.recipes.ranking.popularity import PopularityModel
from presage.recipes.ranking.selection import take

from ...logs import categories, everything, log_of, question_of, scored

PLAN = Plan(hidden=32, bptt=8)
N_ITEMS = 12
HISTORIES = [[(u + k) % N_ITEMS for k in range(6)] for u in range(60)]


def renumbered(log: Interactions, row):
    """The same log whose item i is now called row[i]; those of no older item are never used."""
    order = np.full(int(row.max()) + 1, 0)
    order[row] = np.arange(len(row))
    features = {name: take(column, order) for name, column in log.item_features.items()}
    created_at = log.item_created_at[order]
    return replace(
        log,
        item=row[log.item].astype(np.int32),
        n_items=len(order),
        item_features=features,
        item_created_at=created_at,
    )


def begun(log, older, item):
    """A model that goes on from an older one and has not learned yet."""
    torch.manual_seed(9)
    source = read_source(log, np.zeros(log.n_items, bool))
    network = _untrained(source, examples_of(source, PLAN, seed=0, device="cpu"), PLAN)
    go_on_from(network, source, older, item)
    return to_model(network, source, network.bias.detach().numpy().copy(), -9.0, 128)


@pytest.fixture(scope="module")
def log():
    return everything(HISTORIES, N_ITEMS)


@pytest.fixture(scope="module")
def older(log):
    return HrnnMetadata(hidden_dimension=32).fit(log)


def test_it_begins_as_the_older_one_ended(log, older):
    model = begun(log, older, np.arange(N_ITEMS, dtype=np.int32))
    questions = [question_of(), question_of([3, 4], user_features={"SEX": categories((1,))})]
    np.testing.assert_allclose(scored(model, questions), scored(older, questions), atol=1e-5)


def test_items_keep_their_vectors_under_other_numbers(log, older):
    row = np.random.default_rng(0).permutation(N_ITEMS)
    moved = begun(renumbered(log, row), older, np.argsort(row).astype(np.int32))
    found, expected = scored(moved, [question_of(row[[3, 4]])])[0], scored(older, [question_of([3, 4])])[0]
    np.testing.assert_allclose(found[row], expected, atol=1e-5)


def test_a_new_item_is_known_by_its_features(log, older):
    item = np.arange(N_ITEMS, dtype=np.int32)
    item[5] = -1
    fresh, known = begun(log, older, item).items, older.items
    features = known.encoding.encode(log.item_features, N_ITEMS).embed(known.value)
    np.testing.assert_allclose(fresh.take(np.array([5]))[0], features[5], atol=1e-5)
    np.testing.assert_allclose(fresh.take(np.arange(5)), known.take(np.arange(5)), atol=1e-5)


def test_values_of_a_column_that_has_changed_begin_anew(log, older):
    sexes = categories(*[(u % 3,) for u in range(len(HISTORIES))])
    changed = replace(log, user_features={"SEX": sexes})
    model = begun(changed, older, np.arange(N_ITEMS, dtype=np.int32))
    assert older.user_in.any()
    assert not model.user_in.any()
    np.testing.assert_array_equal(model.context_in, older.context_in)


def test_what_was_learned_outlasts_a_training_without_time(log, older):
    previous = Previous(model=older, item=np.arange(N_ITEMS, dtype=np.int32))
    hurried = Training(previous=previous, deadline=time.monotonic())
    model = HrnnMetadata(hidden_dimension=32).fit(log, hurried)
    for item in range(N_ITEMS):
        assert scored(model, [question_of([item])])[0].argmax() == (item + 1) % N_ITEMS


def test_learning_goes_on_in_fewer_passes(log, older):
    steps = []
    previous = Previous(model=older, item=np.arange(N_ITEMS, dtype=np.int32))
    told = Training(previous=previous, report=lambda step, _: steps.append(step))
    HrnnMetadata(hidden_dimension=32).fit(log, told)
    assert len([step for step in steps if step.startswith("learning")]) < Plan.epochs


def test_only_a_network_of_the_same_width_is_gone_on_from(older):
    item = np.arange(N_ITEMS, dtype=np.int32)
    popularity = PopularityModel(share=np.full(N_ITEMS, 1 / N_ITEMS, np.float32))
    lifted = LiftedModel(inner=older, weight=np.ones(N_ITEMS, np.float32))
    assert older_network(None, 32) is None
    assert older_network(Previous(model=popularity, item=item), 32) is None
    assert older_network(Previous(model=older, item=item), 43) is None
    for model in (older, lifted):
        assert older_network(Previous(model=model, item=item), 32) == (older, item)


def test_a_previous_model_of_another_kind_is_no_hindrance():
    previous = Previous(
        model=PopularityModel(share=np.full(2, 0.5, np.float32)), item=np.full(3, -1, np.int32)
    )
    model = Hrnn().fit(log_of([[0, 1, 2]] * 9), Training(previous=previous))
    assert scored(model, [question_of([0])]).shape == (1, 3)
