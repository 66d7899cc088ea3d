"""Campaigns that sync with their solution's latest version move on to it."""

from presage.errors import ServiceError
from presage.resources.states import Motion, State

from ..lifecycle import newest
from ..server import Server
from . import solution_versions
from .campaigns import KIND, update_campaign


def follow_latest(server: Server) -> None:
    """Update each such campaign whose solution has a newer ACTIVE version."""
    for record in server.records.of_kind(KIND.service, KIND.name, state=State.ACTIVE):
        config = record.get("campaignConfig", {})
        if not config.get("syncWithLatestSolutionVersion") or record.motion != Motion.NONE:
            continue
        current = server.records.get(record["solutionVersionArn"])
        latest = newest(server.records, solution_versions.KIND, current["solutionArn"]) if current else None
        if latest and current and latest.number > current.number:
            _move_on(server, record.arn, latest.arn)


def _move_on(server: Server, campaign: str, version: str) -> None:
    try:
        update_campaign(server, {"campaignArn": campaign, "solutionVersionArn": version})
    except ServiceError:
        return  # it is being changed by somebody else; the next change is followed again
