"""Ids: ULIDs as their specification has them."""

from presage.ids import new_ulid


def test_a_ulid_begins_with_its_time():
    """The specification's own example: 1469918176385 milliseconds are 01ARYZ6S41."""
    assert new_ulid(1469918176.385)[:10] == "01ARYZ6S41"


def test_ulids_of_one_instant_differ_and_later_ones_sort_after():
    same = {new_ulid(1_700_000_000.0) for _ in range(100)}
    assert len(same) == 100
    assert max(same) < new_ulid(1_700_000_000.001)
    assert all(len(one) == 26 for one in same)
