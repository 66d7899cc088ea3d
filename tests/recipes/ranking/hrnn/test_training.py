"""Learning itself: the sampled loss, windows, holding out, stopping."""

from dataclasses import replace

import numpy as np
import pytest

from presage.recipes.data import Training
from presage.recipes.ranking.hrnn.examples import examples_of
from presage.recipes.ranking.hrnn.fit import fit_network
from presage.recipes.ranking.hrnn.plan import Plan
from presage.recipes.ranking.hrnn.source import read_source
from presage.recipes.ranking.hrnn.training import _batches, _rows_of

from ...logs import log_of, question_of, scored


def cycles(n_items=12, n_users=60, length=10):
    return log_of([[(u + k) % n_items for k in range(length)] for u in range(n_users)])


def fitted(log, **plan):
    plan = Plan(hidden=16, bptt=8, batch_rows=16, learning_rate=1e-2, **plan)
    return fit_network(log, plan, cold=None, recency=False, training=Training())


@pytest.mark.parametrize("n_negatives", [6, 512], ids=["sampled", "full"])
def test_the_next_item_is_found_with_all_items_or_a_sample(n_negatives):
    model = fitted(cycles(), n_negatives=n_negatives, epochs=30)
    row = scored(model, [question_of([3, 4, 5]), question_of([10, 11])])
    assert row.argmax(axis=1).tolist() == [6, 0]


def test_events_of_more_weight_are_foreseen_rather():
    log = log_of([[0, 1], [0, 2]] * 200)
    for likely, weight in ((1, [1, 1.8, 1, 0.2]), (2, [1, 0.2, 1, 1.8])):
        model = fitted(replace(log, weight=np.float32(weight * 200)), epochs=10)
        row = scored(model, [question_of([0])])[0]
        assert row[likely] > 3 * row[3 - likely]


def test_a_long_history_is_learned_in_windows():
    model = fitted(log_of([[k % 5 for k in range(400)]] * 8), window=32, epochs=30)
    row = scored(model, [question_of([1, 2, 3])])
    assert row.argmax() == 4


class TestExamples:
    log = log_of([[0], [1, 2, 3], [0, 1], []] * 300)
    source = read_source(log, np.zeros(4, bool))
    examples = examples_of(source, Plan(hidden=4, bptt=2, window=2), seed=0, device="cpu")

    def test_holds_out_last_events_of_a_few_users_who_have_several(self):
        held = np.flatnonzero(self.examples.held)
        assert len(held) == 100
        assert all(
            event + 1 == len(self.log.user) or self.log.user[event + 1] != self.log.user[event]
            for event in held
        )
        assert all(self.log.user[event - 1] == self.log.user[event] for event in held)

    def test_learns_all_others_but_what_opens_a_window_within_a_history(self):
        learn, held = self.examples.learn.numpy(), self.examples.held.numpy()
        opens = np.flatnonzero(~learn & ~held)
        second = np.flatnonzero((self.log.item == 2) & ~held)
        np.testing.assert_array_equal(opens, second)

    def test_batches_hold_every_row_once(self):
        pieces = self.examples.events.pieces
        batches = list(_batches(pieces, 64, np.random.default_rng(0)))
        assert sorted(np.concatenate(batches).tolist()) == list(range(len(pieces.first)))
        assert max(np.ptp(pieces.count[rows]) for rows in batches) <= 1

    def test_rows_are_found_by_their_events(self):
        pieces = self.examples.events.pieces
        for row in range(0, len(pieces.first), 97):
            events = pieces.events(np.array([row]))
            assert _rows_of(pieces, events).tolist() == [row]


def test_each_pass_tells_its_loss_and_may_be_the_last():
    told = []

    def monitor(fraction, loss):
        told.append((fraction, loss))
        if fraction > 0.5:
            raise InterruptedError

    plan = Plan(hidden=16, bptt=8, batch_rows=16, learning_rate=1e-2, epochs=5)
    with pytest.raises(InterruptedError):
        fit_network(cycles(), plan, cold=None, recency=False, training=Training(monitor=monitor))
    assert [fraction for fraction, _ in told] == pytest.approx([0.2, 0.4, 0.6])
    assert told[2][1] < told[0][1]
