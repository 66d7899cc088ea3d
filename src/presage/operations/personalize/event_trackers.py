"""Event trackers: where live events come in."""

from uuid import uuid4

from presage.errors import ResourceAlreadyExistsException
from presage.operations import lifecycle
from presage.resources.kinds import PERSONALIZE

from ..server import Server
from ..views import Answer, Request, describing, listing
from .datasets import active_group

KIND = PERSONALIZE["EventTracker"]
describe_event_tracker = describing(KIND)
list_event_trackers = listing(KIND)


def create_event_tracker(server: Server, request: Request) -> Answer:
    """CreateEventTracker: one per dataset group."""
    group = active_group(server, request["datasetGroupArn"])
    for other in server.resources.list(KIND, parent=group.arn, limit=1):
        raise ResourceAlreadyExistsException(f"{group.arn} has an event tracker already: {other.arn}.")
    tracking_id = str(uuid4())
    record = lifecycle.create(
        server,
        KIND,
        name=request["name"],
        fields={"id": uuid4().hex[:8]},
        body={
            "datasetGroupArn": group.arn,
            "trackingId": tracking_id,
            "accountId": server.config.account,
        },
        parents=(group.arn, tracking_id),
        tags=request.get("tags", ()),
    )
    return {"eventTrackerArn": record.arn, "trackingId": tracking_id}


def delete_event_tracker(server: Server, request: Request) -> None:
    """DeleteEventTracker: what it recorded stays."""
    lifecycle.delete(server, KIND, request["eventTrackerArn"])
