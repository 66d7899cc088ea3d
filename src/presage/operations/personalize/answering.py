"""What a campaign or recommender answers: checked, asked, and as callers see it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from presage.errors import InvalidInputException
from presage.recipes.use_cases import USE_CASES
from presage.resources.record import Record
from presage.serving.deployment import Deployment
from presage.serving.recommend import Question, Scored, rank, recommend

from ..kinds import Kind
from ..lifecycle import find
from ..server import Server
from ..views import Request
from . import recommenders
from .catalogue import KNOWN
from .deploying import deploy_now
from .events import MOST_SHOWN
from .filtered import filter_of
from .promoted import promotion_name, promotion_of

DEFAULT_RESULTS = 25
MAX_RESULTS = 500
MAX_RESULTS_WITH_METADATA = 50
MAX_METADATA_COLUMNS = 10
PROMOTED, EXPLORED = "Promoted item", "Exploration"
"""AWS's reasons why an item is in an answer."""
CALLS = {
    "PERSONALIZED_RANKING": ("ranks a given list", "GetPersonalizedRanking"),
    "PERSONALIZED_ACTIONS": ("recommends actions", "GetActionRecommendations"),
}
"""Recipe type -> what it does, and the call that it answers; others recommend items."""


@dataclass(frozen=True, kw_only=True)
class Answered:
    """What a campaign or recommender answers.

    Parameters
    ----------
    scored : the items, best first
    items : the same as callers see them
    """

    deployment: Deployment
    scored: Scored
    items: list[dict[str, Any]]


async def recommended(server: Server, request: Request, kind: Kind, arn: str) -> Answered:
    """The best items for a user, or the relatives of an item."""
    deployment = await deployed(server, kind, arn)
    check_call(deployment, "GetRecommendations")
    facts = KNOWN[deployment.recipe]
    columns = metadata_columns(deployment, request)
    n_results = check_count(request.get("numResults", DEFAULT_RESULTS), "numResults", bool(columns))
    check_named(deployment.recipe, request)
    question = Question(
        user_id=request.get("userId", ""),
        item_id=request.get("itemId"),
        context=checked_context(deployment, request),
        now=server.clock(),
        filter_=filter_of(server, deployment, request),
        promotion=promotion_of(server, deployment, request, n_results),
    )
    found = await recommend(deployment, question, n_results)
    items = _scored(deployment, found.scored, columns, scores=facts.scores)
    for place in found.promoted:
        items[place] |= {"promotionName": promotion_name(request), "reason": [PROMOTED]}
    for place in found.explored if facts.tells_why else ():
        items[place].setdefault("reason", []).append(EXPLORED)
    return Answered(deployment=deployment, scored=found.scored, items=items)


async def ranked(server: Server, request: Request, kind: Kind, arn: str) -> Answered:
    """A given list in the order in which a user will want it."""
    deployment = await deployed(server, kind, arn)
    check_call(deployment, "GetPersonalizedRanking")
    columns = metadata_columns(deployment, request)
    items: Sequence[str] = request["inputList"]
    check_count(len(items), "the number of items in inputList", bool(columns))
    if not request["userId"]:
        raise InvalidInputException("userId is empty; name the user for whom to rank.")
    question = Question(
        user_id=request["userId"],
        context=checked_context(deployment, request),
        now=server.clock(),
        filter_=filter_of(server, deployment, request),
    )
    found = await rank(deployment, question, items)
    return Answered(
        deployment=deployment, scored=found, items=_scored(deployment, found, columns, scores=True)
    )


def answered(server: Server, deployment: Deployment, found: Scored) -> str:
    """The id of an answer, which is counted, and of which it is remembered what it showed."""
    id_ = deployment.recommendation_id()
    server.answers[deployment.campaign.name] += 1
    remember(server, found, id_)
    return id_


def remember(server: Server, found: Sequence[tuple[str, object]], id_: str) -> None:
    """Remember what an answer showed, best first: events that name it need not say so."""
    server.shown[id_] = [item_id for item_id, _ in found[:MOST_SHOWN]]


