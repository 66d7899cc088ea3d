"""Models: solutions and their versions, judged on what was held back, side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from presage.resources.record import Record
from presage.resources.states import State

from ..page import Page
from ..rendering import name_of, short_metric
from ..visit import Visit

N_VERSIONS = 30
FIRST = "normalized_discounted_cumulative_gain_at_10"
RIGHTS = ("personalize:ListSolutions", "personalize:GetSolutionMetrics")


@dataclass(frozen=True, kw_only=True)
class Version:
    """A trained version and how it was judged.

    Parameters
    ----------
    metrics : name -> value; greater is better of all of them
    campaigns : those that answer with it
    """

    record: Record
    recipe: str
    metrics: Mapping[str, float]
    campaigns: Sequence[Record]


async def show(visit: Visit) -> Response:
    """All versions of a dataset group, or of all groups."""
    return visit.page("models.html", **await visit.beside(lambda: _models(visit)))


def _models(visit: Visit) -> dict[str, Any]:
    records = visit.server.records
    groups = records.of_kind("personalize", "DatasetGroup")
    chosen = next((one for one in groups if one.arn == visit.given("group")), groups[0] if groups else None)
    solutions = records.of_kind("personalize", "Solution", parent=chosen.arn) if chosen else []
    versions = [
        _version(visit, one)
        for solution in solutions
        for one in records.children(solution.arn, "SolutionVersion")
    ]
    versions.sort(key=lambda one: -one.record.number)
    shown = versions[:N_VERSIONS]
    names = sorted({name for one in shown for name in one.metrics})
    metric = visit.given("metric") if visit.given("metric") in names else FIRST
    return {
        "groups": groups,
        "chosen": chosen,
        "versions": shown,
        "names": names,
        "metric": metric,
        "best": {name: max(one.metrics[name] for one in shown if name in one.metrics) for name in names},
        "chart": _chart(shown, metric),
    }


def _version(visit: Visit, record: Record) -> Version:
    campaigns = [
        one for one in visit.server.records.children(record.arn, "Campaign") if one.state == State.ACTIVE
    ]
    return Version(
        record=record,
        recipe=str(record.get("recipeArn", "")).rpartition("/")[2],
        metrics=record.get("_metrics") or {},
        campaigns=campaigns,
    )


def _chart(versions: Sequence[Version], metric: str) -> dict[str, Any] | None:
    """A metric of each version, the oldest first, a colour a recipe; None if there is nothing to compare."""
    judged = [one for one in reversed(versions) if metric in one.metrics]
    if len(judged) < 2:
        return None
    recipes = list(dict.fromkeys(one.recipe for one in judged))
    return {
        "x": list(range(len(judged))),
        "names": [name_of(one.record.arn).partition("/")[0] for one in judged],
        "y": short_metric(metric),
        "series": [
            {
                "label": recipe,
                "values": [one.metrics[metric] if one.recipe == recipe else None for one in judged],
            }
            for recipe in recipes
        ],
    }


PAGES = (Page(path="/models", answer=show, demands=RIGHTS, title="Models", section="Recommend"),)
