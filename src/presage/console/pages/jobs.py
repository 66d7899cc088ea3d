"""Jobs as they run: what each does, how far it is, how long it takes still."""

from typing import Any

from starlette.responses import Response

from ..actions import actions_of
from ..page import Page
from ..visit import Visit

N_ENDED = 30
DEMANDS = ("presage:ListJobs",)


async def show(visit: Visit) -> Response:
    """The whole page."""
    return visit.page("jobs.html", **await visit.beside(lambda: _jobs(visit)))


async def show_now(visit: Visit) -> Response:
    """The part that changes while one looks."""
    return visit.page("jobs_now.html", **await visit.beside(lambda: _jobs(visit)))


def _jobs(visit: Visit) -> dict[str, Any]:
    listed = visit.server.stores.jobs.listed(N_ENDED)
    records = [visit.server.records.get(job.arn) for job in listed if job.state in ("WAITING", "RUNNING")]
    known = [one for one in records if one and (one.service, one.kind) in visit.server.kinds]
    return {
        "stops": {
            record.arn: action
            for record in known
            for action in actions_of(visit, record)
            if action.key == "stop"
        },
        "jobs": list(reversed(listed)),
        "now": visit.server.clock(),
        "workers": visit.server.config.workers,
    }


PAGES = (
    Page(path="/jobs", answer=show, demands=DEMANDS, title="Jobs", section="Now"),
    Page(path="/jobs/now", answer=show_now, demands=DEMANDS),
)
