"""What a message is about: items for each user, from a table, from recommendations or from decisions."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Engine

from .databases import Row, column, opened, rows
from .errors import DeliveryError
from .spec import Content, Decisions, Items, Recommendations, Table

Client = Callable[[str], Any]
"""The name of an AWS service -> its boto3 client."""


@dataclass(frozen=True)
class Found:
    """What was found for a user.

    Parameters
    ----------
    items : each with its `item_id` and what else is known of it, the best first, each once
    recommendation_id : that of the answer; empty for a table
    """

    items: Sequence[Row] = ()
    recommendation_id: str = ""


Source = Callable[[Sequence[str]], Mapping[str, Found]]
"""Users -> what was found for each; who is not in it has nothing."""


def open_source(
    content: Content,
    *,
    databases: Mapping[str, str],
    client: Client,
    pool: Executor,
    now: float,
    closing: ExitStack,
) -> Source:
    """Where the content comes from.

    Parameters
    ----------
    databases : by name the URL
    pool : asks for several users at the same time
    closing : closes what this opens

    Raises DeliveryError.
    """
    if content.table is not None:
        source = _table(content.table, closing.enter_context(opened(content.table, databases)), now)
    elif content.recommendations is not None:
        ask = partial(_recommended, client("personalize-runtime"), content.recommendations)
        source = partial(_each, ask, pool)
    else:
        assert content.decisions is not None
        source = partial(_each, partial(_decided, client("personalize-runtime"), content.decisions), pool)
    known: Mapping[str, Row] = {}
    if content.items is not None:
        known = _by_item(content.items, closing.enter_context(opened(content.items, databases)), now)
    return partial(_told, source, known, content)


def _told(
    source: Source, known: Mapping[str, Row], content: Content, users: Sequence[str]
) -> Mapping[str, Found]:
    """Each item once, with what is known of it."""
    found: dict[str, Found] = {}
    for user, one in source(users).items():
        items: dict[str, Row] = {}
        for item in one.items:
            items.setdefault(item["item_id"], {**known.get(item["item_id"], {}), **item})
        found[user] = Found(list(items.values())[: content.at_most], one.recommendation_id)
    return found


def _by_item(items: Items, engine: Engine, now: float) -> dict[str, Row]:
    return {str(column(row, items.item, items)): row for row in rows(engine, items, now)}


def _table(table: Table, engine: Engine, now: float) -> Source:
    if ":users" in table.query:
        return lambda users: _by_user(table, rows(engine, table, now, users))
    everybody = _by_user(table, rows(engine, table, now))
    return lambda users: {user: everybody[user] for user in users if user in everybody}


def _by_user(table: Table, found: Sequence[Row]) -> dict[str, Found]:
    items: dict[str, list[Row]] = {}
    for row in found:
        item = {**row, "item_id": str(column(row, table.item, table))}
        items.setdefault(str(column(row, table.user, table)), []).append(item)
    return {user: Found(some) for user, some in items.items()}


def _each(ask: Callable[[str], Found], pool: Executor, users: Sequence[str]) -> Mapping[str, Found]:
    return dict(zip(users, pool.map(ask, users), strict=True))


def _recommended(client: Any, asked: Recommendations, user: str) -> Found:
    request: dict[str, Any] = {"userId": user, "numResults": asked.num_results}
    members = {
        "campaignArn": asked.campaign_arn,
        "recommenderArn": asked.recommender_arn,
        "filterArn": asked.filter_arn,
        "filterValues": dict(asked.filter_values),
        "context": dict(asked.context),
    }
    request |= {name: value for name, value in members.items() if value}
    answer = _called(client.get_recommendations, request)
    return Found([_item(one, "itemId") for one in answer["itemList"]], answer.get("recommendationId", ""))


def _decided(client: Any, asked: Decisions, user: str) -> Found:
    request = {"campaignArn": asked.campaign_arn, "userId": user, "numResults": asked.num_results}
    answer = _called(client.get_action_recommendations, request)
    return Found([_item(one, "actionId") for one in answer["actionList"]], answer.get("recommendationId", ""))


def _called(call: Callable[..., Any], request: Mapping[str, Any]) -> Any:
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    try:
        return call(**request)
    except (BotoCoreError, ClientError) as error:
        raise DeliveryError(f"asking for a user failed: {error}") from None


def _item(answered: Mapping[str, Any], name: str) -> Row:
    metadata = answered.get("metadata", {})
    return {**metadata, "item_id": answered[name], "score": answered.get("score")}
