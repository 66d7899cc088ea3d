"""Event trackers: where live events come in; one per dataset group. What it recorded outlives it."""

from uuid import uuid4

from ..kinds import Kind
from ..lifecycle import create
from ..server import Server
from ..views import Answer, Request

KIND = Kind(
    service="personalize",
    name="EventTracker",
    arn="event-tracker/{id}",
    refers={"datasetGroupArn": "DatasetGroup"},
    one_per="datasetGroupArn",
    aliases=("trackingId",),
)


def create_event_tracker(server: Server, request: Request) -> Answer:
    """CreateEventTracker: a tracking id for a dataset group's events."""
    tracking_id = str(uuid4())
    body = {"trackingId": tracking_id, "accountId": server.config.account}
    return {"eventTrackerArn": create(server, KIND, request, body).arn, "trackingId": tracking_id}
