"""The first page: what there is, what is being done, what went wrong lately."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from presage.jobs.queue import Job
from presage.operations.kinds import Kind

from ..page import Page
from ..visit import Visit
from .resources import may_list

N_ENDED = 5
SERVICES = {
    "personalize": "Personalize",
    "forecast": "Forecast",
    "decisions": "Offers and experiments",
    "pipelines": "Pipelines",
    "deliveries": "Deliveries",
}


@dataclass(frozen=True)
class Counted:
    """A kind of resource, and how many of it there are."""

    kind: Kind
    n: int


async def show(visit: Visit) -> Response:
    """The whole page."""
    counts = await visit.in_line(visit.server.records.counts)
    services = {
        title: [
            Counted(kind, counts[kind.service, kind.name])
            for kind in visit.server.kinds.values()
            if kind.service == service and counts.get((service, kind.name)) and may_list(visit, kind)
        ]
        for service, title in SERVICES.items()
    }
    now = await _now(visit)
    return visit.page("overview.html", services=services, is_empty=not any(services.values()), **now)


async def show_now(visit: Visit) -> Response:
    """The part that changes while one looks."""
    return visit.page("overview_now.html", **await _now(visit))


async def _now(visit: Visit) -> dict[str, Any]:
    jobs: Sequence[Job] = await visit.beside(lambda: visit.server.stores.jobs.listed(N_ENDED))
    running = [job for job in jobs if job.state in ("WAITING", "RUNNING")]
    failed = [job for job in reversed(jobs) if job.state == "FAILED"]
    fires: list[tuple[str, str]] = []
    if visit.may("health:ListAlarms"):
        alarms = (await visit.ask("health", "ListAlarms")).alarms
        fires = [
            (one.alarm.name, stand.subject)
            for one in alarms
            for stand in one.standing
            if stand.state == "FIRING"
        ]
    return {"running": running, "failed": failed, "fires": fires, "now": visit.server.clock()}


PAGES = (
    Page(path="", answer=show, title="Overview", section="Now"),
    Page(path="/overview/now", answer=show_now),
)
