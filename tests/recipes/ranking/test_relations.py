import numpy as np
import pytest
from scipy.sparse import csr_array

from presage.recipes.ranking import relations
from presage.recipes.ranking.relations import Relations, relate, used_by

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


@pytest.mark.parametrize(
    ("cells", "short", "is_full"),
    [(25, 0, True), (24, 0, False), (24, 9, False)],
    ids=["full", "long", "short"],
)
@pytest.mark.parametrize("item", [[], [0], [1], [3, 0, 2, 4]])
def test_weights_are_added_up_in_the_same_way_however_they_are_held(cells, short, is_full, item, monkeypatch):
    monkeypatch.setattr(relations, "FULL_CELLS", cells)
    monkeypatch.setattr(relations, "SHORT", short)
    sparse = csr_array(WEIGHT)
    kept = Relations(start=sparse.indptr.astype(np.int64), relative=sparse.indices, weight=sparse.data)
    count = (0.7 ** np.arange(len(item))).astype(np.float32)
    found = kept.added_up(np.array(item, np.int64), count)
    assert (kept.in_full is not None) == is_full
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, count @ WEIGHT[item], rtol=1e-6)


def test_a_matrix_with_few_weights_is_not_held_in_full():
    rows = np.arange(100)
    one_each = Relations(
        start=np.arange(101), relative=rows.astype(np.int32), weight=np.ones(100, np.float32)
    )
    assert one_each.in_full is None
    np.testing.assert_array_equal(np.flatnonzero(one_each.added_up(rows[3:5], np.float32([1, 1]))), [3, 4])
