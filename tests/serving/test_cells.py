"""A condition means the same for a column and for one cell."""

from datetime import timedelta

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from presage.filters import Condition
from presage.serving.cells import COMPARE, cells_of, is_met

TEXTS = st.none() | st.text("ab|", max_size=4)
STRINGS = st.lists(st.text("ab|", max_size=4), max_size=3).map(tuple)
NUMBERS = st.sampled_from([-1, 0, 0.1, 1, 2**53 + 1, 1e300])


def check(column, condition):
    met = cells_of(column, np.ones(len(column), bool)).met(condition)
    assert met.tolist() == [is_met(condition, cell, column.dtype) for cell in column]


def condition(operator, operand):
    return Condition(dataset="ITEMS", field="A", operator=operator, operand=operand)


@settings(deadline=timedelta(seconds=20))
@given(st.lists(TEXTS, min_size=1), st.sampled_from(["IN", "NOT IN", *COMPARE]), STRINGS | NUMBERS)
def test_texts(cells, operator, operand):
    check(pl.Series(cells, dtype=pl.String), condition(operator, operand))


@settings(deadline=timedelta(seconds=20))
@given(
    st.lists(st.none() | st.integers(-1, 1) | st.just(2**53 + 1), min_size=1),
    st.sampled_from([pl.Int64(), pl.Float32(), pl.Float64()]),
    st.sampled_from(["IN", "NOT IN", *COMPARE]),
    STRINGS | NUMBERS,
)
def test_numbers(cells, dtype, operator, operand):
    check(pl.Series(cells, dtype=pl.Int64).cast(dtype), condition(operator, operand))


def test_what_is_written_with_fewer_digits_is_found_in_a_narrow_column():
    column = pl.Series([0.1, None, 19.99], dtype=pl.Float32)
    check(column, condition("=", 19.99))
    assert cells_of(column, np.ones(3, bool)).met(condition("=", 19.99)).tolist() == [False, False, True]
