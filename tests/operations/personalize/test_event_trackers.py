"""Event trackers: one a dataset group."""

from ..shop import error_of


def test_a_group_has_one(shop):
    made = shop.personalize.create_event_tracker(name=shop.id, datasetGroupArn=shop.group)
    record = shop.wait("event_tracker", made["eventTrackerArn"])
    assert record["trackingId"] == made["trackingId"]
    assert record["accountId"]
    code, _ = error_of(shop.personalize.create_event_tracker, name="second", datasetGroupArn=shop.group)
    assert code == "ResourceAlreadyExistsException"
    shop.personalize.delete_event_tracker(eventTrackerArn=made["eventTrackerArn"])
    again = shop.personalize.create_event_tracker(name=shop.id, datasetGroupArn=shop.group)
    assert again["trackingId"] != made["trackingId"]
