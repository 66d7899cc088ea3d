"""Which function answers which path."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from msgspec import Struct

from presage.experiments.results import Results
from presage.wire.faults import Refused

from ..experiments import asking, experiments, results, shapes
from . import assigning, campaigns, deciding, pages, reports

SERVICE = "decisions"
"""The service that signatures name and rights are given for."""
_NAME = "{name}"


@dataclass(frozen=True, kw_only=True)
class Route:
    """A call.

    Parameters
    ----------
    path : `{name}` stands for the name of a campaign or an experiment, or the id of a decision or an answer
    asks : what its body holds, or its query if it is a GET; None = it has none
    answers : what is answered; None = nothing
    is_long : whether it may take long, and so runs beside others
    """

    method: str
    path: str
    operation: str
    run: Callable[..., Any]
    asks: type[Struct] | None = None
    answers: type[Struct] | None = None
    status: int = 200
    is_long: bool = False

    @property
    def action(self) -> str:
        """What a key must allow, such as `decisions:Decide`."""
        return f"{SERVICE}:{self.operation}"


_CAMPAIGNS, _CAMPAIGN = "/decisions/campaigns", "/decisions/campaigns/{name}"
_EXPERIMENTS, _EXPERIMENT = "/decisions/experiments", "/decisions/experiments/{name}"
ROUTES = (
    Route(
        method="POST",
        path=_CAMPAIGNS,
        operation="CreateCampaign",
        run=campaigns.create_campaign,
        asks=campaigns.CreateCampaign,
        answers=campaigns.DescribedCampaign,
        status=201,
    ),
    Route(
        method="GET",
        path=_CAMPAIGNS,
        operation="ListCampaigns",
        run=campaigns.list_campaigns,
        asks=pages.Page,
        answers=campaigns.ListedCampaigns,
    ),
    Route(
        method="GET",
        path=_CAMPAIGN,
        operation="DescribeCampaign",
        run=campaigns.describe_campaign,
        answers=campaigns.DescribedCampaign,
    ),
    Route(
        method="PATCH",
        path=_CAMPAIGN,
        operation="UpdateCampaign",
        run=campaigns.update_campaign,
        asks=campaigns.UpdateCampaign,
        answers=campaigns.DescribedCampaign,
        status=202,
    ),
    Route(
        method="DELETE",
        path=_CAMPAIGN,
        operation="DeleteCampaign",
        run=campaigns.delete_campaign,
        status=202,
    ),
    Route(
        method="POST",
        path=f"{_CAMPAIGN}/decide",
        operation="Decide",
        run=deciding.decide,
        asks=deciding.Decide,
        answers=deciding.Decided,
    ),
    Route(
        method="POST",
        path=f"{_CAMPAIGN}/assign",
        operation="AssignOffers",
        run=assigning.assign_offers,
        asks=assigning.AssignOffers,
        answers=assigning.AssignedOffers,
    ),
    Route(
        method="POST",
        path="/decisions/rewards",
        operation="PutReward",
        run=deciding.put_reward,
        asks=deciding.PutReward,
        answers=deciding.Rewarded,
    ),
    Route(
        method="GET",
        path="/decisions/log/{name}",
        operation="DescribeDecision",
        run=deciding.describe_decision,
        answers=deciding.Recalled,
    ),
    Route(
        method="GET",
        path=f"{_CAMPAIGN}/replay",
        operation="ReplayDecisions",
        run=reports.replay_decisions,
        answers=reports.Replayed,
        is_long=True,
    ),
    Route(
        method="GET",
        path=f"{_CAMPAIGN}/report",
        operation="DescribeReport",
        run=reports.describe_report,
        answers=reports.Report,
        is_long=True,
    ),
    Route(
        method="POST",
        path=_EXPERIMENTS,
        operation="CreateExperiment",
        run=experiments.create_experiment,
        asks=shapes.CreateExperiment,
        answers=shapes.DescribedExperiment,
        status=201,
    ),
    Route(
        method="GET",
        path=_EXPERIMENTS,
        operation="ListExperiments",
        run=experiments.list_experiments,
        asks=pages.Page,
        answers=shapes.ListedExperiments,
    ),
    Route(
        method="GET",
        path=_EXPERIMENT,
        operation="DescribeExperiment",
        run=experiments.describe_experiment,
        answers=shapes.DescribedExperiment,
    ),
    Route(
        method="PATCH",
        path=_EXPERIMENT,
        operation="UpdateExperiment",
        run=experiments.update_experiment,
        asks=shapes.UpdateExperiment,
        answers=shapes.DescribedExperiment,
    ),
    Route(
        method="DELETE",
        path=_EXPERIMENT,
        operation="DeleteExperiment",
        run=experiments.delete_experiment,
        status=202,
    ),
    Route(
        method="POST",
        path=f"{_EXPERIMENT}/stop",
        operation="StopExperiment",
        run=experiments.stop_experiment,
        asks=shapes.StopExperiment,
        answers=shapes.DescribedExperiment,
    ),
    Route(
        method="POST",
        path=f"{_EXPERIMENT}/start",
        operation="StartExperiment",
        run=experiments.start_experiment,
        answers=shapes.DescribedExperiment,
    ),
    Route(
        method="POST",
        path=f"{_EXPERIMENT}/assign",
        operation="AssignArm",
        run=asking.assign,
        asks=asking.Assign,
        answers=asking.Assigned,
    ),
    Route(
        method="POST",
        path=f"{_EXPERIMENT}/decide",
        operation="DecideInExperiment",
        run=asking.decide,
        asks=deciding.Decide,
        answers=asking.DecidedInArm,
    ),
    Route(
        method="GET",
        path=f"{_EXPERIMENT}/results",
        operation="DescribeResults",
        run=results.describe_results,
        answers=Results,
        is_long=True,
    ),
    Route(
        method="GET",
        path="/decisions/answers/{name}",
        operation="DescribeAnswer",
        run=asking.describe_answer,
        answers=asking.Origin,
    ),
)
_BY_PATH = {(route.method, tuple(route.path.split("/"))): route for route in ROUTES}


def find_route(method: str, path: str) -> tuple[Route, str]:
    """The call that a request makes, and the name in its path. Raises Refused with 404."""
    parts = path.split("/")
    name = parts[3] if len(parts) > 3 else ""
    masked = (*parts[:3], *([_NAME] if len(parts) > 3 else []), *parts[4:])
    route = _BY_PATH.get((method, tuple(masked)))
    if route is None:
        text = f"no call answers {method} {path[:200]}; /decisions/openapi.json lists those that there are"
        raise Refused("UnknownOperationException", text, 404)
    return route, name
