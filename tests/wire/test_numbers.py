import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage.wire.numbers import whole


@given(st.integers(0, 10**30), st.integers(0, 10**20), st.sampled_from([10, 16]), st.integers(0, 9))
def test_a_whole_number_is_read_and_cut_off(number, most, base, n_zeros):
    text = "0" * n_zeros + (f"{number:x}" if base == 16 else str(number))
    assert whole(text, most, base) == min(number, most)
    assert whole(text.upper(), most, base) == min(number, most)


@pytest.mark.parametrize("base", [10, 16])
def test_a_number_may_have_more_digits_than_python_reads(base):
    assert whole("9" * 5000, 7, base) == 7
    assert whole("0" * 5000 + "3", 7, base) == 3


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-1",
        "+1",
        " 1",
        "1 ",
        "1_000",
        "1.0",
        "1e3",
        "a",
        "1x1",
        "²",
        "٣",
        "\N{FULLWIDTH DIGIT ONE}",
        "\n",
    ],
)
def test_what_is_no_whole_number_is_none(text):
    assert whole(text, 10) is None


@given(st.text())
def test_any_text_is_a_number_in_bounds_or_none(text):
    assert whole(text, 10) in {None, *range(11)}
