"""Operations on kinds of resources that are not built yet: lists are empty, and nothing is found."""

from collections.abc import Collection
from typing import Any

from presage.errors import InvalidNextTokenException, ResourceNotFoundException
from presage.wire.models import Operation

from .dialects import DIALECTS, Dialect
from .kinds import in_words
from .server import Server
from .views import Answer, Handler, Request, listed_member

ANY_KIND = "Resource"
"""ResourceArn names a resource of whatever kind."""


def answering(operation: Operation, known: Collection[tuple[str, str]]) -> Handler | None:
    """What answers an operation truthfully as long as there is no resource of its kind; None = nothing does.

    Parameters
    ----------
    known : (service, kind) of the kinds that are built
    """
    dialect = DIALECTS[operation.signing_name]
    named = [member for member in operation.input_shape.required_members if member.lower().endswith("arn")]
    kind = named[0][:1].upper() + named[0][1:-3] if len(named) == 1 else ANY_KIND
    if operation.name.startswith("Create"):
        return None
    if kind != ANY_KIND and (operation.signing_name, kind) not in known and _tells_missing(operation):
        return _finding_nothing(dialect, kind, named[0])
    return _listing_nothing(dialect, operation) if operation.name.startswith("List") else None


def _tells_missing(operation: Operation) -> bool:
    return "ResourceNotFoundException" in operation.errors


def _finding_nothing(dialect: Dialect, kind: str, member: str) -> Handler:
    def find(_server: Server, request: Request) -> Answer:
        text = dialect.not_found.format(kind=in_words(kind), arn=request[member])
        raise ResourceNotFoundException(text)

    return find


def _listing_nothing(dialect: Dialect, operation: Operation) -> Handler:
    member, token = listed_member(operation), dialect.member("NextToken")

    def list_nothing(_server: Server, request: Request) -> dict[str, Any]:
        if token in request:
            raise InvalidNextTokenException(
                f"The {token} is none that {operation.name} gave out; ask without it."
            )
        return {member: []}

    return list_nothing
