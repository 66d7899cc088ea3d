"""Schemas: what the columns of a dataset are."""

from presage.errors import InvalidInputException
from presage.resources.states import RESTING, Motion
from presage.tables.personalize.schema import DatasetSchema, check_reserved, parse_schema

from ..kinds import Kind, Move
from ..lifecycle import create
from ..server import Server
from ..views import Answer, Request

KIND = Kind(
    service="personalize",
    name="Schema",
    arn="schema/{name}",
    moves={Motion.CREATE: Move(at_once=True), Motion.DELETE: Move(since=RESTING, at_once=True)},
    blocked_by=("Dataset",),
)


def create_schema(server: Server, request: Request) -> Answer:
    """CreateSchema: kept as it was submitted, once it has been read and checked."""
    schema = read_schema(request["schema"])
    try:
        check_reserved(schema, request.get("domain"))
    except ValueError as error:
        raise InvalidInputException(f"Invalid schema: {error}") from None
    return {"schemaArn": create(server, KIND, request).arn}


def read_schema(text: str) -> DatasetSchema:
    """The columns that a schema declares; raises InvalidInputException."""
    try:
        return parse_schema(text)
    except ValueError as error:
        raise InvalidInputException(f"Invalid schema: {error}") from None
