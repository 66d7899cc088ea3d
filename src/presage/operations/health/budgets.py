"""What the offer campaigns of a server have spent of their budgets."""

from collections.abc import Iterator

import structlog

from presage.decisions.questions import Stand
from presage.errors import ServiceError
from presage.health.readings import Reading
from presage.resources.states import State

from ..decisions.campaigns import campaign_of, decider_of
from ..server import Server

log = structlog.get_logger()


def budgets(server: Server) -> Iterator[Reading]:
    """Of each campaign whose budget can be spent now: how much there is, what is spent, how far ahead it is.

    Ahead of plan by 0.1 means: the spent part of the budget is 0.1 larger than the plan expects by now.
    """
    now = server.clock()
    for record in server.records.of_kind("decisions", "Campaign", state=State.ACTIVE):
        budget = campaign_of(record).budget
        if budget is None or not budget.is_running(now):
            continue
        try:
            stands = decider_of(server, record.name).ask(Stand()).result().record
        except ServiceError as error:  # it is being deleted
            log.info("a budget cannot be read", campaign=record.name, reason=error.message)
            continue
        subject, spent = (record.name,), stands["spent"]
        expected = budget.planned(stands["plan"] or budget.plan, None).planned_share(now)
        yield Reading("budget", budget.amount, subject)
        yield Reading("budget_spent", spent, subject)
        yield Reading("budget_ahead_share", spent / budget.amount - expected, subject)
