"""From the record of a campaign or recommender to the model that answers for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from presage.errors import JobFailure
from presage.filters import Filter
from presage.recipes.use_cases import USE_CASES
from presage.resources.record import Record
from presage.serving.source import Campaign, Source
from presage.serving.version import UnusableModel
from presage.works.sources import source_of

from ..server import Server
from .catalogue import KNOWN, recipe_of
from .filters import parsed
from .item_exploration import MULTIPLIER, exploration_settings


@dataclass(frozen=True, kw_only=True)
class Deployable:
    """What answers are made from.

    Parameters
    ----------
    model, model_revision : the folder of a model, and how often that has become another
    source : the data of its dataset group
    explores : whether its recipe lets new items be explored
    metadata : whether its recipe lets answers carry metadata, whatever the campaign says
    of_actions : whether its recipe recommends actions
    """

    model: Path
    model_revision: int
    source: Source
    explores: bool
    metadata: bool
    of_actions: bool


Find = Callable[[str], Deployable]


def deployable(server: Server, arn: str) -> Deployable:
    """What a solution version or a recommender holds; raises JobFailure when it is gone."""
    record = server.records.get(arn)
    if record is None:
        raise JobFailure(f"{arn} is gone; deploy another version.")
    return _held(server, record)


def _held(server: Server, record: Record) -> Deployable:
    facts = KNOWN[recipe_of(record)]
    return Deployable(
        model=server.stores.model(record),
        model_revision=record.get("_model_revision", 0),
        source=source_of(server.stores, server.records.expect(record["datasetGroupArn"])),
        explores=facts.explores,
        metadata=facts.metadata,
        of_actions=facts.of_actions,
    )


def deploy(server: Server, record: Record, revision: int = 0, find: Find | None = None) -> None:
    """Load the model that a campaign or recommender names, and let it answer; raises JobFailure on failure.

    Parameters
    ----------
    find : version ARN -> what it holds; None = looked up now
    """
    version = record.get("solutionVersionArn")
    if version is None:
        found = _held(server, record)
    else:
        found = find(version) if find else deployable(server, version)
    try:
        server.deployments.deploy(settings_of(record, found), server.stores.log, revision)
    except UnusableModel as error:
        raise JobFailure(f"{version or record.arn} cannot be deployed: {error}") from None


def settings_of(record: Record, found: Deployable) -> Campaign:
    """How a campaign or recommender is to answer."""
    config: Mapping[str, Any] = record.get("campaignConfig") or record.get("recommenderConfig") or {}
    exploration: Mapping[str, str] = config.get("itemExplorationConfig") or {}
    weight, cutoff_days = exploration_settings(exploration)
    case = USE_CASES.get(recipe_of(record)) if record.kind == "Recommender" else None
    influence: Mapping[str, float] = config.get("rankingInfluence") or {}
    return Campaign(
        name=record.arn,
        model=found.model,
        model_revision=found.model_revision,
        source=found.source,
        exploration_weight=weight if found.explores else 0.0,
        exploration_cutoff_days=cutoff_days,
        multiplier_column=exploration.get(MULTIPLIER, ""),
        with_metadata=found.metadata or bool(config.get("enableMetadataWithRecommendations")),
        leaves_out=left_out(case.leaves_out) if case and case.leaves_out else None,
        of_actions=found.of_actions,
        popularity=influence.get("POPULARITY", 0.0),
        freshness=influence.get("FRESHNESS", 0.0),
    )


def left_out(event_type: str) -> Filter:
    """The filter that leaves out what a user had such an event with lately."""
    return parsed(f'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("{event_type}")')


def deploy_now(server: Server, record: Record) -> None:
    """Deploy what is ACTIVE and this process has not heard of yet."""
    deploy(server, record, record.revision)
