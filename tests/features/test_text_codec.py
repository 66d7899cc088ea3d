import numpy as np
import polars as pl

from presage.features.codecs import N_TEXT_CODES, TextCodec


def codes(found, row):
    return found.codes[found.start[row] : found.start[row + 1]].tolist()


def test_words_become_codes_of_themselves_and_their_parts():
    found = TextCodec().column(pl.Series(["Red wool", None, "wool, RED!", "", "red red"]))
    assert found.n_values == N_TEXT_CODES
    assert len(codes(found, 0)) == (1 + 3) + (1 + 4)
    assert sorted(codes(found, 0)) == sorted(codes(found, 2))
    assert codes(found, 1) == codes(found, 3) == []
    assert codes(found, 4) == 2 * codes(found, 4)[:4]


def test_codes_are_the_same_on_every_machine():
    assert codes(TextCodec().column(pl.Series(["ab"])), 0) == [11676, 8052, 27787]


def test_related_words_share_codes_and_other_alphabets_are_read():
    found = TextCodec().column(pl.Series(["running", "runner", "бегун", "靴下"]))
    assert len(set(codes(found, 0)) & set(codes(found, 1))) >= 3
    assert codes(found, 2)
    assert codes(found, 3)


def test_single_values_are_read_as_a_column_is():
    column, values = TextCodec().column(pl.Series(["a cap", ""])), TextCodec().values(["a cap", None])
    np.testing.assert_array_equal(column.codes, values.codes)
    np.testing.assert_array_equal(column.start, values.start)
