"""Schemas: what the columns of a dataset are."""

from presage.errors import InvalidInputException
from presage.operations import lifecycle
from presage.resources.kinds import PERSONALIZE
from presage.tables.schema import parse_schema

from ..server import Server
from ..views import Answer, Request, describing, listing

KIND = PERSONALIZE["Schema"]
describe_schema = describing(KIND)
list_schemas = listing(KIND)


def create_schema(server: Server, request: Request) -> Answer:
    """CreateSchema: kept as it was submitted, once it has been read and checked."""
    try:
        parse_schema(request["schema"])
    except ValueError as error:
        raise InvalidInputException(f"Invalid schema: {error}") from None
    record = lifecycle.create(
        server,
        KIND,
        name=request["name"],
        body={"schema": request["schema"], "domain": request.get("domain")},
    )
    return {"schemaArn": record.arn}


def delete_schema(server: Server, request: Request) -> None:
    """DeleteSchema: refused while a dataset uses it."""
    lifecycle.delete(server, KIND, request["schemaArn"])
