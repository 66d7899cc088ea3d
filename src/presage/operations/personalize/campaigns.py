"""Campaigns: deployed solution versions."""

from collections.abc import Mapping
from typing import Any

from presage.errors import InvalidInputException, ResourceInUseException
from presage.resources.reader import Reader
from presage.resources.record import Record
from presage.resources.states import RESTING, Motion, State

from ..kinds import Kind, Move
from ..lifecycle import create, find, find_active, newest, update
from ..server import Server
from ..views import Answer, Request
from . import solution_versions, solutions
from .catalogue import LISTED, recipe_name
from .deploying import deploy
from .item_exploration import check_exploration

LATEST = "/$LATEST"


def activate(server: Server, record: Record) -> None:
    """Before a campaign is ACTIVE: load the model, so that it answers."""
    deploy(server, record)


def redeploy(server: Server, record: Record) -> None:
    """Before an update holds: load the new model beside the old, then swap; the old one may go now."""
    deploy(server, record.wanted)
    with server.records.writing() as records:
        before = _uses(records, record["solutionVersionArn"])
        after = _uses(records, record.wanted["solutionVersionArn"])
        for arn in before - after:
            records.unlink(record.arn, arn)
        for arn in after:
            records.link(record.arn, arn)


def undeploy(server: Server, record: Record) -> None:
    """Before a campaign is forgotten: it answers no more."""
    server.deployments.remove(record.arn)


def _uses(records: Reader, version_arn: str) -> set[str]:
    """What a campaign of a version refers to."""
    version = records.get(version_arn)
    return {version.arn, version["solutionArn"]} if version else set()


KIND = Kind(
    service="personalize",
    name="Campaign",
    arn="campaign/{name}",
    refers={"solutionVersionArn": "SolutionVersion"},
    lists_by={"solutionArn": "Solution"},
    moves={
        Motion.CREATE: Move(work=activate),
        Motion.UPDATE: Move(since=frozenset({State.ACTIVE, State.FAILED}), work=redeploy),
        Motion.DELETE: Move(since=RESTING, work=undeploy),
    },
    blocked_by=("Experiment",),
)


def create_campaign(server: Server, request: Request) -> Answer:
    """CreateCampaign: deploy a solution version."""
    config = request.get("campaignConfig", {})
    version = find_version(server.records, request["solutionVersionArn"], config)
    check_config(server, version, config)
    body = {
        "solutionVersionArn": version.arn,
        "minProvisionedTPS": request.get("minProvisionedTPS", 1),
        "campaignConfig": config or None,
    }

    def solution(records: Reader) -> list[str]:
        """The version's solution, which must not be on its way out."""
        return [find_active(records, solutions.KIND, version["solutionArn"]).arn]

    return {"campaignArn": create(server, KIND, request, body, parents=solution).arn}


def update_campaign(server: Server, request: Request) -> Answer:
    """UpdateCampaign: the old deployment answers until the new one is ready."""
    record = find(server.records, KIND, request["campaignArn"])
    config = request.get("campaignConfig", record.get("campaignConfig", {}))
    wanted = request.get("solutionVersionArn", record["solutionVersionArn"])
    version = find_version(server.records, wanted, config)
    check_config(server, version, config)
    changes = {
        "solutionVersionArn": version.arn,
        "minProvisionedTPS": request.get("minProvisionedTPS", record["minProvisionedTPS"]),
        "campaignConfig": config or None,
    }
    return {"campaignArn": update(server, KIND, record.arn, changes).arn}


def find_version(records: Reader, arn: str, config: Mapping[str, Any]) -> Record:
    """The ACTIVE version that an ARN names; `<solutionArn>/$LATEST` names a solution's newest."""
    if arn.endswith(LATEST):
        if not config.get("syncWithLatestSolutionVersion"):
            raise InvalidInputException(f"{arn} needs campaignConfig.syncWithLatestSolutionVersion = true.")
        solution = find(records, solutions.KIND, arn.removesuffix(LATEST))
        version = newest(records, solution_versions.KIND, solution.arn)
        if version is None:
            raise InvalidInputException(f"{solution.arn} has no ACTIVE solution version yet.")
        return version
    version = find(records, solution_versions.KIND, arn)
    status = solution_versions.KIND.dialect.spell(version)
    if version.motion == Motion.CREATE:
        raise ResourceInUseException(f"{arn} is {status}; wait until it is ACTIVE.")
    if not version.is_active:
        raise InvalidInputException(f"{arn} is {status}; only an ACTIVE version can be deployed.")
    return version


def check_config(server: Server, version: Record, config: Mapping[str, Any]) -> None:
    """Check a campaignConfig against its version's recipe; raises InvalidInputException."""
    recipe = recipe_name(version["recipeArn"])
    if LISTED[recipe].type == "USER_SEGMENTATION":
        raise InvalidInputException(
            f"{recipe} finds users and answers no campaign; name its version in CreateBatchSegmentJob."
        )
    exploration = config.get("itemExplorationConfig")
    if exploration:
        group = server.records.expect(version["datasetGroupArn"])
        check_exploration(server, group, recipe, exploration)
    if config.get("rankingInfluence") and not LISTED[recipe].influenced:
        raise InvalidInputException(f"{recipe} takes no rankingInfluence.")
