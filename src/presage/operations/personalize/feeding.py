"""What PutEvents tells as feature sets see it: the members of an event under AWS's names."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from presage.columns import ITEM_ID, TIMESTAMP

_MEMBERS = ("eventId", "eventType", "eventValue", "recommendationId", "impression")


def fed_events(request: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The events of a request; `sentAt` is ISO 8601 text in UTC, `properties` an object, a missing one empty.

    Parameters
    ----------
    rows : of the Interactions dataset, one an event: what was put right is right here too
    """
    who = {name: request[name] for name in ("userId", "sessionId") if name in request}
    return [
        who
        | {name: event[name] for name in _MEMBERS if name in event}
        | {
            "itemId": row[ITEM_ID],
            "sentAt": datetime.fromtimestamp(row[TIMESTAMP], UTC).isoformat(),
            "properties": _object(event.get("properties")),
        }
        for event, row in zip(request["eventList"], rows, strict=True)
    ]


def _object(properties: str | Mapping[str, Any] | None) -> Mapping[str, Any]:
    return orjson.loads(properties) if isinstance(properties, str) and properties else properties or {}
