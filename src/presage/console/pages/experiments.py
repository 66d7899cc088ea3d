"""Experiments: who meets which arm, and what that shows, however often one looks."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from presage.experiments.results import Results

from ..actions import actions_for
from ..page import Page
from ..visit import Visit

N_LISTED = 100


async def show(visit: Visit) -> Response:
    """All experiments, the newest first."""
    listed = await visit.ask("decisions", "ListExperiments", maxResults=N_LISTED)
    return visit.page("experiments.html", experiments=listed.experiments)


async def show_experiment(visit: Visit) -> Response:
    """One experiment; its results are asked for by the page itself, as its whole log is read."""
    described = await visit.ask("decisions", "DescribeExperiment", visit.request.path_params["name"])
    actions = await actions_for(visit, described.experiment_arn)
    return visit.page("experiment.html", described=described, actions=actions)


async def show_results(visit: Visit) -> Response:
    """The part that says what it shows."""
    results: Results = await visit.ask("decisions", "DescribeResults", visit.request.path_params["name"])
    return visit.page("experiment_results.html", results=results, chart=_chart(results))


def _chart(results: Results) -> Mapping[str, Any] | None:
    """The differences with their intervals, an arm a place; None if there is none yet."""
    known = [one for one in results.differences if one.estimate is not None and one.low is not None]
    if not known:
        return None
    return {
        "x": list(range(len(known))),
        "names": [one.arm for one in known],
        "y": "more than the control, per user",
        "series": [
            {
                "label": "difference",
                "values": [one.estimate for one in known],
                "low": [one.low for one in known],
                "high": [one.high for one in known],
            }
        ],
    }


PAGES = (
    Page(
        path="/experiments",
        answer=show,
        demands=("decisions:ListExperiments",),
        title="Experiments",
        section="Decide",
    ),
    Page(path="/experiments/{name}/results", answer=show_results),
    Page(path="/experiments/{name}", answer=show_experiment),
)
