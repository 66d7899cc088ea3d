"""NumPy reads a history as torch does."""

import numpy as np
import pytest
import torch

from presage.recipes.data import Interactions, Query
from presage.recipes.ranking.hrnn.fit import _course, _export, _read, _width
from presage.recipes.ranking.hrnn.network import Network
from presage.recipes.ranking.hrnn.plan import Plan
from presage.recipes.ranking.selection import take

from ...logs import categories, numbers


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
    source = _read(sessions_log(), np.zeros(11, bool))
    network = Network(_width(source, plan), 0.0)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    return network.eval(), source, _export(network, source, network.bias.detach().numpy(), plan.window)


def queries_before_each_event(log):
    for event in range(len(log.item)):
        first = int(np.searchsorted(log.user, log.user[event]))
        past, now = np.arange(first, event), np.array([event])
        yield Query(
            item=log.item[past],
            time=log.time[past],
            context={name: take(column, past) for name, column in log.context.items()},
            now_context={name: take(column, now) for name, column in log.context.items()},
            user_features={n: take(c, log.user[now].astype(np.int64)) for n, c in log.user_features.items()},
            now=int(log.time[event]),
        )


def test_numpy_and_torch_answer_alike_before_every_event(both):
    network, source, model = both
    assert 60 < source.gap < 50_000
    events = _course(source, Plan(hidden=6, bptt=4, window=64), 0).events
    rows = np.argsort(-events.pieces.count, kind="stable")
    with torch.no_grad():
        items = network.all_items(events)
        state, event = network.states(items, events, rows)
        logit = network.logits(state, event, events, items)
    expected = torch.softmax(logit[torch.argsort(event)], 1).numpy()
    queries = list(queries_before_each_event(source.log))
    scored = model.score(model.represent(queries))[:, source.seen]
    np.testing.assert_allclose(scored / scored.sum(1, keepdims=True), expected, atol=2e-6)


def test_a_silence_before_the_question_opens_a_session(both):
    model = both[2]
    item, time = np.array([1, 2], np.int32), np.array([0, 1])
    soon, later, much_later, unsaid = (
        model.represent([Query(item=item, time=time, now=now)]) for now in (2, 10**6, 10**7, 0)
    )
    np.testing.assert_array_equal(soon, unsaid)
    np.testing.assert_array_equal(later, much_later)
    assert np.abs(soon - later).max() > 1e-3


def test_only_the_window_of_a_long_history_is_read(both):
    model = both[2]
    item = np.random.default_rng(0).integers(0, 9, 200).astype(np.int32)
    long, recent = Query(item=item, time=np.arange(200)), Query(item=item[-64:], time=np.arange(64))
    np.testing.assert_allclose(model.represent([long]), model.represent([recent]), atol=1e-6)


def test_more_histories_than_are_read_together(both):
    model = both[2]
    rng = np.random.default_rng(0)
    queries = [
        Query(item=rng.integers(0, 9, n).astype(np.int32), time=np.arange(n)) for n in rng.integers(0, 9, 600)
    ]
    alone = np.concatenate([model.represent([query]) for query in queries])
    np.testing.assert_allclose(model.represent(queries), alone, atol=1e-5)
