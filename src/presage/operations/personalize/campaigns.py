"""Campaigns: deployed solution versions."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from presage.errors import InvalidInputException, JobFailure, ResourceInUseException
from presage.operations import lifecycle
from presage.resources.kinds import ACTIVE, PERSONALIZE, UNDER_WAY
from presage.resources.store import Record

from ..server import Server
from ..views import Answer, Request, describing, listing
from .catalogue import LISTED, recipe_name
from .solution_versions import KIND as VERSION
from .solutions import KIND as SOLUTION
from .streams import told_since

KIND = PERSONALIZE["Campaign"]
LATEST = "/$LATEST"
describe_campaign = describing(KIND)
list_campaigns = listing(KIND)


def create_campaign(server: Server, request: Request) -> Answer:
    """CreateCampaign: deploy a solution version."""
    config = request.get("campaignConfig", {})
    version = find_version(server, request["solutionVersionArn"], config)
    check_config(version, config)
    body = {
        "solutionVersionArn": version.arn,
        "minProvisionedTPS": request.get("minProvisionedTPS", 1),
        "campaignConfig": config or None,
    }
    record = lifecycle.create(
        server,
        KIND,
        name=request["name"],
        body=body,
        parents=(version["solutionArn"], version.arn),
        tags=request.get("tags", ()),
    )
    return {"campaignArn": record.arn}


def update_campaign(server: Server, request: Request) -> Answer:
    """UpdateCampaign: the old deployment answers until the new one is ready."""
    record = server.resources.find(KIND, request["campaignArn"])
    config = request.get("campaignConfig", record.get("campaignConfig", {}))
    version = find_version(server, request.get("solutionVersionArn", record["solutionVersionArn"]), config)
    check_config(version, config)
    changes = {
        "solutionVersionArn": version.arn,
        "minProvisionedTPS": request.get("minProvisionedTPS", record["minProvisionedTPS"]),
        "campaignConfig": config or None,
    }
    lifecycle.update(server, KIND, record, changes)
    return {"campaignArn": record.arn}


def delete_campaign(server: Server, request: Request) -> None:
    """DeleteCampaign: it answers no more."""
    record = server.resources.find(KIND, request["campaignArn"])
    if record.get("latestCampaignUpdate", {}).get("status") in UNDER_WAY:
        raise ResourceInUseException(f"{record.arn} is being updated; wait until that is done.")
    lifecycle.delete(server, KIND, record.arn)


def find_version(server: Server, arn: str, config: Mapping[str, Any]) -> Record:
    """The ACTIVE version that an ARN names; `<solutionArn>/$LATEST` names a solution's newest."""
    if arn.endswith(LATEST):
        if not config.get("syncWithLatestSolutionVersion"):
            raise InvalidInputException(f"{arn} needs campaignConfig.syncWithLatestSolutionVersion = true.")
        solution = server.resources.find(SOLUTION, arn.removesuffix(LATEST))
        version = newest_active(server, solution.arn)
        if version is None:
            raise InvalidInputException(f"{solution.arn} has no ACTIVE solution version yet.")
        return version
    version = server.resources.find(VERSION, arn)
    if version.status in UNDER_WAY:
        raise ResourceInUseException(f"{arn} is {version.status}; wait until it is ACTIVE.")
    if version.status != ACTIVE:
        raise InvalidInputException(f"{arn} is {version.status}; only an ACTIVE version can be deployed.")
    return version


def newest_active(server: Server, solution_arn: str) -> Record | None:
    """A solution's newest version that can be deployed."""
    found = server.resources.list(VERSION, parent=solution_arn, statuses=(ACTIVE,), limit=1)
    return found[0] if found else None


def check_config(version: Record, config: Mapping[str, Any]) -> None:
    """Check a campaignConfig against its version's recipe; raises InvalidInputException."""
    recipe = recipe_name(version["recipeArn"])
    exploration = config.get("itemExplorationConfig")
    if exploration:
        if not LISTED[recipe].explores:
            raise InvalidInputException(f"{recipe} takes no itemExplorationConfig.")
        exploration_settings(exploration)
    if config.get("rankingInfluence"):
        raise InvalidInputException(f"{recipe} takes no rankingInfluence.")


def exploration_settings(config: Mapping[str, str]) -> tuple[float, float]:
    """(weight, cutoff in days) of an itemExplorationConfig; what is not given is AWS's default."""
    limits = {"explorationWeight": (0.3, 0.0, 1.0), "explorationItemAgeCutOff": (30.0, 1.0, float("inf"))}
    unknown = sorted(set(config) - set(limits))
    if unknown:
        raise InvalidInputException(
            f"itemExplorationConfig has no {unknown[0]!r}; it knows: {sorted(limits)}"
        )
    values: list[float] = []
    for name, (default, low, high) in limits.items():
        text = config.get(name, str(default))
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not low <= value <= high:
            raise InvalidInputException(f"{name} is {text!r}; it must be a number from {low:g} to {high:g}")
        values.append(value)
    return values[0], values[1]


def deploy(server: Server, record: Record) -> None:
    """The hook of creation: load the model so that the campaign answers."""
    deploy_version(server, record.arn, record.body)


def redeploy(server: Server, record: Record) -> None:
    """The hook of an update: load the new model beside the old, then swap."""
    update = record["latestCampaignUpdate"]
    deploy_version(server, record.arn, update)
    server.resources.link(record.arn, update["solutionVersionArn"])


def deploy_version(server: Server, arn: str, body: Mapping[str, Any]) -> None:
    """Load a version and let it answer for a campaign."""
    version = server.resources.get(body["solutionVersionArn"])
    if version is None:
        raise JobFailure(f"{body['solutionVersionArn']} is gone; deploy another version.")
    config = body.get("campaignConfig") or {}
    weight, cutoff = exploration_settings(config.get("itemExplorationConfig") or {})
    server.deployments.deploy(
        arn,
        folder=server.version_folder(version["_folder"]),
        group=version["datasetGroupArn"],
        told=partial(told_since, server, version["datasetGroupArn"]),
        exploration_weight=weight if LISTED[recipe_name(version["recipeArn"])].explores else 0.0,
        exploration_cutoff_days=cutoff,
        metadata_enabled=bool(config.get("enableMetadataWithRecommendations")),
        stamp=_stamp(body),
    )


def _stamp(body: Mapping[str, Any]) -> object:
    """What a deployment was made from: while it is the same, the deployment is up to date."""
    return body["solutionVersionArn"], body.get("campaignConfig") or {}


def undeploy(server: Server, record: Record) -> None:
    """The hook of deletion: it answers no more."""
    server.deployments.remove(record.arn)


def follow_campaigns(server: Server) -> None:
    """Let this process answer for just the campaigns that are there, each with the version it names."""
    active = {record.arn: record for record in server.resources.list(KIND, statuses=(ACTIVE,))}
    for arn in server.deployments.names() - set(active):
        server.deployments.remove(arn)
    for record in active.values():
        if server.deployments.stamp(record.arn) != _stamp(record.body):
            deploy(server, record)


def follow_latest(server: Server) -> None:
    """Move campaigns that sync with their solution's latest version on to it."""
    for record in server.resources.list(KIND, statuses=(ACTIVE,)):
        if not record.get("campaignConfig", {}).get("syncWithLatestSolutionVersion"):
            continue
        current = server.resources.get(record["solutionVersionArn"])
        newest = newest_active(server, current["solutionArn"]) if current else None
        if newest and current and newest.number > current.number:
            update_campaign(server, {"campaignArn": record.arn, "solutionVersionArn": newest.arn})
