import polars as pl
import pytest

from presage.errors import JobFailure
from presage.tables.minima import check_minima


def log(*counts: int) -> pl.DataFrame:
    """A log in which user n has counts[n] interactions."""
    return pl.DataFrame({"USER_ID": [f"u{n}" for n, count in enumerate(counts) for _ in range(count)]})


def test_just_enough_is_enough():
    check_minima(log(*[2] * 25, *[1] * 950))


@pytest.mark.parametrize(
    ("counts", "says"),
    [
        (
            [40] * 24 + [39],
            "fewer than 1000 interactions after filtering by event type and value: it has 999",
        ),
        ([], "it has 0"),
        ([100] * 24 + [1] * 10, "fewer than 25 users with at least 2 interactions each: it has 24"),
        (
            [2] * 25 + [1] * 2476,
            "fewer than 1% users with at least 2 interactions each: it has 25 such users of 2501",
        ),
    ],
)
def test_what_is_too_little(counts, says):
    with pytest.raises(JobFailure) as caught:
        check_minima(log(*counts))
    assert says in str(caught.value)


def test_one_percent_is_enough():
    check_minima(log(*[2] * 25, *[1] * 2475))
