"""Doing something with a resource: stop it, start it, or delete it once one has seen what depends on it."""

from typing import Any

from starlette.responses import Response

from presage.errors import ResourceInUseException, ServiceError, shown
from presage.operations.lifecycle import users_of
from presage.operations.walks import taken_along
from presage.resources.record import Record

from ..actions import Action, act, actions_of, every_action
from ..page import Page
from ..rendering import resource
from ..visit import HOME, Visit
from .resources import describe, find

NOTES = {
    ("decisions", "Campaign"): "Its decisions, their rewards and what it learned are deleted with it.",
    ("decisions", "Experiment"): "Who met which arm is forgotten.",
    ("forecast", "Dataset"): "Its rows are deleted with it.",
    ("personalize", "Campaign"): "It answers nobody from then on.",
    ("personalize", "Dataset"): "Its rows are deleted with it.",
    ("personalize", "EventTracker"): "Events that name its tracking id are refused from then on.",
    ("personalize", "Recommender"): "It answers nobody from then on.",
}
"""(service, kind) -> what a deletion means besides."""
MOST_SHOWN = 50
IN_THE_WAY = 409


async def confirm(visit: Visit) -> Response:
    """Ask before something is deleted: what stands in the way, and what goes with it."""
    record = await find(visit, visit.request.path_params["arn"])
    return visit.page("delete.html", **await _deletion(visit, record), error="")


async def do(visit: Visit) -> Response:
    """Do it; what the operation has against it is shown where one asked."""
    record = await find(visit, visit.request.path_params["arn"])
    key = visit.request.path_params["action"]
    try:
        await act(visit, record, _chosen(visit, record, key))
    except ServiceError as error:
        if key == "delete":
            page = await _deletion(visit, record)
            return visit.page("delete.html", status=IN_THE_WAY, **page, error=error.message)
        page = await describe(visit, record)
        return visit.page("resource.html", status=IN_THE_WAY, **page, error=error.message)
    if key == "delete":
        return visit.go(f"/kinds/{record.service}/{record.kind}")
    return visit.go(resource(record.arn).removeprefix(HOME))


def _chosen(visit: Visit, record: Record, key: str) -> Action:
    """Raises ResourceInUseException if that cannot be done as the resource stands now."""
    for action in every_action(visit, record):
        if action.key == key:
            return action
    kind = visit.server.kind_of(record)
    raise ResourceInUseException(
        f"{record.arn} is {kind.dialect.spell(record)}; nobody can {shown(key)} it so."
    )


async def _deletion(visit: Visit, record: Record) -> dict[str, Any]:
    server = visit.server

    def read() -> tuple[list[Record], list[Record], list[Record]]:
        users, along = users_of(server, server.records, record), taken_along(server, server.records, record)
        apart = {one.arn for one in (*users, *along)}
        return users, along, [one for one in server.records.children(record.arn) if one.arn not in apart]

    users, along, others = await visit.beside(read)
    known = [one for one in others if (one.service, one.kind) in server.kinds]
    return {
        "record": record,
        "kind": server.kind_of(record),
        "users": users[:MOST_SHOWN],
        "along": along[:MOST_SHOWN],
        "others": known[:MOST_SHOWN],
        "note": NOTES.get((record.service, record.kind), ""),
        "may_delete": any(one.key == "delete" for one in actions_of(visit, record)),
    }


PAGES = (
    Page(path="/act/delete/{arn:path}", answer=confirm),
    Page(path="/act/{action}/{arn:path}", answer=do, method="POST"),
)
