"""What PutEvents tells, as far as it counts for an experiment."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from presage.columns import EVENT_VALUE, ITEM_ID
from presage.errors import ResourceNotFoundException
from presage.experiments.units import Record, outcome

from ..server import Server
from .running import Running, giver, known, log


async def tell_experiments(
    server: Server, group: str, request: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]
) -> None:
    """Log the events of a PutEvents request, for each experiment that they may count for.

    Parameters
    ----------
    group : the ARN of the dataset group that was told
    rows : of its Interactions dataset, one an event
    """
    if not known(server):
        return
    told: dict[str, list[Record]] = {}
    for event, row in zip(request["eventList"], rows, strict=True):
        for run in _counting(server, group, event):
            is_value = run.experiment.metric.kind == "value"
            record = outcome(
                user=request.get("userId", ""),
                at=server.clock(),
                value=_value_of(event, row) if is_value else 1.0,
                answer=event.get("recommendationId", ""),
                item=row[ITEM_ID],
            )
            told.setdefault(run.arn, []).append(record)
    for arn, records in told.items():
        with suppress(ResourceNotFoundException):  # deleted a moment ago
            await log(server, known(server)[arn], records)


def _value_of(event: Mapping[str, Any], row: Mapping[str, Any]) -> float:
    """An event's value: that of its row, which may come from its properties, or eventValue; else 0."""
    value = row.get(EVENT_VALUE, event.get("eventValue"))
    return float(value or 0.0)


def _counting(server: Server, group: str, event: Mapping[str, Any]) -> list[Running]:
    """The experiments for which an event may count."""
    by_answer = giver(server, event.get("recommendationId", ""))
    return [
        run
        for arn, run in known(server).items()
        if arn == run.arn  # each is known by two names
        and run.experiment.metric.event_type == event["eventType"]
        and (run is by_answer or (run.experiment.metric.credit == "user" and group in run.groups))
    ]
