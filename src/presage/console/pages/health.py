"""Health: alarms and their notices, what widgets bring, what the month would have cost on AWS."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote

import msgspec
from starlette.responses import Response

from presage.health.words import amount, bound
from presage.operations.health.conversions import BroughtBy

from ..page import Page
from ..rendering import resource
from ..visit import Visit

N_NOTICES = 30
MOST_DAYS = 400


async def show_alarms(visit: Visit) -> Response:
    """All alarms, those that fire first, and what was said of them."""
    return visit.page("alarms.html", **await _alarms(visit))


async def show_alarms_now(visit: Visit) -> Response:
    """The part that changes while one looks."""
    return visit.page("alarms_now.html", **await _alarms(visit))


async def _alarms(visit: Visit) -> dict[str, Any]:
    alarms = (await visit.ask("health", "ListAlarms")).alarms
    notices: list[Any] = []
    if visit.may("health:ListNotices"):
        notices = (await visit.ask("health", "ListNotices", maxResults=N_NOTICES)).notices
    stands = [(one, stand) for one in alarms for stand in one.standing]
    return {
        "alarms": alarms,
        "stands": stands,
        "notices": notices,
        "now": visit.server.clock(),
        "bound": bound,
        "amount": amount,
        "may_put": visit.may("health:DescribeAlarm") and visit.may("health:PutAlarm"),
        "may_drop": visit.may("health:DeleteAlarm"),
    }


async def switch_alarm(visit: Visit) -> Response:
    """Switch an alarm on or off: it is made anew, over one of the same name that is built in or of a file."""
    name = visit.request.path_params["name"]
    alarm = (await visit.ask("health", "DescribeAlarm", name)).alarm
    held = msgspec.to_builtins(alarm) | {"isOn": visit.given("on") == "yes"}
    await visit.ask("health", "PutAlarm", **held)
    return visit.go("/alarms")


async def forget_alarm(visit: Visit) -> Response:
    """Forget an alarm that was made; one of the same name that is built in or of a file holds again."""
    await visit.ask("health", "DeleteAlarm", visit.request.path_params["name"])
    return visit.go("/alarms")


async def show_conversions(visit: Visit) -> Response:
    """How often each widget was displayed, and how often that led to an action."""
    widgets = (await visit.ask("health", "DescribeConversions")).widgets
    pages = [_page_of(visit, one) for one in widgets]
    return visit.page("conversions.html", widgets=widgets, pages=pages, chart=_chart(widgets))


def _page_of(visit: Visit, widget: BroughtBy) -> str:
    """The page of what a widget is."""
    match widget.kind:
        case "campaign" | "recommender":
            return resource(visit.server.arn("personalize", f"{widget.kind}/{widget.name}"))
        case "experiment":
            return f"/console/experiments/{quote(widget.name.partition('/')[0], safe='')}"
        case "delivery":
            return f"/console/deliveries?delivery={quote(widget.name, safe='')}"
        case _:
            return ""


def _chart(widgets: list[BroughtBy]) -> Mapping[str, Any] | None:
    """The share of actions of the most displayed widgets by day, in per cent; None before two days."""
    shown = [one for one in widgets[:4] if one.days]
    days = sorted({at for one in shown for day in one.days if (at := _seconds(day.day)) is not None})
    if len(days) < 2:
        return None
    by_day = [{_seconds(day.day): day for day in one.days} for one in shown]
    return {
        "x": days[-MOST_DAYS:],
        "time": True,
        "y": "actions of 100 displays",
        "series": [
            {
                "label": f"{one.kind} {one.name}",
                "values": [_percent(found.get(day), "share") for day in days[-MOST_DAYS:]],
                "low": [_percent(found.get(day), "low") for day in days[-MOST_DAYS:]],
                "high": [_percent(found.get(day), "high") for day in days[-MOST_DAYS:]],
            }
            for one, found in zip(shown, by_day, strict=True)
        ],
    }


def _seconds(day: str) -> float | None:
    """When a day begins; None for a period of another form."""
    try:
        return datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC).timestamp()
    except ValueError:
        return None


def _percent(day: Any, member: str) -> float | None:
    value = getattr(day, member, None)
    return None if value is None else 100.0 * value


async def show_prices(visit: Visit) -> Response:
    """What a month would have cost on AWS."""
    month = visit.given("month")
    prices = await visit.ask("health", "DescribePrices", **({"month": month} if month else {}))
    return visit.page("prices.html", prices=prices, month=month)


PAGES = (
    Page(path="/alarms", answer=show_alarms, demands=("health:ListAlarms",), title="Alarms", section="Run"),
    Page(path="/alarms/now", answer=show_alarms_now),
    Page(path="/alarms/{name}/switch", answer=switch_alarm, method="POST"),
    Page(path="/alarms/{name}/forget", answer=forget_alarm, method="POST"),
    Page(
        path="/conversions",
        answer=show_conversions,
        demands=("health:DescribeConversions",),
        title="Conversions",
        section="Run",
    ),
    Page(
        path="/prices", answer=show_prices, demands=("health:DescribePrices",), title="Prices", section="Run"
    ),
)
