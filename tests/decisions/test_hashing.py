import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage.decisions.hashing import MOST_DEPTH, MOST_FEATURES, Hashing, check_features, leaves

JSON = st.recursive(
    st.none() | st.booleans() | st.text() | st.integers(-(2**63), 2**64 - 1) | st.floats(-1e18, 1e18),
    lambda more: st.lists(more, max_size=4) | st.dictionaries(st.text(), more, max_size=4),
    max_leaves=20,
)


def test_features_are_named_by_where_they_stand():
    told = [
        {"user": {"country": "SE", "age": 0, "tags": ["a", "b"], "at": [0, 0]}},
        {"paid": True, "x": None},
    ]
    assert dict(leaves(told)) == {
        "user.country=SE": 1,
        "user.age": 0,
        "user.tags=a": 1,
        "user.tags=b": 1,
        "user.at.0": 0,
        "user.at.1": 0,
        "paid=true": 1,
    }


def test_numbers_are_drawn_together():
    assert dict(leaves({"a": -(np.e - 1), "b": 10**19}))["a"] == pytest.approx(-1)
    assert dict(leaves({"b": 10**19}))["b"] == pytest.approx(43.7, abs=0.1)


@given(JSON, JSON)
def test_rows_are_finite_have_their_width_and_add_up(one, other):
    hashing = Hashing(context_width=7)
    rows = [hashing.context_row(told) for told in (one, other, [one, other])]
    assert all(row.shape == (1, 7) and np.isfinite(row).all() for row in rows)
    numbers = any(isinstance(told, int | float) and not isinstance(told, bool) for told in (one, other))
    if not numbers:  # a bare number's name is its place
        assert np.allclose(rows[0] + rows[1], rows[2])


def test_an_action_is_known_by_its_id_too():
    one, same, other = Hashing().action_rows([{"id": id_, "features": [{"a": 1}]} for id_ in ("x", "x", "y")])
    assert (one == same).all()
    assert (one != other).any()


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"a": 2**64}, "18446744073709551616 at 'a' is beyond 64 bits"),
        ([0] * (MOST_FEATURES + 1), "at most 10,000"),
    ],
)
def test_what_cannot_be_read_is_refused(told, message):
    with pytest.raises(ValueError, match=message):
        check_features(told)


def test_deep_features_are_refused():
    told = 1
    for _ in range(MOST_DEPTH + 1):
        told = {"a": told}
    with pytest.raises(ValueError, match="nested more than 32 deep"):
        check_features(told)
