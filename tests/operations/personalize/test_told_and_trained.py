"""What is told between imports and trainings, and what a training makes of it."""

import pytest

from presage.recipes.data import silent
from presage.works import folding
from presage.works.training import read_rows

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
