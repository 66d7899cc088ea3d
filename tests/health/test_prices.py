from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage.health.prices import UNITS, bill, cents, price_list, price_lists, total
from presage.health.study import SIZES, break_even, costs

STUDY = price_list("study-2021")
PRINTED = {
    13_000: ("0.0075", "21.6", "144", "26.13", "165.61", "47.74"),
    100_000: ("0.15", "72", "144", "201", "216.15", "273.15"),
    1_000_000: ("3", "144", "720", "2010", "867.00", "2157.00"),
}
"""Users -> the study's cells: ingestion, training, real time, batches, and the totals of either way."""


@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size.users))
def test_the_study_is_reproduced_to_the_cent(size):
    found = costs(size, STUDY)
    cells = [found.charges[item].usd for item in ("personalize-import-gb", "personalize-training-hour")]
    cells += [found.charges[item].usd for item in ("personalize-tps-hour", "personalize-batch-user")]
    assert [*cells, found.real_time, found.batch] == list(map(Decimal, PRINTED[size.users]))


def test_real_time_and_batches_meet_between_the_study_s_columns():
    n_users = break_even(1, STUDY)
    assert n_users == 71_642  # 1 TPS for 720 hours at $0.2; a user 30 times at $0.067 a thousand
    batch, tps = STUDY.prices["personalize-batch-user"], STUDY.prices["personalize-tps-hour"]
    assert batch.of(Decimal(30 * n_users)) >= tps.of(Decimal(720)) > batch.of(Decimal(30 * (n_users - 1)))
    assert break_even(5, STUDY) == 358_209


def test_half_a_cent_goes_up():
    assert [str(cents(Decimal(text))) for text in ("165.6075", "47.7375", "0.005", "0.0049")] == [
        "165.61",
        "47.74",
        "0.01",
        "0.00",
    ]


def test_every_price_is_of_something_that_is_counted():
    for prices in price_lists().values():
        assert prices.prices.keys() <= UNITS.keys()
        assert prices.source


def test_tiers_add_up():
    tps = price_list("published").prices["personalize-tps-hour"]
    assert tps.of(Decimal(20_000)) == 4_000
    assert tps.of(Decimal(30_000)) == 4_000 + 1_000
    assert tps.of(Decimal(300_000)) == 4_000 + 18_000 + 5_000


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_more_never_costs_less(some, more):
    tps = price_list("published").prices["personalize-tps-hour"]
    assert tps.of(Decimal(some + more)) >= tps.of(Decimal(some))


def test_what_has_no_price_is_shown_and_not_added():
    charges = bill(
        {"personalize-segment-line": Decimal(5), "forecast-point": Decimal(2000)}, price_list("published")
    )
    assert [(one.item, one.usd) for one in charges] == [
        ("personalize-segment-line", None),
        ("forecast-point", Decimal("1.2")),
    ]
    assert total(charges) == Decimal("1.20")


def test_an_unknown_list_is_named():
    with pytest.raises(ValueError, match="'cheap'; there are: study-2021, published"):
        price_list("cheap")
