"""Solutions: what is asked for is checked before any training, and comes back."""

import pytest

from ..shop import RANKING_METRICS, error_of


@pytest.mark.parametrize(
    ("config", "part"),
    [
        ({"algorithmHyperParameters": {"hidden_dimension": "7"}}, "from 32 to 256"),
        ({"algorithmHyperParameters": {"depth": "7"}}, "no setting 'depth'"),
        ({"eventValueThreshold": "much"}, "must be a number"),
        ({"autoTrainingConfig": {"schedulingExpression": "rate(31 days)"}}, "rate(30 days)"),
        ({"optimizationObjective": {"itemAttribute": "GENRE", "objectiveSensitivity": "LOW"}}, "numeric"),
        ({"trainingDataConfig": {"excludedDatasetColumns": {"Items": ["SIZE"]}}}, "SIZE"),
        (
            {"trainingDataConfig": {"excludedDatasetColumns": {"Interactions": ["EVENT_TYPE"]}}},
            "EVENT_TYPE",
        ),
    ],
)
def test_a_wrong_setting_is_refused_before_any_training(stocked, config, part):
    code, message = error_of(
        stocked.personalize.create_solution,
        name="wrong",
        datasetGroupArn=stocked.group,
        recipeArn="arn:aws:personalize:::recipe/aws-user-personalization",
        solutionConfig=config,
    )
    assert code == "InvalidInputException"
    assert part in message


def test_the_configuration_comes_back(stocked):
    config = {"algorithmHyperParameters": {"hidden_dimension": "32"}, "eventValueThreshold": "0.1"}
    arn = stocked.solution("aws-hrnn", solutionConfig=config, eventType="click")
    found = stocked.personalize.describe_solution(solutionArn=arn)["solution"]
    assert found["solutionConfig"] == config
    assert found["eventType"] == "click"
    assert found["performAutoTraining"] is True
    stocked.personalize.update_solution(solutionArn=arn, performAutoTraining=False)
    updated = stocked.personalize.describe_solution(solutionArn=arn)["solution"]
    assert updated["performAutoTraining"] is False
    assert updated["latestSolutionUpdate"]["status"] == "ACTIVE"
    stocked.personalize.delete_solution(solutionArn=arn)
    stocked.gone("solution", arn)


def test_a_second_aim_is_judged_and_served(stocked):
    objective = {"itemAttribute": "PRICE", "objectiveSensitivity": "HIGH"}
    config = {"optimizationObjective": objective}
    solution = stocked.solution("aws-user-personalization", solutionConfig=config)
    version = stocked.version(solution)
    metrics = stocked.personalize.get_solution_metrics(solutionVersionArn=version)["metrics"]
    assert set(metrics) == RANKING_METRICS | {"average_rewards_at_k"}
    no_exploration = {"itemExplorationConfig": {"explorationWeight": "0"}}
    campaign = stocked.campaign(version, campaignConfig=no_exploration)
    items = stocked.recommend(campaign, "a stranger", numResults=5)
    assert all(int(item["itemId"][1:]) >= 15 for item in items)
