import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from presage.recipes.ranking.columns import N_BINS, Column, Encoding, embed_each

from ..logs import categories, numbers

CODES = st.lists(st.lists(st.integers(0, 4), max_size=3), min_size=1, max_size=6)


@given(CODES)
def test_a_row_embeds_as_the_mean_of_its_codes_in_each_column(rows):
    columns = {"B": categories(*rows, n_values=5), "A": numbers(*range(len(rows)))}
    encoding = Encoding.learn(columns)
    table = np.random.default_rng(0).normal(size=(encoding.n_values, 3)).astype(np.float32)
    n_bins = encoding.columns[0].n_values
    embedded = encoding.encode(columns, len(rows)).embed(table)
    for row, codes in enumerate(rows):
        of_number = table[np.searchsorted(encoding.columns[0].edges, row, side="right")]
        of_codes = table[n_bins + np.array(codes)].mean(axis=0) if codes else 0
        np.testing.assert_allclose(embedded[row], of_number + of_codes, rtol=1e-5, atol=1e-6)


@given(CODES, st.data())
def test_taken_bags_embed_as_the_rows_they_were(rows, data):
    columns = {"A": categories(*rows, n_values=5)}
    bags = Encoding.learn(columns).encode(columns, len(rows))
    wanted = np.array(data.draw(st.lists(st.integers(0, len(rows) - 1))), np.int64)
    table = np.eye(5, dtype=np.float32)
    np.testing.assert_array_equal(bags.take(wanted).embed(table), bags.embed(table)[wanted])


def test_numbers_fall_into_bins_of_about_equally_many():
    values = np.random.default_rng(0).lognormal(size=1600)
    column = Column.learn("PRICE", numbers(*values))
    count = np.bincount(column.encode(numbers(*values), 1600).code)
    assert len(count) == N_BINS
    assert count.min() > 90


def test_what_is_missing_or_unknown_adds_nothing():
    encoding = Encoding.learn({"A": categories((0,), (1,)), "B": numbers(1, 2), "C": numbers(np.nan, np.nan)})
    table = np.ones((encoding.n_values, 2), np.float32)
    rows = [
        {},
        {"A": categories((5,)), "D": numbers(1)},
        {"A": numbers(1), "B": categories((0,))},
        {"B": numbers(np.inf), "C": numbers(np.nan)},
        {"A": categories((1,))},
    ]
    np.testing.assert_array_equal(embed_each(encoding, table, rows), [[0, 0]] * 4 + [[1, 1]])


def test_an_encoding_survives_json():
    encoding = Encoding.learn({"A": categories((0,), (1,)), "B": numbers(1, 2, 3)})
    assert Encoding.from_json(json.loads(json.dumps(encoding.to_json()))) == encoding
