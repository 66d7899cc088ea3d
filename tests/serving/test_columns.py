import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage.recipes.data import Categories, Numbers
from presage.serving.columns import columns_from, columns_state, joined, rows_between

bags = st.lists(st.lists(st.integers(0, 4), max_size=3), max_size=6)


def categories(rows):
    start = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    return Categories(
        start=start, codes=np.array([code for row in rows for code in row], np.int32), n_values=5
    )


def as_rows(column):
    return [column.codes[a:b].tolist() for a, b in zip(column.start[:-1], column.start[1:], strict=True)]


@given(bags, bags)
def test_one_after_the_other(before, after):
    both = joined({"C": categories(before)}, {"C": categories(after)})["C"]
    assert as_rows(both) == before + after
    assert both.n_values == 5


@given(bags, st.data())
def test_some_rows(rows, data):
    start = data.draw(st.integers(0, len(rows)))
    stop = data.draw(st.integers(start, len(rows)))
    columns = {"C": categories(rows), "N": Numbers(values=np.arange(len(rows), dtype=np.float32))}
    part = rows_between(columns, start, stop)
    assert as_rows(part["C"]) == rows[start:stop]
    assert part["N"].values.tolist() == list(range(start, stop))


@given(bags)
def test_columns_survive_the_disk(rows):
    columns = {"N": Numbers(values=np.arange(len(rows), dtype=np.float32)), "C": categories(rows)}
    arrays, meta = columns_state(columns, "context")
    again = columns_from(arrays, json.loads(json.dumps(meta)), "context")
    assert list(again) == ["N", "C"]
    assert as_rows(again["C"]) == rows
    assert again["N"].values.tolist() == list(range(len(rows)))


def test_unlike_columns_cannot_be_joined():
    with pytest.raises(TypeError, match="Numbers cannot be followed by Categories"):
        joined({"C": Numbers(values=np.zeros(1, np.float32))}, {"C": categories([[1]])})
