import polars as pl
import pytest

from presage.tables.personalize.instants import MOST_AHEAD_SECONDS, by_now, column_by_now, in_seconds

NOW = 1_700_000_000.0


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        (0, 0),
        (1_700_000_000, 1_700_000_000),
        (99_999_999_999, 99_999_999_999),  # the year 5138
        (100_000_000_000, 100_000_000),  # 1973
        (1_700_000_000_123, 1_700_000_000.123),
    ],
)
def test_what_can_be_milliseconds_alone_is_milliseconds(given, seconds):
    assert in_seconds(given) == seconds


@pytest.mark.parametrize(
    ("at", "counts"),
    [
        (5, 5),
        (NOW, NOW),
        (NOW + MOST_AHEAD_SECONDS, NOW + MOST_AHEAD_SECONDS),
        (NOW + MOST_AHEAD_SECONDS + 1, NOW),
        (4e9, NOW),
    ],
)
def test_what_is_said_to_be_later_than_now_happened_now(at, counts):
    assert by_now(at, NOW) == counts
    column = pl.DataFrame({"AT": [int(at), None]}).select(column_by_now("AT", NOW))
    assert column["AT"].to_list() == [int(counts), None]
