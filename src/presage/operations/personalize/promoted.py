"""The promotion that a runtime call asks for."""

from collections.abc import Mapping
from typing import Any

from presage.errors import InvalidInputException
from presage.serving.deployment import Deployment
from presage.serving.promoting import Promotion

from ..server import Server
from ..views import Request
from .filtered import filter_of

NEEDED = ("name", "percentPromotedItems", "filterArn")


def promotion_of(
    server: Server, deployment: Deployment, request: Request, n_results: int
) -> Promotion | None:
    """What a request promotes: the part of the results that it asks for, rounded up; None = nothing.

    Raises what `filter_of` raises, and InvalidInputException for what is missing or too much.
    """
    promotions: list[Mapping[str, Any]] = request.get("promotions", [])
    if not promotions:
        return None
    if len(promotions) > 1:
        raise InvalidInputException(f"promotions has {len(promotions)} entries; at most one is allowed.")
    promotion = promotions[0]
    for member in NEEDED:
        if not promotion.get(member):
            raise InvalidInputException(f"promotions.1.member lacks {member}; a promotion needs {NEEDED}.")
    percent = promotion["percentPromotedItems"]
    if not 1 <= percent <= 100:
        raise InvalidInputException(f"percentPromotedItems is {percent}; it must be from 1 to 100.")
    filter_ = filter_of(server, deployment, {**promotion, "userId": request.get("userId")})
    assert filter_ is not None  # it has a filterArn
    return Promotion(filter_=filter_, n_items=-(-n_results * percent // 100))


def promotion_name(request: Request) -> str:
    """What the promotion of a request is called."""
    return request["promotions"][0]["name"]
