"""Offer campaigns: what each gave, what its budget has left, what policies would have earned."""

from typing import Any

from starlette.responses import Response

from presage.operations.decisions.reports import Report, Value

from ..actions import actions_for
from ..page import Page
from ..visit import Visit

N_LISTED = 100


async def show(visit: Visit) -> Response:
    """All campaigns, the newest first."""
    listed = await visit.ask("decisions", "ListCampaigns", maxResults=N_LISTED)
    return visit.page("offers.html", campaigns=listed.campaigns)


async def show_campaign(visit: Visit) -> Response:
    """One campaign; its report is asked for by the page itself, as its whole log is read."""
    campaign = await visit.ask("decisions", "DescribeCampaign", visit.request.path_params["name"])
    actions = await actions_for(visit, campaign.campaign_arn)
    return visit.page("offer.html", described=campaign, campaign=campaign.campaign, actions=actions)


async def show_report(visit: Visit) -> Response:
    """The part that says what the log shows."""
    report: Report = await visit.ask("decisions", "DescribeReport", visit.request.path_params["name"])
    return visit.page("offer_report.html", report=report, **_regret(report))


def _regret(report: Report) -> dict[str, Any]:
    """How much less the policy earns per decision than the best that the log knows of: estimates."""
    known = [one for one in report.values if _estimate(one) is not None]
    own = next((one for one in known if one.policy == report.deciding), None) or next(iter(known), None)
    best = max(known, key=lambda one: _estimate(one) or 0.0, default=None)
    regret = (_estimate(best) or 0.0) - (_estimate(own) or 0.0) if best and own else None
    return {"own": own, "best": best, "regret": regret}


def _estimate(value: Value) -> float | None:
    """A policy's value per decision, by the surer estimator if there is one."""
    return value.doubly_robust.value if value.doubly_robust else value.value


PAGES = (
    Page(path="/offers", answer=show, demands=("decisions:ListCampaigns",), title="Offers", section="Decide"),
    Page(path="/offers/{name}/report", answer=show_report),
    Page(path="/offers/{name}", answer=show_campaign),
)
