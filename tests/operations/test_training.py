"""Solutions, versions and campaigns: what is checked, trained, stopped, deployed."""

import pytest

from ..running import wait_until
from .shop import INTERACTIONS, interactions_csv
from .test_lifecycles import error_of

METRICS = {
    "coverage",
    "mean_reciprocal_rank_at_25",
    "normalized_discounted_cumulative_gain_at_5",
    "normalized_discounted_cumulative_gain_at_10",
    "normalized_discounted_cumulative_gain_at_25",
    "precision_at_5",
    "precision_at_10",
    "precision_at_25",
}


class TestSolutions:
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
    def test_a_wrong_setting_is_refused_before_any_training(self, stocked, config, part):
        code, message = error_of(
            stocked.personalize.create_solution,
            name="wrong",
            datasetGroupArn=stocked.group,
            recipeArn="arn:aws:personalize:::recipe/aws-user-personalization",
            solutionConfig=config,
        )
        assert code == "InvalidInputException"
        assert part in message

    def test_the_configuration_comes_back(self, stocked):
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
        assert (
            error_of(stocked.personalize.describe_solution, solutionArn=arn)[0] == "ResourceNotFoundException"
        )


class TestObjectives:
    def test_a_second_aim_is_judged_and_served(self, stocked):
        objective = {"itemAttribute": "PRICE", "objectiveSensitivity": "HIGH"}
        config = {"optimizationObjective": objective}
        solution = stocked.solution("aws-user-personalization", solutionConfig=config)
        version = stocked.version(solution)
        metrics = stocked.personalize.get_solution_metrics(solutionVersionArn=version)["metrics"]
        assert set(metrics) == METRICS | {"average_rewards_at_k"}
        no_exploration = {"itemExplorationConfig": {"explorationWeight": "0"}}
        campaign = stocked.campaign(version, campaignConfig=no_exploration)
        items = stocked.recommend(campaign, "a stranger", numResults=5)
        assert all(int(item["itemId"][1:]) >= 15 for item in items)


class TestVersions:
    def test_a_version_has_all_metrics_within_their_bounds(self, stocked):
        version = stocked.version(stocked.solution())
        metrics = stocked.personalize.get_solution_metrics(solutionVersionArn=version)["metrics"]
        assert set(metrics) == METRICS
        assert all(0 <= value <= 1 for value in metrics.values())
        record = stocked.personalize.describe_solution_version(solutionVersionArn=version)["solutionVersion"]
        assert record["trainingHours"] > 0
        assert record["trainingType"] == "MANUAL"
        solution = stocked.personalize.describe_solution(solutionArn=record["solutionArn"])["solution"]
        assert solution["latestSolutionVersion"]["solutionVersionArn"] == version

    def test_too_little_data_is_said_in_plain_words(self, shop):
        shop.dataset("INTERACTIONS", INTERACTIONS)
        shop.import_rows("INTERACTIONS", interactions_csv(n_users=10))
        arn = shop.personalize.create_solution_version(solutionArn=shop.solution())["solutionVersionArn"]
        record = shop.wait("solution_version", arn, wanted=("CREATE FAILED",), ended=())
        assert "fewer than 25 users with at least 2 interactions" in record["failureReason"]
        assert (
            error_of(shop.personalize.get_solution_metrics, solutionVersionArn=arn)[0]
            == "ResourceInUseException"
        )
        assert error_of(shop.personalize.create_campaign, name="c", solutionVersionArn=arn)[0] == (
            "InvalidInputException"
        )

    def test_without_interactions_nothing_is_queued(self, shop):
        code, message = error_of(shop.personalize.create_solution_version, solutionArn=shop.solution())
        assert code == "InvalidInputException"
        assert "Interactions dataset" in message

    def test_a_training_can_be_stopped(self, stocked):
        config = {"algorithmHyperParameters": {"hidden_dimension": "256"}}
        solution = stocked.solution("aws-user-personalization", solutionConfig=config)
        arn = stocked.personalize.create_solution_version(solutionArn=solution)["solutionVersionArn"]
        assert (
            error_of(stocked.personalize.delete_solution, solutionArn=solution)[0] == "ResourceInUseException"
        )
        stocked.personalize.stop_solution_version_creation(solutionVersionArn=arn)
        stocked.wait("solution_version", arn, wanted=("CREATE STOPPED",), ended=("ACTIVE", "CREATE FAILED"))
        code, _ = error_of(stocked.personalize.stop_solution_version_creation, solutionVersionArn=arn)
        assert code == "ResourceInUseException"
        stocked.personalize.delete_solution(solutionArn=solution)

    def test_hyperparameters_are_searched(self, stocked):
        config = {"hpoConfig": {"hpoResourceConfig": {"maxNumberOfTrainingJobs": "3"}}}
        solution = stocked.solution("aws-sims", performHPO=True, solutionConfig=config)
        version = stocked.version(solution)
        record = stocked.personalize.describe_solution_version(solutionVersionArn=version)["solutionVersion"]
        assert record["performHPO"] is True
        assert "tunedHPOParams" in record

    def test_a_recipe_is_chosen(self, stocked):
        listed = [f"arn:aws:personalize:::recipe/{name}" for name in ("aws-popularity-count", "aws-sims")]
        arn = stocked.personalize.create_solution(
            name=f"{stocked.id}-auto",
            datasetGroupArn=stocked.group,
            performAutoML=True,
            solutionConfig={"autoMLConfig": {"recipeList": listed}},
        )["solutionArn"]
        version = stocked.version(arn)
        record = stocked.personalize.describe_solution_version(solutionVersionArn=version)["solutionVersion"]
        assert record["recipeArn"] in listed
        best = stocked.personalize.describe_solution(solutionArn=arn)["solution"]["autoMLResult"][
            "bestRecipeArn"
        ]
        assert best == record["recipeArn"]
        stocked.campaign(version)


