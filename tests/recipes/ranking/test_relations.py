import numpy as np
import pytest
from scipy.sparse import csr_array

from presage.recipes.ranking import relations
from presage.recipes.ranking.relations import relate, used_by

from ..logs import log_of

WEIGHT = np.float32([[9, 1, -3, 2, 1], [0, 0, 0, 0, 0], [1, 1, 5, 1, 1], [0, 0, -1, 0, 4], [2, 0, 0, 0, 0]])


def found(at_most, told=None):
    def weigh(block):
        return csr_array(WEIGHT[block])

    kept = relate(
        5, weigh, lambda step, fraction: told.append(fraction) if told is not None else None, at_most
    )
    return [
        dict(zip(kept.relative[a:b].tolist(), kept.weight[a:b].tolist(), strict=True))
        for a, b in zip(kept.start[:-1], kept.start[1:], strict=True)
    ]


@pytest.mark.parametrize("block", [1, 2, 1024])
def test_the_strongest_are_kept_by_absolute_weight_ties_by_row_and_never_the_item_itself(block, monkeypatch):
    monkeypatch.setattr(relations, "BLOCK", block)
    told = []
    assert [list(row.items()) for row in found(2, told)] == [
        [(2, -3.0), (3, 2.0)],
        [],
        [(0, 1.0), (1, 1.0)],
        [(4, 4.0), (2, -1.0)],
        [(0, 2.0)],
    ]
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_with_room_for_all_every_weight_but_an_items_own_is_kept():
    for item, row in enumerate(found(5)):
        expected = {other: w for other, w in enumerate(WEIGHT[item].tolist()) if w and other != item}
        assert row == expected


def test_a_user_counts_once_per_item():
    used = used_by(log_of([[0, 0, 2], [], [1]], n_items=4))
    assert used.toarray().tolist() == [[1, 0, 1, 0], [0, 0, 0, 0], [0, 1, 0, 0]]
