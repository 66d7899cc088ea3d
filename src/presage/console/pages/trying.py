"""Try a user: what a campaign or recommender answers now, for whom, and why."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any

from starlette.responses import Response

from presage.errors import ResourceNotFoundException, ServiceError
from presage.operations.kinds import Kind
from presage.operations.personalize.answering import deployed
from presage.resources.record import Record
from presage.resources.states import State
from presage.serving.deployment import Deployment
from presage.serving.explaining import Explanation, explained

from ..page import Page
from ..visit import Visit

N_ITEMS, N_EVENTS, N_SUGGESTED, N_WHY = 10, 12, 6, 5
NAMES = ("ITEM_NAME", "NAME", "TITLE", "DESCRIPTION", "PRODUCT_DESCRIPTION")
"""Columns of Items that may hold what people call an item, the likeliest first."""
HISTORIES = "presage:DescribeUser"
"""What a key must allow to see who the users are and what they did: an app that asks for answers need not."""
SERVED = (("personalize", "Campaign"), ("personalize", "Recommender"))


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is asked, and of whom.

    Parameters
    ----------
    chosen : the campaign or recommender; None = there is none
    """

    chosen: Record | None
    user: str
    item: str
    filter: str


async def show(visit: Visit) -> Response:
    """The whole page."""
    offered = await visit.beside(lambda: _answering(visit))
    asked = _asked(visit, offered)
    deployment = await _deployment(visit, asked)
    return visit.page(
        "try.html",
        offered=offered,
        asked=asked,
        filters=await visit.beside(lambda: _filters(visit, asked)),
        suggested=_suggested(deployment) if deployment and visit.may(HISTORIES) else [],
        sees_histories=visit.may(HISTORIES),
        **await _answer(visit, asked, deployment),
    )


async def show_why(visit: Visit) -> Response:
    """Why an item stands where it does: what its score would be without each of the user's events."""
    offered = await visit.beside(lambda: _answering(visit))
    asked = _asked(visit, offered)
    deployment = await _deployment(visit, asked)
    if deployment is None:
        raise ResourceNotFoundException("That campaign does not answer here.")
    why = await _why(visit, deployment, asked)
    return visit.page("try_why.html", why=why, item=asked.item, names=_Names(deployment), n_shown=N_WHY)


def _asked(visit: Visit, offered: Sequence[Record]) -> Asked:
    wanted = visit.given("campaign")
    chosen = next((one for one in offered if one.arn == wanted), offered[0] if offered else None)
    return Asked(
        chosen=chosen, user=visit.given("user"), item=visit.given("item"), filter=visit.given("filter")
    )


def _answering(visit: Visit) -> list[Record]:
    """The campaigns and recommenders that answer, the newest first."""
    records = visit.server.records
    found = [one for served in SERVED for one in records.of_kind(*served, state=State.ACTIVE)]
    return sorted(found, key=lambda one: -one.number)


async def _deployment(visit: Visit, asked: Asked) -> Deployment | None:
    """What answers; it is loaded first if another process has made it a moment ago."""
    if asked.chosen is None:
        return None
    with suppress(ServiceError):
        return await deployed(visit.server, visit.server.kind_of(asked.chosen), asked.chosen.arn)
    return None


def _filters(visit: Visit, asked: Asked) -> list[Record]:
    """The filters of the group that the campaign belongs to."""
    group = group_of(visit, asked.chosen)
    return visit.server.records.of_kind("personalize", "Filter", parent=group) if group else []


def group_of(visit: Visit, record: Record | None) -> str:
    """The ARN of the dataset group behind a campaign, recommender, solution or version; empty if unknown."""
    while record is not None and not record.get("datasetGroupArn"):
        up = record.get("solutionArn") or record.get("solutionVersionArn")
        record = visit.server.records.get(up) if up else None
    return record["datasetGroupArn"] if record else ""


def _suggested(deployment: Deployment) -> list[str]:
    """Some users that the model knows."""
    return [str(user) for user in islice(deployment.served.version.vocabulary.users, N_SUGGESTED)]


async def _answer(visit: Visit, asked: Asked, deployment: Deployment | None) -> dict[str, Any]:
    """The items and the user's events; `error` says why there are none."""
    empty: dict[str, Any] = {"items": [], "events": [], "error": "", "id": "", "names": None, "now": 0}
    if asked.chosen is None or deployment is None or not (asked.user or asked.item):
        return empty
    kind = visit.server.kind_of(asked.chosen)
    try:
        answer = await visit.call("personalize-runtime", "GetRecommendations", **_question(kind, asked))
    except ServiceError as error:
        return {**empty, "error": error.message}
    is_shown = bool(asked.user) and visit.may(HISTORIES)
    events = deployment.served.memory.events(asked.user)[-N_EVENTS:] if is_shown else []
    return {
        "items": answer["itemList"],
        "id": answer["recommendationId"],
        "events": list(reversed(events)),
        "names": _Names(deployment),
        "error": "",
        "now": visit.server.clock(),
    }


def _question(kind: Kind, asked: Asked) -> dict[str, Any]:
    assert asked.chosen is not None
    return {
        kind.key: asked.chosen.arn,
        "userId": asked.user or None,
        "itemId": asked.item or None,
        "filterArn": asked.filter or None,
        "numResults": N_ITEMS,
    }


class _Names:
    """What people call the items of a deployment."""

    def __init__(self, deployment: Deployment) -> None:
        self._text = deployment.served.memory.item_text
        self._column = next((name for name in NAMES if name in deployment.item_columns), None)
        self._columns = deployment.item_columns

    def __call__(self, item: str) -> str:
        """An item's name; empty if it has none."""
        return (self._text(item, self._columns[self._column]) or "") if self._column else ""


async def _why(visit: Visit, deployment: Deployment, asked: Asked) -> Explanation:
    """The memory belongs to the event loop: it is asked there, and the arithmetic is done beside."""
    served, catalogue = deployment.served, deployment.served.catalogue
    events, history = served.states.history(served.who(asked.user), catalogue)
    now = int(visit.server.clock())
    try:
        return await visit.beside(lambda: explained(catalogue, events, history, asked.item, now))
    except ValueError as error:
        raise ResourceNotFoundException(str(error)) from None


PAGES = (
    Page(
        path="/try",
        answer=show,
        demands=("personalize:GetRecommendations",),
        title="Try a user",
        section="Recommend",
    ),
    Page(path="/try/why", answer=show_why, demands=("personalize:GetRecommendations", HISTORIES)),
)
