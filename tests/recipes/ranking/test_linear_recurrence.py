"""Linear recurrences: the network that learns and the model that answers are one function; what is learned from."""

import numpy as np
import torch

from presage.recipes.data import Training
from presage.recipes.ranking.linear_recurrence.fit import NOTHING, Histories, to_model
from presage.recipes.ranking.linear_recurrence.network import Network
from presage.recipes.ranking.linear_recurrence.recipe import LinearRecurrence

from ..logs import log_of, question_of, scored

POPULARITY = torch.tensor([5.0, 1.0, 3.0, 2.0])


def test_the_model_answers_as_the_network_that_learned():
    torch.manual_seed(0)
    network = Network(POPULARITY, d=32, n_layers=2, n_decays=16, hidden=0.5).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
        item = torch.tensor([[NOTHING, 2, 0, 2, 1], [3, 3, 1, 0, 2]])
        logit = network.answers(item)[:, -1] @ network.vectors(torch.arange(4)).T + network.bias
    model = to_model(network, np.array([0, 1, 2, 4]), 5)
    named = np.array([0, 1, 2, 4])
    found = scored(model, [question_of(named[[2, 0, 2, 1]]), question_of(named[[3, 3, 1, 0, 2]])])
    expected = torch.softmax(logit, 1).numpy()
    seen = found[:, named]
    np.testing.assert_allclose(seen / seen.sum(axis=1, keepdims=True), expected, rtol=1e-4)
    assert np.all(found[:, 3] > 0), "nobody used it, but somebody may"


def test_every_event_after_a_first_one_is_learned_once_from_those_before_it():
    histories = Histories(
        start=np.array([0, 1, 1, 10, 13]),
        item=np.arange(13),
        weight=np.arange(13, dtype=np.float32),
        window=3,
    )
    for seed in range(20):
        read, right, weight = (
            np.vstack(part) for part in zip(*histories.batches(2, np.random.default_rng(seed)), strict=True)
        )
        learned = right != NOTHING
        assert np.sort(right[learned]).tolist() == [*range(2, 10), 11, 12]
        assert np.all(read[learned] == right[learned] - 1)
        assert np.all(weight[learned] == right[learned])
        assert not weight[~learned].any()


def test_the_order_of_events_is_learned():
    """Each item is followed by the next one of a circle, and now and then by another one."""
    rng = np.random.default_rng(0)
    steps = rng.choice([1, 1, 1, 1, 3], size=(100, 12)).cumsum(axis=1)
    log = log_of(((rng.integers(8, size=(100, 1)) + steps) % 8).tolist(), 8)
    model = LinearRecurrence(hidden_dimension=32, epochs=20).fit(log, Training(seed=0))
    likeliest = scored(model, [question_of([1, 2, last]) for last in range(8)]).argmax(axis=1)
    assert likeliest.tolist() == [(last + 1) % 8 for last in range(8)]
