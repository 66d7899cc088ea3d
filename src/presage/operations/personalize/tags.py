"""Tags, the same for every kind that has an ARN here."""

from presage.errors import ResourceNotFoundException

from ..server import Server
from ..views import Answer, Request


def tag_resource(server: Server, request: Request) -> Answer:
    """TagResource: a key that is there already gets the new value."""
    server.resources.tag(_existing(server, request), request["tags"])
    return {}


def untag_resource(server: Server, request: Request) -> Answer:
    """UntagResource: keys that are not there are no error."""
    server.resources.untag(_existing(server, request), request["tagKeys"])
    return {}


def list_tags_for_resource(server: Server, request: Request) -> Answer:
    """ListTagsForResource: by key."""
    tags = server.resources.tags(_existing(server, request))
    return {"tags": [{"tagKey": key, "tagValue": value} for key, value in tags.items()]}


def _existing(server: Server, request: Request) -> str:
    arn = request["resourceArn"]
    if server.resources.get(arn) is None:
        raise ResourceNotFoundException(f"No resource has the ARN {arn}.")
    return arn
