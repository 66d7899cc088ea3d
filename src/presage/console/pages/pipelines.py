"""Pipelines and their runs: which step each stands at, what happened, and going on where one ended."""

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from presage.errors import ServiceError
from presage.pipelines import keeping
from presage.pipelines.drawing import svg_of

from ..actions import actions_for
from ..page import Page
from ..visit import Visit

N_LISTED, N_EVENTS = 100, 30


async def show(visit: Visit) -> Response:
    """All pipelines, each with its newest run."""
    listed = await visit.ask("pipelines", "ListPipelines", maxResults=N_LISTED)
    runs = {one.name: await _runs(visit, one.name) for one in listed.pipelines}
    return visit.page("pipelines.html", pipelines=listed.pipelines, runs=runs, now=visit.server.clock())


async def show_pipeline(visit: Visit) -> Response:
    """One pipeline: its runs and its definition."""
    return visit.page("pipeline.html", **await _pipeline(visit), error="")


async def start_run(visit: Visit) -> Response:
    """Start a run."""
    try:
        run = await visit.ask("pipelines", "StartRun", visit.request.path_params["name"])
    except ServiceError as error:
        return visit.page("pipeline.html", status=400, **await _pipeline(visit), error=error.message)
    return visit.go(f"/runs/{run.name}")


async def _pipeline(visit: Visit) -> dict[str, Any]:
    name = visit.request.path_params["name"]
    pipeline = await visit.ask("pipelines", "DescribePipeline", name)
    runs = await _runs(visit, name)
    actions = await actions_for(visit, pipeline.pipeline_arn)
    may_start = visit.may("pipelines:StartRun")
    return {"pipeline": pipeline, "runs": runs, "may_start": may_start, "actions": actions}


async def _runs(visit: Visit, name: str) -> Sequence[Any]:
    return (await visit.ask("pipelines", "ListRuns", name)).runs


async def show_run(visit: Visit) -> Response:
    """One run, state by state."""
    return visit.page("run.html", **await _run(visit), error="")


async def show_run_now(visit: Visit) -> Response:
    """The part that changes while it runs."""
    return visit.page("run_now.html", **await _run(visit))


async def _run(visit: Visit) -> dict[str, Any]:
    name = visit.request.path_params["name"]
    run = await visit.ask("pipelines", "DescribeRun", name)
    history = await visit.ask("pipelines", "ListHistory", name)
    now, stores = visit.server.clock(), visit.server.stores
    picture = await visit.in_line(lambda: keeping.picture_of(stores, keeping.find_run(stores, name)))
    events = list(reversed(history.events[-N_EVENTS:]))
    began = min([run.started_at, *(one.started_at for one in run.states if one.started_at)])
    return {"run": run, "began": began, "picture": svg_of(picture, now), "events": events, "now": now}


async def resume_run(visit: Visit) -> Response:
    """Let a run go on where it ended."""
    return await _moved(visit, "ResumeRun")


async def cancel_run(visit: Visit) -> Response:
    """End a run."""
    return await _moved(visit, "CancelRun")


async def _moved(visit: Visit, operation: str) -> Response:
    name = visit.request.path_params["name"]
    try:
        await visit.ask("pipelines", operation, name)
    except ServiceError as error:
        return visit.page("run.html", status=400, **await _run(visit), error=error.message)
    return visit.go(f"/runs/{name}")


PAGES = (
    Page(
        path="/pipelines",
        answer=show,
        demands=("pipelines:ListPipelines",),
        title="Pipelines",
        section="Run",
    ),
    Page(path="/pipelines/{name}", answer=show_pipeline),
    Page(path="/pipelines/{name}/start", answer=start_run, method="POST"),
    Page(path="/runs/{name}/now", answer=show_run_now),
    Page(path="/runs/{name}/resume", answer=resume_run, method="POST"),
    Page(path="/runs/{name}/cancel", answer=cancel_run, method="POST"),
    Page(path="/runs/{name}", answer=show_run),
)
