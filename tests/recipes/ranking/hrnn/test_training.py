"""Learning itself: the sampled loss, windows, holding out, stopping."""

import numpy as np
import pytest

from presage.recipes.data import silent
from presage.recipes.ranking.hrnn.fit import _course, _read, fit_network
from presage.recipes.ranking.hrnn.plan import Plan
from presage.recipes.ranking.hrnn.training import _batches, _rows_of

from ...logs import log_of, query_of


def cycles(n_items=12, n_users=60, length=10):
    return log_of([[(u + k) % n_items for k in range(length)] for u in range(n_users)])


def fitted(log, **plan):
    plan = Plan(hidden=16, bptt=8, batch_rows=16, learning_rate=1e-2, **plan)
    cold = np.zeros(log.n_items, bool)
    return fit_network(log, plan, cold=cold, recency=False, seed=0, report=silent)


@pytest.mark.parametrize("n_negatives", [6, 512], ids=["sampled", "full"])
def test_the_next_item_is_found_with_all_items_or_a_sample(n_negatives):
    model = fitted(cycles(), n_negatives=n_negatives, epochs=30)
    row = model.score(model.represent([query_of([3, 4, 5]), query_of([10, 11])]))
    assert row.argmax(axis=1).tolist() == [6, 0]


def test_a_long_history_is_learned_in_windows():
    model = fitted(log_of([[k % 5 for k in range(400)]] * 8), window=32, epochs=30)
    row = model.score(model.represent([query_of([1, 2, 3])]))
    assert row.argmax() == 4


class TestACourse:
    log = log_of([[0], [1, 2, 3], [0, 1], []] * 300)
    course = _course(_read(log, np.zeros(4, bool)), Plan(hidden=4, bptt=2, window=2), 0)

    def test_holds_out_last_events_of_a_few_users_who_have_several(self):
        held = np.flatnonzero(self.course.held)
        assert len(held) == 100
        assert all(
            event + 1 == len(self.log.user) or self.log.user[event + 1] != self.log.user[event]
            for event in held
        )
        assert all(self.log.user[event - 1] == self.log.user[event] for event in held)

    def test_learns_all_others_but_what_opens_a_window_within_a_history(self):
        learn, held = self.course.learn.numpy(), self.course.held.numpy()
        opens = np.flatnonzero(~learn & ~held)
        second = np.flatnonzero((self.log.item == 2) & ~held)
        np.testing.assert_array_equal(opens, second)

    def test_batches_hold_every_row_once(self):
        pieces = self.course.events.pieces
        batches = list(_batches(pieces, 64, np.random.default_rng(0)))
        assert sorted(np.concatenate(batches).tolist()) == list(range(len(pieces.first)))
        assert all(np.all(np.diff(pieces.count[rows]) <= 0) for rows in batches)

    def test_rows_are_found_by_their_events(self):
        pieces = self.course.events.pieces
        for row in range(0, len(pieces.first), 97):
            events = pieces.events(np.array([row]))
            assert _rows_of(pieces, events).tolist() == [row]
