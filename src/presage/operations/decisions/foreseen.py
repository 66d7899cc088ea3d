"""Plans of budgets as forecasts of Amazon Forecast's calls tell them."""

import numpy as np

from presage.decisions.budget import Budget, PlanSource
from presage.decisions.planning import plan_of
from presage.errors import InvalidInputException, ServiceError

from ..forecast.queries import mean_of
from ..server import Server

DAY_SECONDS = 86_400.0


def forecast_plan(server: Server, budget: Budget, source: PlanSource) -> list[float]:
    """A plan from a series of a forecast; it is read in UTC.

    Raises ServiceError, InvalidInputException if there is no such series or it does not cover the budget.
    """
    starts, mean = mean_of(server, source.forecast_arn, source.filters)
    begins = starts.astype("M8[s]").astype(float)
    instants = np.append(begins, begins[-1] + (begins[-1] - begins[-2] if len(begins) > 1 else DAY_SECONDS))
    try:
        return plan_of(budget, instants, mean)
    except ValueError as error:
        raise InvalidInputException(f"planFrom: {error}") from None


def check_source(server: Server, budget: Budget | None) -> None:
    """Raises InvalidInputException for a forecast that a plan cannot be taken from."""
    if budget is None or budget.plan_from is None or not budget.plan_from.forecast_arn:
        return
    try:
        forecast_plan(server, budget, budget.plan_from)
    except ServiceError as error:
        raise InvalidInputException(error.message) from None
