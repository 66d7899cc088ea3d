"""Which function answers which path below /decisions."""

from ..experiments import asking, experiments, results
from ..rest.routes import Route, Service
from . import assigning, campaigns, deciding, forgetting, reports

_CAMPAIGNS, _CAMPAIGN = "/decisions/campaigns", "/decisions/campaigns/{name}"
_EXPERIMENTS, _EXPERIMENT = "/decisions/experiments", "/decisions/experiments/{name}"
DECISIONS = Service(
    "decisions",
    (
        Route("POST", _CAMPAIGNS, "CreateCampaign", campaigns.create_campaign, status=201),
        Route("GET", _CAMPAIGNS, "ListCampaigns", campaigns.list_campaigns),
        Route("GET", _CAMPAIGN, "DescribeCampaign", campaigns.describe_campaign),
        Route("PATCH", _CAMPAIGN, "UpdateCampaign", campaigns.update_campaign, status=202),
        Route("DELETE", _CAMPAIGN, "DeleteCampaign", campaigns.delete_campaign, status=202),
        Route("POST", f"{_CAMPAIGN}/decide", "Decide", deciding.decide),
        Route("POST", f"{_CAMPAIGN}/assign", "AssignOffers", assigning.assign_offers),
        Route("POST", f"{_CAMPAIGN}/forget", "ForgetUsers", forgetting.forget_users, is_long=True),
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
    ),
)
