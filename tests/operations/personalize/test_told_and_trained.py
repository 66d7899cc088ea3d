"""What is told between imports and trainings, and what a training makes of it."""

import json

import polars as pl
import pytest
from botocore.exceptions import ClientError
from structlog.testing import capture_logs

from presage.recipes.data import silent
from presage.works import folding
from presage.works.training import read_rows

from ...wire.asgi import call
from ...wire.generate import Raw
from ..shop import INTERACTIONS, interactions_csv

N_VISITORS = 7000
"""More than a hundred times as many as the shop has users."""


@pytest.fixture
def shop(shop):
    """With interactions, imported."""
    shop.dataset("INTERACTIONS", INTERACTIONS)
    shop.import_rows("INTERACTIONS", interactions_csv())
    return shop


@pytest.fixture
def tracking_id(shop):
    return shop.personalize.create_event_tracker(name=shop.id, datasetGroupArn=shop.group)["trackingId"]


@pytest.fixture
def tell(inside, shop, tracking_id):
    def tell(session, item, user=None, **more):
        event = {"eventType": "click", "itemId": item, "sentAt": inside.clock.now, **more}
        named = {"userId": user} if user else {}
        shop.events.put_events(trackingId=tracking_id, sessionId=session, eventList=[event], **named)

    return tell


def visit(inside, shop, n):
    """So many sessions of one event each, about one item, are told."""
    rows = [
        {"SESSION_ID": f"visit {k}", "ITEM_ID": "bait", "TIMESTAMP": 1_700_000_000, "EVENT_TYPE": "click"}
        for k in range(n)
    ]
    stream = inside.server.records.expect(shop.datasets["INTERACTIONS"])["_folder"]
    inside.stores.log.append(stream, rows).result()


def test_visitors_who_were_never_linked_are_nobody_to_train_on(inside, shop, tell):
    visit(inside, shop, N_VISITORS)
    tell("visit 0", "i3", user="u0")
    campaign = shop.trained("aws-popularity-count")
    ranked = [item["itemId"] for item in shop.recommend(campaign, numResults=500)]
    assert ranked[-1] == "bait", "one user, whose session was linked, used it"
    frame = read_rows(inside.stores, shop.group).frames["INTERACTIONS"]
    assert frame.filter(ITEM_ID="bait")["USER_ID"].to_list() == ["u0"]


def test_an_event_id_that_is_always_the_same_is_learned_once_and_remembered_always(inside, shop, tell):
    for n in range(3):
        tell("s", f"new {n}", user="ann", eventId="event", sentAt=1_700_000_000 + n)
    shop.trained("aws-popularity-count")
    frame = read_rows(inside.stores, shop.group).frames["INTERACTIONS"]
    assert frame.filter(USER_ID="ann")["ITEM_ID"].to_list() == ["new 0"]
    (memory,) = inside.server.deployments._memories.values()
    assert [event.item_id for event in memory.events("ann")] == ["new 0", "new 1", "new 2"]


def test_event_types_that_were_told_do_not_break_an_import(inside, shop, tell):
    for n in range(12):
        tell("s", "i1", user="u1", eventType=f"type {n}")
    folding.run(inside.stores.config, "fold", silent)
    for text in (interactions_csv(seed=1), interactions_csv(seed=2).replace("purchase", "buy")):
        shop.import_rows("INTERACTIONS", text, "INCREMENTAL")
    assert shop.trained("aws-popularity-count")


def put(inside, tracking_id, user, item, sent_at):
    """PutEvents as any client may send it; botocore itself turns every time into seconds."""
    event = {"eventType": "click", "itemId": item, "sentAt": sent_at}
    members = {"trackingId": tracking_id, "sessionId": "s", "userId": user, "eventList": [event]}
    headers = {"content-type": "application/json"}
    answer = call(inside.app, Raw("POST", "/events", headers, json.dumps(members).encode()))
    return answer.status, answer.body.decode()


def told_times(inside, shop):
    stream = inside.server.records.expect(shop.datasets["INTERACTIONS"])["_folder"]
    return [told.record["TIMESTAMP"] for told in inside.stores.log.read(0, 100, stream=stream)]


def test_sent_at_may_be_milliseconds_and_is_never_later_than_now(inside, shop, tracking_id):
    now = int(inside.clock.now)
    given = [now - 60, (now - 50) * 1000, (now - 40) * 1000 + 999.5, now + 600, now + 10**8, 10**13]
    with capture_logs() as logged:
        for n, sent_at in enumerate([*given, *given]):
            assert put(inside, tracking_id, "ann", f"i{n}", sent_at) == (200, "")
    assert told_times(inside, shop) == [now - 60, now - 50, now - 40, now + 600, now, now] * 2
    said = [(line["event"], line["where"], line["log_level"]) for line in logged]
    dataset = shop.datasets["INTERACTIONS"]
    milliseconds = "sentAt is in milliseconds; it is read as such"
    later = "sentAt is later than now; the event counts as of now"
    assert said == [(milliseconds, dataset, "warning"), (later, dataset, "warning")], "once, not every time"
    assert inside.server.mended.counts == {(milliseconds, dataset): 6, (later, dataset): 4}


def test_sent_at_that_is_no_time_is_refused(inside, tracking_id):
    status, body = put(inside, tracking_id, "ann", "i1", -1)
    assert (status, "sentAt is -1: it must be seconds since 1970, not negative" in body) == (400, True)


def test_nothing_that_is_learned_happened_later_than_now(inside, shop):
    now = int(inside.clock.now)
    rows = f"u1,i1,{now + 10**8},click,,\nu1,i2,{now + 600},click,,\n"
    shop.import_rows("INTERACTIONS", interactions_csv(n_events=1000) + rows, "INCREMENTAL")
    frame = read_rows(inside.stores, shop.group).frames["INTERACTIONS"]
    assert frame.filter(pl.col("DEVICE").is_null())["TIMESTAMP"].to_list() == [now, now + 600]


def test_a_value_that_its_column_cannot_hold_is_refused_by_name(shop, tell):
    for more in ({"eventValue": 1e39}, {"properties": '{"eventValue": "true"}'}):
        with pytest.raises(
            ClientError, match=r"property EVENT_VALUE is '(1e\+39|true)'; it must be a finite"
        ):
            tell("s", "i1", user="ann", **more)
    tell("s", "i1", user="ann", eventValue=3, properties='{"device": "TV"}')


def test_a_refusal_says_which_event_it_is_about(shop, tracking_id):
    events = [{"eventType": "click", "sentAt": 1_700_000_000, "properties": '{"itemId": "i1"}'}] * 3
    events.append({**events[0], "properties": '{"itemId": ""}'})
    with pytest.raises(
        ClientError, match=r"ITEM_ID is ''; its type does not allow null \(eventList.4.member\)"
    ):
        shop.events.put_events(trackingId=tracking_id, sessionId="s", eventList=events)
