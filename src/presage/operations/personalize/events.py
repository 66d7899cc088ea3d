"""What callers tell as it happens: events and records, on disk before they are answered."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from presage.columns import (
    ACTIONS,
    EVENT_ATTRIBUTION_SOURCE,
    EVENT_ID,
    EVENT_TYPE,
    EVENT_VALUE,
    IMPRESSION,
    INTERACTIONS,
    ITEM_ID,
    ITEMS,
    RECOMMENDATION_ID,
    SESSION_ID,
    TIMESTAMP,
    USER_ID,
    USERS,
)
from presage.errors import InvalidInputException
from presage.log import NoSuchStream
from presage.tables.personalize.instants import by_now, in_seconds
from presage.tables.personalize.properties import columns_from_properties, read_value
from presage.tables.personalize.rules import negative
from presage.tables.personalize.schema import DatasetSchema

from ..experiments.telling import tell_experiments
from ..server import Server
from ..views import Request
from .feeding import fed_events
from .streams import Stream, stream_of, tracked

MOST_SHOWN = 25
"""Of an answer so many items, the first, count as shown: as many as an event may name."""


async def put_events(server: Server, request: Request) -> None:
    """PutEvents: the events of one session; they change the next answer."""
    stream = tracked(server, request["trackingId"], INTERACTIONS)
    row = partial(event_row, server, stream, request)
    rows = rows_of(row, request, "eventList")
    await tell(server, stream, rows)
    group = stream.dataset["datasetGroupArn"]
    await tell_experiments(server, group, request, rows)
    await server.feed(group, partial(fed_events, request, rows))


async def put_items(server: Server, request: Request) -> None:
    """PutItems: an item's new record replaces the old one."""
    await _put_records(server, request, ITEMS, "items", "itemId")


async def put_users(server: Server, request: Request) -> None:
    """PutUsers: a user's new record replaces the old one."""
    await _put_records(server, request, USERS, "users", "userId")


async def put_actions(server: Server, request: Request) -> None:
    """PutActions: an action's new record replaces the old one."""
    await _put_records(server, request, ACTIONS, "actions", "actionId")


async def _put_records(server: Server, request: Request, dataset_type: str, member: str, key: str) -> None:
    stream = stream_of(server, request["datasetArn"])
    found = stream.dataset["datasetType"]
    if found != dataset_type:
        raise InvalidInputException(
            f"{stream.dataset.arn} is a dataset of type {found}; {dataset_type} is needed."
        )
    await tell(server, stream, rows_of(partial(_record_row, stream.schema, key), request, member))


def rows_of(row: Callable[[Any], dict[str, Any]], request: Request, member: str) -> list[dict[str, Any]]:
    """The rows of the members of a list; raises InvalidInputException that says which cannot be one."""
    rows: list[dict[str, Any]] = []
    for number, told in enumerate(request[member], 1):
        try:
            rows.append(row(told))
        except InvalidInputException as error:
            raise InvalidInputException(f"{error.message} ({member}.{number}.member)") from None
    return rows


async def tell(server: Server, stream: Stream, rows: list[dict[str, Any]]) -> None:
    """Log rows of a dataset, wait until they are on disk, and let the deployments of this process know.

    Raises InvalidInputException if the dataset is gone by then.
    """
    try:
        places = await server.handover.wait(server.stores.log.append(stream.dataset["_folder"], rows))
    except NoSuchStream:
        raise InvalidInputException(
            f"{stream.dataset.arn} has been deleted; what is told to it cannot be kept."
        ) from None
    server.deployments.tell(stream.group, stream.dataset["datasetType"], places, rows)


def event_row(
    server: Server, stream: Stream, request: Mapping[str, Any], event: Mapping[str, Any]
) -> dict[str, Any]:
    """One event as a row of the Interactions dataset; what `ASIDE` names goes beside the columns.

    Raises InvalidInputException for properties that cannot be read, or without an item.
    """
    schema = stream.schema
    row = columns_of(event.get("properties"), schema)
    given = {
        USER_ID: request.get("userId") or None,
        ITEM_ID: event.get("itemId"),
        EVENT_TYPE: event["eventType"],
        TIMESTAMP: happened_at(server, stream, event["sentAt"]),
        EVENT_VALUE: _event_value(event.get("eventValue"), schema),
    }
    row |= {column: value for column, value in given.items() if value is not None and column in schema}
    if row.get(ITEM_ID) is None:
        raise InvalidInputException("An event has no itemId; give it as itemId, or as itemId in properties.")
    source = event.get("metricAttribution", {}).get("eventAttributionSource")
    impression = event.get("impression") or server.shown.get(event.get("recommendationId", ""), ())
    return row | aside_of(request["sessionId"], {**event, "impression": impression}, source)


def aside_of(session_id: str, told: Mapping[str, Any], source: str | None = None) -> dict[str, Any]:
    """What an event has beside the columns of its schema.

    Parameters
    ----------
    source : what it is attributed to, if it says so
    """
    aside = {
        SESSION_ID: session_id,
        EVENT_ID: told.get("eventId"),
        IMPRESSION: "|".join(told.get("impression", ())[:MOST_SHOWN]) or None,
        RECOMMENDATION_ID: told.get("recommendationId"),
        EVENT_ATTRIBUTION_SOURCE: source,
    }
    return {key: value for key, value in aside.items() if value is not None}


def _event_value(value: float | None, schema: DatasetSchema) -> float | None:
    """An event's eventValue, held against its column as if it stood in the properties."""
    field = next((field for field in schema.fields if field.name == EVENT_VALUE), None)
    if value is None or field is None:
        return None
    try:
        return read_value(value, field)
    except ValueError as error:
        raise InvalidInputException(str(error)) from None


def happened_at(server: Server, stream: Stream, sent_at: float, member: str = "sentAt") -> int:
    """When an event happened, in whole seconds since 1970; no later than now, whatever its sender says.

    Parameters
    ----------
    member : that says so

    Raises InvalidInputException for an instant before 1970.
    """
    if sent_at < 0:
        raise InvalidInputException(f"{member} is {sent_at}: {negative('it')}.")
    now, seconds = server.clock(), in_seconds(sent_at)
    at = by_now(seconds, now)
    if seconds != sent_at:
        server.mended.note(f"{member} is in milliseconds; it is read as such", stream.dataset.arn)
    if at != seconds:
        server.mended.note(f"{member} is later than now; the event counts as of now", stream.dataset.arn)
    return int(at)


def _record_row(schema: DatasetSchema, key: str, record: Mapping[str, Any]) -> dict[str, Any]:
    row = columns_of(record.get("properties"), schema)
    assert schema.record_id is not None  # items, users and actions have one
    row[schema.record_id] = record[key]
    for field in schema.fields:
        if not field.nullable and row.get(field.name) is None:
            raise InvalidInputException(
                f"The properties of {record[key]!r} lack {field.name}, which allows no null."
            )
    return row


def columns_of(properties: str | None, schema: DatasetSchema) -> dict[str, Any]:
    """What properties say of the schema's columns; raises InvalidInputException."""
    if not properties:
        return {}
    try:
        return columns_from_properties(properties, schema)
    except ValueError as error:
        raise InvalidInputException(str(error)) from None