class TestCampaigns:
    def test_an_update_swaps_the_version(self, stocked):
        solution = stocked.solution()
        first, second = stocked.version(solution), stocked.version(solution)
        campaign = stocked.campaign(first)
        assert (
            "latestCampaignUpdate"
            not in stocked.personalize.describe_campaign(campaignArn=campaign)["campaign"]
        )
        stocked.personalize.update_campaign(
            campaignArn=campaign, solutionVersionArn=second, minProvisionedTPS=2
        )
        found = stocked.personalize.describe_campaign(campaignArn=campaign)["campaign"]
        assert found["status"] == "ACTIVE"
        assert found["solutionVersionArn"] == second
        assert found["minProvisionedTPS"] == 2
        assert found["latestCampaignUpdate"]["status"] == "ACTIVE"
        assert (
            error_of(stocked.personalize.delete_solution, solutionArn=solution)[0] == "ResourceInUseException"
        )
        stocked.personalize.delete_campaign(campaignArn=campaign)
        assert error_of(stocked.personalize.describe_campaign, campaignArn=campaign)[0] == (
            "ResourceNotFoundException"
        )
        assert error_of(stocked.runtime.get_recommendations, campaignArn=campaign, userId="u0")[0] == (
            "ResourceNotFoundException"
        )

    def test_a_campaign_can_follow_its_solution(self, stocked):
        solution = stocked.solution()
        stocked.version(solution)
        campaign = stocked.campaign(
            f"{solution}/$LATEST", campaignConfig={"syncWithLatestSolutionVersion": True}
        )
        newest = stocked.version(solution)

        def following():
            found = stocked.personalize.describe_campaign(campaignArn=campaign)["campaign"]
            return {"status": "ACTIVE" if found["solutionVersionArn"] == newest else "WAITING"}

        wait_until(following, seconds=10)

    def test_exploration_is_for_recipes_that_explore(self, stocked):
        version = stocked.version(stocked.solution())
        code, message = error_of(
            stocked.personalize.create_campaign,
            name="c",
            solutionVersionArn=version,
            campaignConfig={"itemExplorationConfig": {"explorationWeight": "0.5"}},
        )
        assert code == "InvalidInputException"
        assert "itemExplorationConfig" in message
