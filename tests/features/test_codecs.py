import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage.features.codecs import CategoryCodec, NumberCodec

cells = st.lists(st.one_of(st.none(), st.sampled_from(["a", "b", "a|b", "b|a|b", "", "|", "c||a", " a"])))
numbers = st.lists(st.one_of(st.none(), st.floats(width=32)))


@given(cells, cells)
def test_columns_and_single_values_are_read_alike(learnt, read):
    codec = CategoryCodec.learn(pl.Series(learnt, dtype=pl.String))
    column, values = codec.column(pl.Series(read, dtype=pl.String)), codec.values(read)
    assert column.start.tolist() == values.start.tolist()
    assert column.n_values == values.n_values == len(codec.names)
    for low, high in zip(column.start[:-1], column.start[1:], strict=True):
        assert sorted(column.codes[low:high]) == sorted(values.codes[low:high])


@given(numbers, numbers)
def test_numbers_and_single_numbers_are_read_alike(learnt, read):
    codec = NumberCodec.learn(pl.Series(learnt, dtype=pl.Float32))
    column, values = codec.column(pl.Series(read, dtype=pl.Float32)), codec.values(read)
    np.testing.assert_array_equal(column.values, values.values)


def test_training_numbers_have_mean_0_and_deviation_1():
    column = pl.Series([1, 2, None, 9])
    found = NumberCodec.learn(column).column(column).values
    assert np.nanmean(found) == pytest.approx(0, abs=1e-6)
    assert np.nanstd(found) == pytest.approx(1)
    assert np.isnan(found[2])


@pytest.mark.parametrize("cells", [[], [None], [7.0, 7.0], [float("nan"), float("inf")]])
def test_a_column_that_tells_nothing_is_harmless(cells):
    column = pl.Series(cells, dtype=pl.Float64)
    found = NumberCodec.learn(column).column(column).values
    assert ((found == 0) | np.isnan(found)).all()


@pytest.mark.parametrize("value", [None, "", "dear", "nan", "inf", [], {}])
def test_what_is_no_number_is_missing(value):
    assert np.isnan(NumberCodec(mean=1.0, std=2.0).values([value]).values[0])


def test_categories_that_training_did_not_meet_have_no_code():
    codec = CategoryCodec.learn(pl.Series(["a|b"]))
    assert codec.column(pl.Series(["c|b", "c"])).codes.tolist() == [1]
    assert codec.values(["c|b", 3]).codes.tolist() == [1]
