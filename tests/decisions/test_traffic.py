"""How many decisions are still to come."""

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from presage.decisions.budget import Budget
from presage.decisions.traffic import Traffic

HOUR = 3600


def budget(plan, **members):
    day = {"amount": 1, "startsAt": "1970-01-01T00:00:00Z", "until": "1970-01-02T00:00:00Z"}
    return msgspec.convert(day | {"plan": plan} | members, Budget)


def after(made, *hourly):
    """Traffic with so many decisions in each hour from the first on, evenly."""
    traffic = Traffic(budget=made)
    for hour, n in enumerate(hourly):
        for number in range(n):
            traffic.add((hour + number / n) * HOUR)
    return traffic


def test_nothing_is_known_at_first_but_what_is_expected():
    assert Traffic(budget=budget([1] * 24)).left(0) == np.inf
    assert Traffic(budget=budget([1] * 24, expectedDecisions=480)).left(-5) == 480


def test_more_than_planned_in_all_hours_means_more_to_come():
    made = budget([1] * 24, expectedDecisions=2400)
    assert after(made, *[140] * 12).left(12 * HOUR) == pytest.approx(140 * 12, rel=0.01)
    assert after(made, *[60] * 12).left(12 * HOUR) == pytest.approx(60 * 12, rel=0.02)


def test_an_odd_hour_says_much_of_its_own_rest_and_little_of_the_day():
    made = budget([1] * 24, expectedDecisions=24_000)
    usual, odd = after(made, *[1000] * 10), after(made, *[1000] * 10)
    for traffic, n in ((usual, 500), (odd, 800)):
        for number in range(n):  # in half an hour
            traffic.add(10 * HOUR + number * HOUR / 2 / n)
    more = odd.left(10.5 * HOUR) - usual.left(10.5 * HOUR)
    assert 0.8 * 300 < more < 300 + 13 * 60  # later hours rise by a tenth of what the odd one has


def test_it_is_learned_where_no_number_is_expected_and_the_end_leaves_one():
    traffic = after(budget([1.0]), *[50] * 6)
    assert traffic.left(6 * HOUR) == pytest.approx(900, rel=0.01)
    assert traffic.left(24 * HOUR) == traffic.left(99 * HOUR) == 1


def test_of_another_plan_what_came_stays_where_it_came():
    traffic = after(budget([1.0]), *[60] * 5)
    hourly = traffic.replanned(budget([1] * 24))
    assert hourly.came.sum() == pytest.approx(300)
    assert hourly.came[:4] == pytest.approx([60] * 4, rel=0.02)
    assert not hourly.came[5:].any()
    assert hourly.replanned(budget([2, 1])).came.tolist() == pytest.approx([300, 0])


@settings(max_examples=60, deadline=None)
@given(
    plan=st.lists(st.floats(0, 10), min_size=1, max_size=30).filter(lambda plan: sum(plan) > 1e-3),
    hourly=st.lists(st.integers(0, 20), max_size=24),
    at=st.floats(0, 24),
    expected=st.none() | st.integers(1, 1000),
)
def test_what_is_left_is_a_number_of_at_least_one(plan, hourly, at, expected):
    found = after(budget(plan, expectedDecisions=expected), *hourly).left(at * HOUR)
    assert found >= 1
