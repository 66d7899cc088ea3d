"""From a campaign's record to the model that answers for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from presage.errors import InvalidInputException, JobFailure
from presage.resources.record import Record
from presage.serving.source import Campaign, Source
from presage.serving.version import UnusableModel
from presage.works.sources import source_of

from ..server import Server
from .catalogue import LISTED, recipe_name


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


@dataclass(frozen=True, kw_only=True)
class Deployable:
    """What a solution version gives a campaign to answer from.

    Parameters
    ----------
    model : the folder of its version's model
    source : the data of its dataset group
    explores : whether its recipe lets new items be explored
    """

    model: Path
    source: Source
    explores: bool


Find = Callable[[str], Deployable]


def deployable(server: Server, arn: str) -> Deployable:
    """What a solution version holds; raises JobFailure when it is gone."""
    version = server.records.get(arn)
    if version is None:
        raise JobFailure(f"{arn} is gone; deploy another version.")
    return Deployable(
        model=server.stores.model_folder(version),
        source=source_of(server.stores, server.records.expect(version["datasetGroupArn"])),
        explores=LISTED[recipe_name(version["recipeArn"])].explores,
    )


def deploy(
    server: Server, arn: str, body: Mapping[str, Any], revision: int = 0, find: Find | None = None
) -> None:
    """Load the version that a campaign's body names, and let it answer; raises JobFailure if that fails.

    Parameters
    ----------
    find : version ARN -> what it holds; None = looked up now
    """
    found = find(body["solutionVersionArn"]) if find else deployable(server, body["solutionVersionArn"])
    try:
        server.deployments.deploy(campaign_of(arn, body, found), server.stores.log, revision)
    except UnusableModel as error:
        raise JobFailure(f"{body['solutionVersionArn']} cannot be deployed: {error}") from None


def campaign_of(arn: str, body: Mapping[str, Any], found: Deployable) -> Campaign:
    """A campaign's settings."""
    config: Mapping[str, Any] = body.get("campaignConfig") or {}
    weight, cutoff_days = exploration_settings(config.get("itemExplorationConfig") or {})
    return Campaign(
        name=arn,
        model=found.model,
        source=found.source,
        exploration_weight=weight if found.explores else 0.0,
        exploration_cutoff_days=cutoff_days,
        with_metadata=bool(config.get("enableMetadataWithRecommendations")),
    )


def deploy_now(server: Server, record: Record) -> None:
    """Deploy an ACTIVE campaign that this process has not heard of yet."""
    deploy(server, record.arn, record.body, record.revision)
