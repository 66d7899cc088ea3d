"""Filters: what there are, and an editor that counts what an expression lets through while one writes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import Response

from presage.errors import ServiceError
from presage.filters import Filter, FilterError, bind, check
from presage.operations.personalize.filters import columns_of_group, parsed
from presage.resources.record import Record
from presage.serving.deployment import Deployment
from presage.serving.question import Question
from presage.serving.recommend import filtering_of
from presage.wire.faults import Rejected

from ..page import Page
from ..visit import Visit

EXAMPLE = 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("purchase")'
RIGHTS = ("personalize:ListFilters",)


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What somebody is writing.

    Parameters
    ----------
    values : parameter -> its value, as the API's filterValues have it
    """

    expression: str
    user: str
    values: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What can be said of a draft.

    Parameters
    ----------
    error : why it is no filter; empty if it is one
    parameters : that it has
    n_shown, n_items : how many items of how many it lets through; None where that cannot be told
    why_not : why it cannot be told
    """

    error: str = ""
    parameters: list[str] = field(default_factory=list[str])
    n_shown: int | None = None
    n_items: int = 0
    why_not: str = ""


async def show(visit: Visit) -> Response:
    """The whole page."""
    return visit.page("filters.html", **await _page(visit), error="")


async def check_draft(visit: Visit) -> Response:
    """The part that says what is wrong with a draft, or how many items it lets through."""
    groups = await visit.beside(lambda: _groups(visit))
    chosen = _chosen(visit, groups)
    return visit.page("filters_check.html", draft=_draft(visit), checked=await _check(visit, chosen))


async def make(visit: Visit) -> Response:
    """Make the draft a filter."""
    try:
        await visit.call(
            "personalize",
            "CreateFilter",
            name=visit.given("name"),
            datasetGroupArn=visit.given("group"),
            filterExpression=visit.given("expression"),
        )
    except (ServiceError, Rejected) as error:
        text = error.refusal().message if isinstance(error, Rejected) else error.message
        return visit.page("filters.html", status=400, **await _page(visit), error=text)
    return visit.go(f"/filters?group={visit.given('group')}")


async def _page(visit: Visit) -> dict[str, Any]:
    groups = await visit.beside(lambda: _groups(visit))
    chosen = _chosen(visit, groups)
    found = await visit.beside(lambda: _filters(visit, chosen))
    return {
        "groups": groups,
        "chosen": chosen,
        "filters": found,
        "draft": _draft(visit),
        "checked": await _check(visit, chosen),
        "example": EXAMPLE,
        "name": visit.given("name"),
        "may_make": visit.may("personalize:CreateFilter"),
    }


def _groups(visit: Visit) -> list[Record]:
    return visit.server.records.of_kind("personalize", "DatasetGroup")


def _filters(visit: Visit, group: Record | None) -> list[Record]:
    return visit.server.records.of_kind("personalize", "Filter", parent=group.arn) if group else []


def _chosen(visit: Visit, groups: list[Record]) -> Record | None:
    return next((one for one in groups if one.arn == visit.given("group")), groups[0] if groups else None)


def _draft(visit: Visit) -> Draft:
    sent = visit.form or visit.request.query_params
    values = {name.removeprefix("value-"): str(sent[name]) for name in sent if name.startswith("value-")}
    return Draft(
        expression=visit.given("expression"),
        user=visit.given("user"),
        values={name: value for name, value in values.items() if value.strip()},
    )


async def _check(visit: Visit, group: Record | None) -> Checked:
    """Filtering reads the memory, which belongs to the event loop: this is done there, as an answer is."""
    draft = _draft(visit)
    if not draft.expression or group is None:
        return Checked()
    try:
        filter_ = parsed(draft.expression)
        check(filter_, await visit.beside(lambda: columns_of_group(visit.server.stores, group.arn)))
    except FilterError as error:
        return Checked(error=str(error))
    parameters = sorted(filter_.parameters)
    try:
        bound = bind(filter_, {name: one for name, one in draft.values.items() if name in parameters})
    except FilterError as error:
        return Checked(parameters=parameters, why_not=str(error))
    return _count(visit, group, bound, draft, parameters)


def _count(visit: Visit, group: Record, filter_: Filter, draft: Draft, parameters: list[str]) -> Checked:
    if filter_.asks_user and not draft.user:
        return Checked(parameters=parameters, why_not="It depends on the user: give one.")
    if filter_.asks_item:
        return Checked(parameters=parameters, why_not="It compares with the item that is asked for.")
    deployment = _deployment(visit, group)
    if deployment is None:
        return Checked(parameters=parameters, why_not="Items are counted once a campaign answers.")
    question = Question(user_id=draft.user, now=visit.server.clock())
    (filtering,) = filtering_of(deployment.served, question, filter_)
    shown = filtering.mask(deployment.served.catalogue)
    return Checked(parameters=parameters, n_shown=int(shown.sum()), n_items=len(shown))


def _deployment(visit: Visit, group: Record) -> Deployment | None:
    """Something that answers for a dataset group."""
    found = (visit.server.deployments.get(name) for name in sorted(visit.server.deployments.names()))
    return next((one for one in found if one and one.campaign.source.group == group["_folder"]), None)


PAGES = (
    Page(path="/filters", answer=show, demands=RIGHTS, title="Filters", section="Recommend"),
    Page(path="/filters/check", answer=check_draft, demands=RIGHTS, method="POST"),
    Page(path="/filters", answer=make, demands=RIGHTS, method="POST"),
)
