"""Campaigns: deployed, updated, following their solution."""

from presage.operations.personalize.following import Follower
from presage.resources.states import RESTING, Motion

from ...running import wait_until
from ..shop import error_of


def test_an_update_swaps_the_version(stocked):
    solution = stocked.solution()
    first, second = stocked.version(solution), stocked.version(solution)
    campaign = stocked.campaign(first)
    assert (
        "latestCampaignUpdate" not in stocked.personalize.describe_campaign(campaignArn=campaign)["campaign"]
    )
    stocked.personalize.update_campaign(campaignArn=campaign, solutionVersionArn=second, minProvisionedTPS=2)

    def last_update():
        return stocked.personalize.describe_campaign(campaignArn=campaign)["campaign"]["latestCampaignUpdate"]

    wait_until(last_update, seconds=30)
    found = stocked.personalize.describe_campaign(campaignArn=campaign)["campaign"]
    assert found["status"] == "ACTIVE"
    assert found["solutionVersionArn"] == second
    assert found["minProvisionedTPS"] == 2
    assert found["latestCampaignUpdate"]["status"] == "ACTIVE"
    assert error_of(stocked.personalize.delete_solution, solutionArn=solution)[0] == "ResourceInUseException"
    stocked.personalize.delete_campaign(campaignArn=campaign)
    stocked.gone("campaign", campaign)
    assert error_of(stocked.runtime.get_recommendations, campaignArn=campaign, userId="u0")[0] == (
        "ResourceNotFoundException"
    )


def test_a_campaign_can_follow_its_solution(stocked):
    solution = stocked.solution()
    stocked.version(solution)
    campaign = stocked.campaign(f"{solution}/$LATEST", campaignConfig={"syncWithLatestSolutionVersion": True})
    newest = stocked.version(solution)
    Follower(stocked.server.server).step()
    followed = stocked.wait("campaign", campaign)
    assert followed["solutionVersionArn"] == newest


def test_exploration_is_for_recipes_that_explore(stocked):
    version = stocked.version(stocked.solution())
    code, message = error_of(
        stocked.personalize.create_campaign,
        name="c",
        solutionVersionArn=version,
        campaignConfig={"itemExplorationConfig": {"explorationWeight": "0.5"}},
    )
    assert code == "InvalidInputException"
    assert "itemExplorationConfig" in message


def test_no_campaign_begins_while_its_solution_is_being_deleted(inside, shop):
    solution = shop.solution()
    with inside.server.records.writing() as records:
        body = {"solutionArn": solution, "recipeArn": "arn:aws:personalize:::recipe/aws-sims"}
        version = records.add("personalize", "SolutionVersion", arn=f"{solution}/v", name="", body=body)
        records.settle(version)
        records.begin(solution, Motion.DELETE, RESTING)
    code, message = error_of(shop.personalize.create_campaign, name="c", solutionVersionArn=version.arn)
    assert code == "ResourceInUseException"
    assert f"{solution} is DELETE PENDING" in message