def check_call(deployment: Deployment, call: str) -> None:
    """Raise InvalidInputException, naming the right call, if a campaign's recipe does not answer this one."""
    answers, right = CALLS.get(KNOWN[deployment.recipe].type, ("recommends items", "GetRecommendations"))
    if right != call:
        raise InvalidInputException(f"{deployment.recipe} {answers}; call {right}.")


async def deployed(server: Server, kind: Kind, arn: str) -> Deployment:
    """What answers for a campaign or recommender; raises InvalidInputException while it is not ready."""
    deployment = server.deployments.get(arn)
    if deployment is not None and (deployment.recipe in USE_CASES) == (kind is recommenders.KIND):
        return deployment
    record = find(server.records, kind, arn)
    if record.is_active:  # another process has made it, and this one has not heard of it yet
        await asyncio.to_thread(deploy_now, server, record)
        deployment = server.deployments.get(arn)
    if deployment is None:
        status = kind.dialect.spell(record)
        raise InvalidInputException(f"{arn} is {status}; it answers once it is ACTIVE.{_why(record)}")
    return deployment


def _why(record: Record) -> str:
    return f" It failed: {record['_reason']}" if record.get("_reason") else ""


def check_named(recipe: str, request: Request) -> None:
    """Raise InvalidInputException if a request lacks the user or the item that a recipe asks for."""
    type_, case = KNOWN[recipe].type, USE_CASES.get(recipe)
    asks_user = case.asks_user if case else type_ == "USER_PERSONALIZATION"
    if type_ == "RELATED_ITEMS" and not request.get("itemId"):
        raise InvalidInputException(f"itemId is missing; {recipe} recommends relatives of an item.")
    if asks_user and not request.get("userId"):
        raise InvalidInputException(f"userId is missing; {recipe} recommends items to a user.")


def check_count(count: int, name: str, with_metadata: bool) -> int:
    """A number of items within AWS's limits, which are lower when metadata is asked for."""
    limit = MAX_RESULTS_WITH_METADATA if with_metadata else MAX_RESULTS
    if not 0 <= count <= limit:
        hint = " with metadataColumns" if with_metadata else ""
        raise InvalidInputException(f"{name} is {count}; it must be from 0 to {limit}{hint}.")
    return count


def checked_context(deployment: Deployment, request: Request) -> Mapping[str, str]:
    """The request's context; raises InvalidInputException for a recipe that takes none."""
    context: Mapping[str, str] = request.get("context", {})
    if context and not KNOWN[deployment.recipe].uses_context:
        raise InvalidInputException(f"{deployment.recipe} takes no context.")
    return context


def metadata_columns(deployment: Deployment, request: Request) -> list[str]:
    """The item columns that the answer shall carry."""
    wanted: Mapping[str, list[str]] = request.get("metadataColumns", {})
    columns: list[str] = []
    for dataset, names in wanted.items():
        if dataset.upper() != "ITEMS":
            raise InvalidInputException(
                f"metadataColumns names {dataset!r}; only ITEMS has metadata to return."
            )
        columns += names
    if not columns:
        return []
    if not deployment.campaign.with_metadata:
        raise InvalidInputException(
            "metadataColumns needs enableMetadataWithRecommendations on the campaign."
        )
    if len(columns) > MAX_METADATA_COLUMNS:
        raise InvalidInputException(f"metadataColumns names {len(columns)} columns; at most 10 are allowed.")
    for column in columns:
        if column.upper() not in deployment.item_columns:
            known = ", ".join(sorted(deployment.item_columns))
            raise InvalidInputException(f"Items has no column {column!r}; it has: {known or 'none'}.")
    return columns


def _scored(
    deployment: Deployment, found: Sequence[tuple[str, float]], columns: list[str], *, scores: bool
) -> list[dict[str, Any]]:
    answer: list[dict[str, Any]] = (
        [{"itemId": item_id, "score": score} for item_id, score in found]
        if scores
        else [{"itemId": item_id} for item_id, _ in found]
    )
    if columns:
        for one in answer:
            one["metadata"] = deployment.metadata(one["itemId"], columns)
    return answer
