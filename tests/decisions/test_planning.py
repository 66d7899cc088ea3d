"""Plans of budgets from forecasts."""

import numpy as np
import pytest

from presage.decisions.planning import plan_of, plan_of_traffic
from presage.decisions.questions import Outlook, Plan
from presage.decisions.replay import replay

from .deciding import STREAM, decide, deciding
from .test_prices import with_budget
from .test_traffic import HOUR, budget

DAY = 24
SHAPE = np.array([1, 1, 1, 1, 1, 2, 4, 8, 9, 8, 7, 7, 9, 8, 7, 6, 6, 7, 9, 12, 14, 11, 6, 3])


def on_day(day, **members):
    """A budget of a day, by its number since 1970."""
    times = {"startsAt": f"1970-01-{1 + day:02}T00:00:00Z", "until": f"1970-01-{2 + day:02}T00:00:00Z"}
    return budget([1.0], planFrom={}, **times | members)


def test_steps_of_a_forecast_become_equal_parts_of_the_budgets_time():
    days = np.arange(0, 5) * DAY * HOUR * 1.0
    assert plan_of(on_day(1), days, np.array([1.0, 6, 2, 2])) == [6]
    half_days = np.arange(0, 9) * 12 * HOUR * 1.0
    assert plan_of(on_day(2), half_days, np.array([1.0, 6, 2, 2, 5, 3, -1, 0])) == [5, 3]


def test_a_forecast_that_ends_too_early_or_expects_nothing_makes_no_plan():
    days = np.arange(0, 3) * DAY * HOUR * 1.0
    with pytest.raises(
        ValueError, match="goes from 1970-01-01T00:00:00 to 1970-01-03T00:00:00; the budget is"
    ):
        plan_of(on_day(2), days, np.ones(2))
    with pytest.raises(ValueError, match="expects nothing at all"):
        plan_of(on_day(1), days, np.zeros(2))


def test_a_campaigns_own_traffic_is_forecast_by_the_hour():
    by_hour = {day * DAY + hour: 10 * int(SHAPE[hour]) for day in range(7) for hour in range(DAY)}
    plan = plan_of_traffic(on_day(7), by_hour, 7 * DAY * HOUR - 1800)
    np.testing.assert_allclose(plan, 10 * SHAPE, rtol=0.02)
    under_way = plan_of_traffic(on_day(6), by_hour | {6 * DAY: 500}, (6 * DAY + 1) * HOUR)
    assert under_way[0] == 500


def test_without_a_day_of_it_or_with_too_long_a_budget_there_is_no_plan():
    by_hour = dict.fromkeys(range(10), 10)
    assert plan_of_traffic(on_day(1), by_hour, 10 * HOUR) is None
    assert plan_of_traffic(on_day(1), {}, 10 * HOUR) is None
    longest = on_day(3, until="1970-06-01T00:00:00Z")
    assert plan_of_traffic(longest, dict.fromkeys(range(48), 10), 48 * HOUR) is None


def test_a_plan_is_taken_once_and_logged_and_decisions_come_out_again(tmp_path):
    made = with_budget(planFrom={})
    with deciding(tmp_path, made) as decider:
        decide(decider, at=5.0)
        assert decider.ask(Outlook(at=6.0)).result().record == {"due": True, "by_hour": {0: 1}}
        asked = Plan(plan=[3.0, 1.0], expected=400, at=6.0)
        assert decider.ask(asked).result().is_new
        assert not decider.ask(asked).result().is_new
        for number in range(40):
            decide(decider, f"u{number}", at=10.0 + number)
    with deciding(tmp_path, made) as decider:
        assert decider.ask(Outlook(at=600.0)).result().record["due"] is False
        found = replay(made, STREAM, decider.records())
    assert found.n_equal == found.n_decisions == 41
