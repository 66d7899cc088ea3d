"""What is told changes the next answer, and the next training."""

import time
from uuid import uuid4

from ..shop import ITEMS, Shop, error_of


def test_what_a_user_just_did_changes_the_next_answer(server):
    shop = Shop(server).stocked()
    config = {"itemExplorationConfig": {"explorationWeight": "0"}}
    campaign = shop.campaign(shop.version(shop.solution("aws-user-personalization")), campaignConfig=config)
    made = shop.personalize.create_event_tracker(name=shop.id, datasetGroupArn=shop.group)
    shop.wait("event_tracker", made["eventTrackerArn"])
    before = shop.recommend(campaign, "newcomer", numResults=10)
    for n in range(6):
        event = {
            "eventType": "click",
            "itemId": f"i{16 + n}",
            "sentAt": time.time(),
            "eventId": uuid4().hex,
        }
        shop.events.put_events(
            trackingId=made["trackingId"], userId="newcomer", sessionId="s", eventList=[event]
        )
    after = shop.recommend(campaign, "newcomer", numResults=10)
    assert after != before
    assert sum(int(item["itemId"][1:]) >= 15 for item in after) >= 8
    _anonymous(shop, campaign, made["trackingId"])


def _anonymous(shop, campaign, tracking_id):
    """A session is a user by its own id until somebody is named."""
    for n in range(6):
        event = {"eventType": "click", "itemId": f"i{16 + n}", "sentAt": time.time()}
        shop.events.put_events(trackingId=tracking_id, sessionId="someone", eventList=[event])
    found = shop.recommend(campaign, "someone", numResults=10)
    assert sum(int(item["itemId"][1:]) >= 15 for item in found) >= 8


def test_what_was_told_is_trained_on(server):
    shop = Shop(server).stocked()
    made = shop.personalize.create_event_tracker(name=shop.id, datasetGroupArn=shop.group)
    shop.wait("event_tracker", made["eventTrackerArn"])
    for n in range(55):
        event = {"eventType": "click", "itemId": "hit", "sentAt": 1_701_000_000 + n}
        shop.events.put_events(
            trackingId=made["trackingId"], userId=f"u{n}", sessionId=f"s{n}", eventList=[event]
        )
    campaign = shop.trained("aws-popularity-count")
    assert "hit" in [item["itemId"] for item in shop.recommend(campaign, numResults=5)]


def test_what_cannot_be_read_is_refused(stocked):
    code, message = error_of(
        stocked.events.put_events,
        trackingId="unknown",
        sessionId="s",
        eventList=[{"eventType": "click", "itemId": "i1", "sentAt": time.time()}],
    )
    assert code == "InvalidInputException"
    assert "unknown" in message


def test_an_item_that_is_told_may_be_older_than_1970(shop):
    shop.dataset("ITEMS", ITEMS)
    put = {"datasetArn": shop.datasets["ITEMS"]}
    film = {"itemId": "film", "properties": '{"creationTimestamp": -157766400}'}
    shop.events.put_items(items=[film], **put)
    late = {"itemId": "film", "properties": '{"creationTimestamp": 1600000000000}'}
    code, message = error_of(shop.events.put_items, items=[late], **put)
    assert code == "InvalidInputException"
    assert "CREATION_TIMESTAMP must be in seconds" in message


def test_items_and_users_are_told_one_by_one(shop):
    stocked = shop.stocked()
    stocked.events.put_items(
        datasetArn=stocked.datasets["ITEMS"],
        items=[
            {
                "itemId": "fresh",
                "properties": '{"genre": "low", "price": 3.5, "creationTimestamp": 1700000000}',
            }
        ],
    )
    stocked.events.put_users(
        datasetArn=stocked.datasets["USERS"], users=[{"userId": "u0", "properties": '{"gender": "a"}'}]
    )
    code, message = error_of(
        stocked.events.put_items, datasetArn=stocked.datasets["ITEMS"], items=[{"itemId": "x"}]
    )
    assert code == "InvalidInputException"
    assert "CREATION_TIMESTAMP" in message
