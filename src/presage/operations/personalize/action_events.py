"""What users do with actions, as it happens: on disk before it is answered."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from presage.columns import (
    ACTION_EVENT_TYPES,
    ACTION_ID,
    ACTION_INTERACTIONS,
    EVENT_TYPE,
    TIMESTAMP,
    USER_ID,
)
from presage.errors import InvalidInputException, shown
from presage.tables.personalize.rules import chosen, not_one_of

from ..decisions.actions import is_offers, reward_actions
from ..experiments.running import is_experiment
from ..server import Server
from ..views import Request
from .events import aside_of, columns_of, happened_at, rows_of, tell
from .streams import Stream, tracked


async def put_action_interactions(server: Server, request: Request) -> None:
    """PutActionInteractions: they count in the next answer, and are learned by the next training.

    With the ARN of an offer campaign, or of an experiment of some, for a tracking id, they are rewards of
    decisions.
    """
    if is_offers(server, request["trackingId"]) or is_experiment(request["trackingId"]):
        told = request["actionInteractions"]
        await reward_actions(server, [{**one, "eventType": _event_type(one["eventType"])} for one in told])
        return
    stream = tracked(server, request["trackingId"], ACTION_INTERACTIONS)
    await tell(server, stream, rows_of(partial(_row, server, stream), request, "actionInteractions"))


def _row(server: Server, stream: Stream, told: Mapping[str, Any]) -> dict[str, Any]:
    """One action interaction as a row of its dataset; what `ASIDE` names goes beside the columns.

    Raises InvalidInputException for properties that cannot be read, or another event type than AWS's three.
    """
    row = columns_of(told.get("properties"), stream.schema)
    given = {
        USER_ID: told.get("userId"),
        ACTION_ID: told["actionId"],
        EVENT_TYPE: _event_type(told["eventType"]),
        TIMESTAMP: happened_at(server, stream, told["timestamp"], "timestamp"),
    }
    row |= {column: value for column, value in given.items() if value is not None and column in stream.schema}
    return row | aside_of(told["sessionId"], told)


def _event_type(text: str) -> str:
    found = chosen(text, ACTION_EVENT_TYPES)
    if found not in ACTION_EVENT_TYPES:
        raise InvalidInputException(f"{not_one_of('eventType', ACTION_EVENT_TYPES)}: {shown(text)}.")
    return found
