import re
from datetime import UTC, datetime

import pytest

from presage.health.chart import conversion_chart, page
from presage.health.widgets import Rate, Widget, arms, widgets
from presage.operations.upkeep import store_answers

DAY = 86_400.0


def a_day(shop, n_shown, n_clicked):
    """A day on which a campaign is shown so often, and so often clicked, some twice; its name."""
    clock = shop.server.clock
    clock.now = (clock.now // DAY + 1) * DAY + 100
    for n in range(n_shown):
        found = shop.runtime.get_recommendations(campaignArn=shop.campaign_arn, userId=f"u{n}")
        for _ in range((n < n_clicked) + (n < n_clicked // 2)):
            clock.now += 1
            shop.events.put_events(
                trackingId=shop.tracking_id,
                sessionId="s",
                userId=f"u{n}",
                eventList=[
                    {
                        "eventType": "click",
                        "itemId": found["itemList"][0]["itemId"],
                        "sentAt": clock.now,
                        "recommendationId": found["recommendationId"],
                    }
                ],
            )
    store_answers(shop.server.server)
    return datetime.fromtimestamp(clock.now, UTC).strftime("%Y-%m-%d")


@pytest.fixture(scope="module")
def shown(shop):
    """(day, displays, clicks) of three days."""
    store_answers(shop.server.server)
    return [(a_day(shop, n, k), n, k) for n, k in ((40, 0), (30, 6), (20, 4))]


def test_a_campaign_is_shown_by_day_and_an_answer_counts_once(shop, shown):
    name = shop.campaign_arn.rpartition("/")[2]
    (found,) = [one for one in widgets(shop.server.stores) if one.name == name]
    assert (found.kind, found.event_type) == ("campaign", "click")
    by_day = {day: (rate.displays, rate.actions) for day, rate in found.days.items()}
    assert {day: by_day[day] for day, _, _ in shown} == {day: (n, k) for day, n, k in shown}
    group = shop.server.stores.records.get(shop.group)
    assert [one for one in widgets(shop.server.stores, group) if one.name == name] == [found]


def test_a_rate_lies_in_its_interval():
    low, high = Rate(4000, 20).interval
    assert low < Rate(4000, 20).share == 0.005 < high
    assert Rate(0, 0).share is None
    assert Rate(2, 3).share == 1.0  # what came back on a day may be of the day before


def test_arms_count_users():
    found = arms("home", [("a", "d1", True), ("b", "d1", False), ("a", "d2", False)], ["a", "b", "c"])
    assert [(one.name, one.total) for one in found] == [
        ("home/a", Rate(2, 1)),
        ("home/b", Rate(1, 0)),
        ("home/c", Rate(0, 0)),
    ]
    assert found[0].days == {"d1": Rate(1, 1), "d2": Rate(1, 0)}


def test_the_chart_shows_every_day_within_its_area():
    days = {f"2021-05-{day:02}": Rate(400, 2 if day < 10 else 19) for day in range(1, 20)}
    widget = Widget(kind="campaign", name="<follow & co>", event_type="follow", days=days)
    svg = str(conversion_chart(widget))
    assert svg.count("<circle") == 19
    assert svg.count("<rect") == 38
    assert "&lt;follow &amp; co&gt;: 208 actions of 7,600 displays: 2.74%" in svg
    numbers = [float(one) for one in re.findall(r' (?:y|cy|y1|y2|height)="(-?[\d.]+)"', svg)]
    assert all(0 <= one <= 350 for one in numbers)
    assert "<script" not in page([widget])
    assert "<follow" not in page([widget])


def test_a_widget_that_nobody_saw_says_so():
    widget = Widget(kind="delivery", name="weekly", event_type="", days={})
    assert "was not displayed yet" in str(conversion_chart(widget))
    one_day = Widget(kind="delivery", name="weekly", event_type="", days={"2026-W48": Rate(3, 0)})
    assert str(conversion_chart(one_day)).count("<circle") == 1
