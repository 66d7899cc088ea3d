import numpy as np
import polars as pl
import pytest

from presage.errors import JobFailure
from presage.features.select import EventRule, check_minima, select_events, weigh_events
from presage.recipes.data import Interactions

EVENTS = pl.DataFrame(
    {"EVENT_TYPE": ["view", "buy", "buy", "buy", None], "EVENT_VALUE": [5.0, 1.0, 2.0, None, 9.0]}
)


@pytest.mark.parametrize(
    ("event_type", "threshold", "kept"),
    [
        (None, None, [0, 1, 2, 3, 4]),
        ("buy", None, [1, 2, 3]),
        ("Buy", None, [1, 2, 3]),
        (None, 2.0, [0, 2, 4]),
        ("buy", 2.0, [2]),
    ],
)
def test_events_are_selected_by_type_and_value(event_type, threshold, kept):
    numbered = EVENTS.with_row_index("n")
    assert select_events(numbered, event_type, threshold)["n"].to_list() == kept


@pytest.mark.parametrize(("setting", "column"), [(("buy", None), "EVENT_TYPE"), ((None, 1.0), "EVENT_VALUE")])
def test_a_filter_needs_its_column(setting, column):
    with pytest.raises(JobFailure, match=f"needs a column {column}"):
        select_events(EVENTS.drop(column), *setting)


def test_events_are_weighed_by_the_first_rule_that_admits_them():
    rules = [
        EventRule(event_type="buy", threshold=2.0, weight=0.75),
        EventRule(event_type="view", threshold=None, weight=0.25),
    ]
    found = weigh_events(EVENTS.with_row_index("n"), rules)
    assert found["n"].to_list() == [0, 2]
    assert found["_EVENT_WEIGHT"].to_list() == [0.25, 0.75]
    with pytest.raises(JobFailure, match="needs a column EVENT_VALUE"):
        weigh_events(EVENTS.drop("EVENT_VALUE"), rules)


def log_of(n_events):
    user = np.repeat(np.arange(len(n_events), dtype=np.int32), n_events)
    zeros = np.zeros(len(user), np.int64)
    return Interactions(user=user, item=zeros.astype(np.int32), time=zeros, n_users=len(n_events), n_items=1)


@pytest.mark.parametrize(
    ("n_events", "reason"),
    [
        ([40] * 24 + [39], "fewer than 1000 interactions"),
        ([50] * 24 + [1] * 10, "fewer than 25 users with at least 2"),
        ([2] * 25 + [1] * 2476, "only 25 of its 2501 users"),
    ],
)
def test_too_little_data_is_refused(n_events, reason):
    with pytest.raises(JobFailure, match=reason):
        check_minima(log_of(n_events))


@pytest.mark.parametrize("n_events", [[40] * 25, [2] * 25 + [1] * 2475, [0] * 9000 + [40] * 25])
def test_the_least_that_is_enough(n_events):
    check_minima(log_of(n_events))
