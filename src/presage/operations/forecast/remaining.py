"""How long a job still takes, as Describe tells it."""

from math import ceil
from typing import Any

from presage.resources.record import Record
from presage.resources.states import Motion

from ..server import Server

SECONDS_PER_MINUTE = 60.0


def remaining(server: Server, record: Record) -> dict[str, Any]:
    """EstimatedTimeRemainingInMinutes of what is being made, once that can be told."""
    if record.motion != Motion.CREATE:
        return {}
    job = server.stores.jobs.find(record.arn)
    seconds = job.seconds_left(server.clock()) if job else None
    return {} if seconds is None else {"EstimatedTimeRemainingInMinutes": ceil(seconds / SECONDS_PER_MINUTE)}
