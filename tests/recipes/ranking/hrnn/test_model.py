"""NumPy reads a history as torch does."""

import numpy as np
import pytest
import torch

from presage.recipes.data import History, Interactions, Query
from presage.recipes.ranking.hrnn.examples import examples_of
from presage.recipes.ranking.hrnn.fit import _untrained
from presage.recipes.ranking.hrnn.model import HrnnModel
from presage.recipes.ranking.hrnn.plan import Plan
from presage.recipes.ranking.hrnn.source import read_source
from presage.recipes.ranking.hrnn.transfer import to_model
from presage.recipes.ranking.selection import history_of, take, user_features_of

from ...logs import categories, numbers, scored


def sessions_log(n_users=20, n_items=9, seed=0):
    """Random events in sessions of random length, with features of every kind."""
    rng = np.random.default_rng(seed)
    length = rng.integers(1, 30, n_users)
    n = length.sum()
    silence = np.where(rng.random(n) < 0.3, rng.integers(50_000, 90_000, n), rng.integers(1, 60, n))
    user = np.repeat(np.arange(n_users, dtype=np.int32), length)
    first = np.repeat(np.cumsum(length) - length, length)
    time = np.cumsum(silence) - np.cumsum(silence)[first] + 10**9
    return Interactions(
        user=user,
        item=rng.integers(0, n_items, n).astype(np.int32),
        time=time.astype(np.int64),
        n_users=n_users,
        n_items=n_items + 2,
        context={
            "D": categories(*[tuple(rng.integers(0, 3, rng.integers(0, 3))) for _ in range(n)], n_values=3)
        },
        item_features={
            "PRICE": numbers(*rng.random(n_items + 2)),
            "G": categories(*[(i % 2,) for i in range(n_items + 2)]),
        },
        user_features={"AGE": numbers(*np.where(rng.random(n_users) < 0.2, np.nan, rng.random(n_users)))},
    )


@pytest.fixture(scope="module")
def both():
    """An untrained network with random tables, what it reads, and its NumPy copy."""
    torch.manual_seed(1)
    plan = Plan(hidden=6, bptt=4, window=64)
    source = read_source(sessions_log(), np.zeros(11, bool))
    events = examples_of(source, plan, seed=0, device="cpu")
    network = _untrained(source, events, plan)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    bias = network.bias.detach().numpy()
    return network.eval(), events.events, source, to_model(network, source, bias, -3.0, plan.window)


@pytest.fixture(scope="module")
def model(both):
    return both[-1]


def questions_before_each_event(log):
    for event, user in enumerate(log.user):
        first = int(np.searchsorted(log.user, user))
        query = Query(
            silence=float(log.time[event] - log.time[event - 1]) if event > first else 0.0,
            context={name: take(column, np.array([event])) for name, column in log.context.items()},
            user_features=user_features_of(log, user),
        )
        yield history_of(log, user, first, event), query


def test_numpy_and_torch_answer_alike_before_every_event(both):
    network, events, source, model = both
    assert 60 < source.gap < 50_000
    rows = np.random.default_rng(0).permutation(len(events.pieces.first))
    with torch.no_grad():
        items = network.all_items(events)
        before = network.read(items, events, rows)
        logit = network.logits(before, events, items)
    expected = torch.softmax(logit[torch.argsort(before.event)], 1).numpy()
    found = scored(model, list(questions_before_each_event(source.log)))[:, source.seen]
    np.testing.assert_allclose(found / found.sum(1, keepdims=True), expected, atol=2e-6)


def test_a_silence_before_the_question_opens_a_session(model):
    state = model.read([History(item=np.array([1, 2], np.int32), time=np.array([0, 1]))])
    at_once, soon, later, much_later = (
        model.represent(state, [Query(silence=silence)]) for silence in (0, 2, 10**6, 10**7)
    )
    np.testing.assert_array_equal(soon, at_once)
    np.testing.assert_array_equal(later, much_later)
    assert np.abs(soon - later).max() > 1e-3


def test_only_the_window_of_a_long_history_is_read(model):
    item = np.random.default_rng(0).integers(0, 9, 200).astype(np.int32)
    long, recent = History(item=item, time=np.arange(200)), History(item=item[-64:], time=np.arange(64))
    np.testing.assert_allclose(model.read([long]), model.read([recent]), atol=1e-6)


def test_more_histories_than_are_read_together(model):
    rng = np.random.default_rng(0)
    histories = [
        History(item=rng.integers(0, 9, n).astype(np.int32), time=np.arange(n))
        for n in rng.integers(0, 9, 600)
    ]
    alone = np.concatenate([model.read([history]) for history in histories])
    np.testing.assert_allclose(model.read(histories), alone, atol=1e-5)


def test_a_new_item_is_what_its_features_add_up_to(model):
    features = {"PRICE": numbers(0.3, np.nan), "G": categories((1,), (), n_values=2)}
    items = model.extended(features, 2).items
    edges = np.asarray(model.items.encoding.columns[1].edges)
    price = model.items.value[2 + np.searchsorted(edges, 0.3, side="right")]
    np.testing.assert_allclose(items.take(np.array([11]))[0], model.items.value[1] + price, rtol=1e-5)
    np.testing.assert_array_equal(items.take(np.array([12]))[0], 0)
    assert items.new_bias.tolist() == [-3, -3]
    assert items.vector is model.items.vector


def test_a_model_saved_without_features_of_items_gives_new_ones_the_least_bias(model):
    arrays, meta = model.state()
    del arrays["item_value"], meta["items"], meta["unseen_bias"]
    model = HrnnModel.from_state(arrays, meta).extended({"PRICE": numbers(0.3)}, 1)
    assert not model.items.new_vector.any()
    assert model.items.new_bias[0] == model.items.bias.min()
