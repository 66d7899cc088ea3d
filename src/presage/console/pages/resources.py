"""Any resource of any kind: lists, what one holds, what it refers to, what refers to it."""

from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from presage.errors import ResourceNotFoundException
from presage.operations.kinds import Kind
from presage.resources.record import Record
from presage.wire.models import OPERATIONS

from ..actions import actions_of
from ..page import Page
from ..visit import Visit

PAGE = 50


async def show_kind(visit: Visit) -> Response:
    """The resources of a kind, newest first, in pages."""
    kind = visit.server.kinds.get((visit.request.path_params["service"], visit.request.path_params["kind"]))
    if kind is None:
        raise ResourceNotFoundException(f"there is no such kind of resource: {visit.request.url.path[:200]}")
    visit.demand(action(kind, f"List{kind.listed}"))
    before = visit.given("before")
    found = await _read(
        visit,
        lambda: visit.server.records.of_kind(
            kind.service, kind.name, before=int(before) if before.isdecimal() else None, limit=PAGE + 1
        ),
    )
    return visit.page("kind.html", kind=kind, records=found[:PAGE], has_more=len(found) > PAGE)


async def show_resource(visit: Visit) -> Response:
    """One resource."""
    record = await find(visit, visit.request.path_params["arn"])
    return visit.page("resource.html", **await describe(visit, record), error="")


async def show_resource_now(visit: Visit) -> Response:
    """The part that changes while it is being made."""
    record = await find(visit, visit.request.path_params["arn"])
    return visit.page("resource_now.html", **await describe(visit, record))


async def describe(visit: Visit, record: Record) -> dict[str, Any]:
    """What the page of a resource shows."""
    children = await _read(visit, lambda: visit.server.records.children(record.arn)[:PAGE])
    job = await visit.beside(lambda: visit.server.stores.jobs.find(record.arn))
    return {
        "record": record,
        "kind": visit.server.kind_of(record),
        "facts": {name: value for name, value in record.body.items() if not name.startswith("_")},
        "children": [one for one in children if (one.service, one.kind) in visit.server.kinds],
        "job": job,
        "actions": actions_of(visit, record),
        "now": visit.server.clock(),
    }


async def find(visit: Visit, arn: str) -> Record:
    """The resource of an ARN. Raises ResourceNotFoundException, and Refused if it may not be seen."""
    record = await _read(visit, lambda: visit.server.records.expect(arn))
    kind = visit.server.kinds.get((record.service, record.kind))
    if kind is None:
        raise ResourceNotFoundException(f"Nothing that the console shows has the ARN {arn}.")
    visit.demand(action(kind, f"Describe{kind.name}"))
    return record


def action(kind: Kind, operation: str) -> str:
    """What a key must allow for an operation of a kind's service, such as `personalize:ListSolutions`."""
    described = OPERATIONS.get((kind.service, operation))
    return described.action if described else f"{kind.service}:{operation}"


def may_list(visit: Visit, kind: Kind) -> bool:
    """Whether the resources of a kind may be listed."""
    return visit.may(action(kind, f"List{kind.listed}"))


async def _read(visit: Visit, step: Callable[[], Any]) -> Any:
    """Reading records needs no turn in the line."""
    return await visit.beside(step)


PAGES = (
    Page(path="/kinds/{service}/{kind}", answer=show_kind),
    Page(path="/now/{arn:path}", answer=show_resource_now),
    Page(path="/resources/{arn:path}", answer=show_resource),
)
