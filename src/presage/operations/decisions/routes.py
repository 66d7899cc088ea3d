"""Which function answers which path."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from types import NoneType
from typing import Any, get_type_hints

from msgspec import Struct

from presage.wire.faults import Refused

from ..experiments import asking, experiments, results
from . import assigning, campaigns, deciding, reports

SERVICE = "decisions"
"""The service that signatures name and rights are given for."""
_NAME = "{name}"


@dataclass(frozen=True)
class Route:
    """A call.

    Parameters
    ----------
    path : `{name}` stands for the name of a campaign or an experiment, or the id of a decision or an answer
    run : (server, name, asked) -> answer; its annotations say what is asked and what is answered
    is_long : whether it may take long, and so runs beside others
    """

    method: str
    path: str
    operation: str
    run: Callable[..., Any]
    status: int = 200
    is_long: bool = False

    @property
    def action(self) -> str:
        """What a key must allow, such as `decisions:Decide`."""
        return f"{SERVICE}:{self.operation}"

    @property
    def asks(self) -> type[Struct] | None:
        """What its body holds, or its query if it is a GET; None = it has none."""
        return self._shapes[0]

    @property
    def answers(self) -> type[Struct] | None:
        """What is answered; None = nothing."""
        return self._shapes[1]

    @cached_property
    def _shapes(self) -> tuple[type[Struct] | None, type[Struct] | None]:
        *_, asked, answer = (None if one is NoneType else one for one in get_type_hints(self.run).values())
        return asked, answer


_CAMPAIGNS, _CAMPAIGN = "/decisions/campaigns", "/decisions/campaigns/{name}"
_EXPERIMENTS, _EXPERIMENT = "/decisions/experiments", "/decisions/experiments/{name}"
ROUTES = (
    Route("POST", _CAMPAIGNS, "CreateCampaign", campaigns.create_campaign, status=201),
    Route("GET", _CAMPAIGNS, "ListCampaigns", campaigns.list_campaigns),
    Route("GET", _CAMPAIGN, "DescribeCampaign", campaigns.describe_campaign),
    Route("PATCH", _CAMPAIGN, "UpdateCampaign", campaigns.update_campaign, status=202),
    Route("DELETE", _CAMPAIGN, "DeleteCampaign", campaigns.delete_campaign, status=202),
    Route("POST", f"{_CAMPAIGN}/decide", "Decide", deciding.decide),
    Route("POST", f"{_CAMPAIGN}/assign", "AssignOffers", assigning.assign_offers),
    Route("POST", "/decisions/rewards", "PutReward", deciding.put_reward),
    Route("GET", "/decisions/log/{name}", "DescribeDecision", deciding.describe_decision),
    Route("GET", f"{_CAMPAIGN}/replay", "ReplayDecisions", reports.replay_decisions, is_long=True),
    Route("GET", f"{_CAMPAIGN}/report", "DescribeReport", reports.describe_report, is_long=True),
    Route("POST", _EXPERIMENTS, "CreateExperiment", experiments.create_experiment, status=201),
    Route("GET", _EXPERIMENTS, "ListExperiments", experiments.list_experiments),
    Route("GET", _EXPERIMENT, "DescribeExperiment", experiments.describe_experiment),
    Route("PATCH", _EXPERIMENT, "UpdateExperiment", experiments.update_experiment),
    Route("DELETE", _EXPERIMENT, "DeleteExperiment", experiments.delete_experiment, status=202),
    Route("POST", f"{_EXPERIMENT}/stop", "StopExperiment", experiments.stop_experiment),
    Route("POST", f"{_EXPERIMENT}/start", "StartExperiment", experiments.start_experiment),
    Route("POST", f"{_EXPERIMENT}/assign", "AssignArm", asking.assign),
    Route("POST", f"{_EXPERIMENT}/decide", "DecideInExperiment", asking.decide),
    Route("GET", f"{_EXPERIMENT}/results", "DescribeResults", results.describe_results, is_long=True),
    Route("GET", "/decisions/answers/{name}", "DescribeAnswer", asking.describe_answer),
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
