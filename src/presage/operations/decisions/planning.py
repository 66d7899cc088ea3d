"""Plans of budgets from forecasts: in the hour before a budget begins, beside the answers."""

from presage.decisions.planning import is_due, plan_of_traffic
from presage.decisions.questions import Outlook, Plan

from .. import walks
from ..server import Server
from .campaigns import KIND, campaign_of, decider_of
from .foreseen import forecast_plan


def plan_budgets(server: Server) -> None:
    """Give all budgets their plans that are due."""
    for record in server.records.of_kind(KIND.service, KIND.name):
        if record.is_active and is_due(campaign_of(record).budget, server.clock()):
            with walks.kept_apart("a budget has no plan from its forecast; it is tried again", record):
                plan_budget(server, record.name)


def plan_budget(server: Server, name: str) -> None:
    """Give the budget of a campaign its plan, if it is due and its forecast tells one.

    Raises ServiceError if the forecast is not there, or does not cover the budget's time.
    """
    decider, now = decider_of(server, name), server.clock()
    outlook = decider.ask(Outlook(at=now)).result().record
    budget = decider.campaign.budget
    if not outlook["due"] or budget is None or budget.plan_from is None:
        return
    if budget.plan_from.forecast_arn:
        plan, expected = forecast_plan(server, budget, budget.plan_from), None
    else:
        plan = plan_of_traffic(budget, outlook["by_hour"], now)
        expected = max(1, round(sum(plan))) if plan else None
    if plan:
        decider.ask(Plan(plan=plan, expected=expected, at=now)).result()
