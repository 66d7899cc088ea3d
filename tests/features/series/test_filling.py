import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage.features.series.filling import GAPS, Filling, fill

FIGURES = {"median": np.median, "mean": np.mean, "min": np.min, "max": np.max}
METHODS = ["zero", "value", *FIGURES]
CELLS = st.lists(
    st.lists(st.one_of(st.none(), st.integers(-9, 9).map(float)), min_size=12, max_size=12),
    min_size=1,
    max_size=3,
)


def put(before, method, value):
    """What the definition puts into a gap, given all that was known before it."""
    if method == "value":
        return float(value)
    return 0.0 if method == "zero" else FIGURES[method](before[-64:])


def filled_by_definition(row, end, methods):
    """A row, cell by cell: each gap gets a figure of the last 64 values before it."""
    known = [place for place, cell in enumerate(row) if not np.isnan(cell)]
    result = list(row)
    for place, cell in enumerate(row):
        if known and np.isnan(cell) and place > known[0]:
            gap = "futurefill" if place >= end else "middlefill" if place < known[-1] else "backfill"
            if methods.get(gap, "nan") != "nan":
                before = [row[one] for one in known if one < place]
                result[place] = put(before, methods[gap], 4)
    return result


@given(
    CELLS,
    st.integers(0, 12),
    st.fixed_dictionaries({}, optional=dict.fromkeys(GAPS, st.sampled_from(METHODS))),
)
def test_gaps_are_filled_by_the_definition(cells, end, methods):
    values = np.array(cells, np.float64)
    given_values = {f"{gap}_value": "4" for gap, method in methods.items() if method == "value"}
    found = fill(values, end, Filling.of_related(methods | given_values))
    expected = [filled_by_definition(row, end, methods) for row in values]
    np.testing.assert_allclose(found, expected)


def test_a_figure_is_of_the_last_64_values_before_a_gap_whatever_is_missing_among_them():
    row = np.arange(80.0)
    row[[10, 70]] = np.nan
    found = fill(row[None], 80, Filling.of_related({"middlefill": "min"}))
    assert (found[0, 10], found[0, 70]) == (0, 5)


def test_a_target_is_filled_with_zeros_unless_something_else_is_said():
    nan = np.nan
    values = np.array([[nan, 1, nan, 3, nan]])
    np.testing.assert_array_equal(fill(values, 5, Filling.of_target({})), [[nan, 1, 0, 3, 0]])
    kept = Filling.of_target({"middlefill": "nan", "backfill": "mean"})
    np.testing.assert_array_equal(fill(values, 5, kept), [[nan, 1, nan, 3, 2]])


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"frontfill": "zero"}, "frontfill is 'zero'; of a target it must be none"),
        ({"aggregation": "last"}, "aggregation is 'last'"),
        ({"middlefill": "interpolate"}, "middlefill is 'interpolate'"),
        ({"middlefill": "value"}, "middlefill_value is missing"),
        ({"backfill": "value", "backfill_value": "much"}, "'much'; it must be a number"),
        ({"backfill": "value", "backfill_value": "inf"}, "must be finite"),
        ({"futurefill": "zero"}, "'futurefill' is no transformation"),
    ],
)
def test_what_is_wrong_with_the_transformations_of_a_target_is_named(given, says):
    with pytest.raises(ValueError, match=says):
        Filling.of_target(given)


@pytest.mark.parametrize(
    ("given", "says"),
    [({"middlefill": "nan"}, "middlefill is 'nan'"), ({"aggregation": "sum"}, "'aggregation' is no")],
)
def test_related_attributes_have_transformations_of_their_own(given, says):
    with pytest.raises(ValueError, match=says):
        Filling.of_related(given)
