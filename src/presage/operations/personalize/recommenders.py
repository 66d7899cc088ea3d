"""Recommenders: a use case of a domain dataset group, trained and deployed in one; trained again weekly."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import uuid4

from presage.columns import INTERACTIONS, ITEMS
from presage.errors import InvalidInputException
from presage.recipes.use_cases import USE_CASES, UseCase
from presage.resources.record import Record
from presage.resources.records import Writer
from presage.resources.states import RESTING, Motion, State
from presage.trials import plan_of_recommender

from ..kinds import Kind, Move
from ..lifecycle import create, find, find_active, update
from ..server import Server
from ..views import Answer, Request
from . import dataset_groups, datasets
from .catalogue import KNOWN, recipe_of, use_case_name
from .deploying import deploy
from .item_exploration import LIMITS, check_exploration
from .solutions import columns_of

UPDATABLE = frozenset({State.ACTIVE, State.FAILED})


def activate(server: Server, record: Record) -> None:
    """Before a recommender is ACTIVE, or an update holds that trains nothing: let it answer."""
    deploy(server, record.wanted)


def undeploy(server: Server, record: Record) -> None:
    """Before a recommender is INACTIVE: it answers no more."""
    server.deployments.remove(record.arn)


def drop(server: Server, record: Record) -> None:
    """Before a recommender is forgotten: it answers no more, and its models go."""
    undeploy(server, record)
    server.stores.drop_model(record)


def trains(record: Record) -> bool:
    """Whether the update that is under way needs a training."""
    return "_training" in record.changes


def show_metrics(_server: Server, record: Record) -> Answer:
    """How well the model did on the users that were held out; nothing while it is made or goes."""
    is_there = record.state in (State.ACTIVE, State.INACTIVE) and record.motion != Motion.DELETE
    return {"modelMetrics": record["_metrics"]} if is_there else {}


KIND = Kind(
    service="personalize",
    name="Recommender",
    arn="recommender/{name}",
    refers={"datasetGroupArn": "DatasetGroup"},
    moves={
        Motion.CREATE: Move(job="train-recommender"),
        Motion.UPDATE: Move(since=UPDATABLE, job="train-recommender", job_if=trains, work=activate),
        Motion.STOP: Move(since=frozenset({State.ACTIVE}), work=undeploy),
        Motion.START: Move(since=frozenset({State.INACTIVE}), work=activate),
        Motion.DELETE: Move(since=RESTING, work=drop),
    },
    show=show_metrics,
    blocked_by=("Experiment",),
)


def create_recommender(server: Server, request: Request) -> Answer:
    """CreateRecommender: train what a use case needs, then answer."""
    case = USE_CASES[use_case_name(request["recipeArn"])]
    group = find_active(server.records, dataset_groups.KIND, request["datasetGroupArn"])
    _check_group(server, group, request["recipeArn"], case)
    config = {**_defaults(request["recipeArn"]), **request.get("recommenderConfig", {})}
    _check_config(server, group, request["recipeArn"], config)
    body = {"recommenderConfig": config, "_folder": uuid4().hex, "_training": uuid4().hex}
    due_at = server.clock() + case.retrained_after_seconds
    return {"recommenderArn": create(server, KIND, request, body, due_at=due_at).arn}


def update_recommender(server: Server, request: Request) -> Answer:
    """UpdateRecommender: other members hold; with other columns to learn from it is trained again.

    The old one answers meanwhile. One that could not be made is trained again whatever changes.
    """
    record = find(server.records, KIND, request["recommenderArn"])
    group = server.records.expect(record["datasetGroupArn"])
    config = {**record["recommenderConfig"], **request["recommenderConfig"]}
    _check_config(server, group, record["recipeArn"], config)
    is_same = _columns(record["recommenderConfig"]) == _columns(config)
    if is_same and record.state != State.FAILED:
        changes = {"recommenderConfig": config}
        return {"recommenderArn": update(server, KIND, record.arn, changes).arn}
    return {"recommenderArn": train_again(server, record, config).arn}


def train_again(server: Server, record: Record, config: Mapping[str, Any]) -> Record:
    """An update that trains a recommender; the next comes as long after it as its use case says."""
    changes = {"recommenderConfig": config, "_training": uuid4().hex}
    due_at = server.clock() + USE_CASES[recipe_of(record)].retrained_after_seconds
    return update(server, KIND, record.arn, changes, check=partial(_look_at, arn=record.arn, due_at=due_at))


def _look_at(records: Writer, *, arn: str, due_at: float) -> None:
    records.look_again(arn, due_at)


def _defaults(recipe_arn: str) -> dict[str, Any]:
    """A recommenderConfig that says nothing, as AWS completes it."""
    explores = KNOWN[use_case_name(recipe_arn)].exploration_config
    exploration = {name: str(default) for name, (default, _, _) in LIMITS.items()}
    return {
        "minRecommendationRequestsPerSecond": 1,
        **({"itemExplorationConfig": exploration} if explores else {}),
    }


def _check_group(server: Server, group: Record, recipe_arn: str, case: UseCase) -> None:
    """Raise InvalidInputException for a group of another domain, or without the datasets that are needed."""
    domain = group.get("domain")
    if domain != case.domain:
        raise InvalidInputException(
            f"{recipe_arn} is for {case.domain} dataset groups; {group.arn} is"
            f" {f'of the domain {domain}' if domain else 'a custom group'}."
        )
    for dataset_type in (INTERACTIONS, ITEMS) if case.needs_items else (INTERACTIONS,):
        if datasets.dataset_of(server.records, group.arn, dataset_type) is None:
            raise InvalidInputException(
                f"{group.arn} has no {dataset_type.title()} dataset, which {recipe_arn} needs."
            )


def _check_config(server: Server, group: Record, recipe_arn: str, config: Mapping[str, Any]) -> None:
    """Check a recommenderConfig against its use case and the group's datasets."""
    name = use_case_name(recipe_arn)
    check_exploration(server, group, name, config.get("itemExplorationConfig") or {})
    try:
        plan_of_recommender(USE_CASES[name], config).check_columns(columns_of(server, group))
    except ValueError as error:
        raise InvalidInputException(str(error)) from None


def _columns(config: Mapping[str, Any]) -> dict[str, dict[str, set[str]]]:
    """The columns that a trainingDataConfig leaves out and lets in, by dataset type."""
    chosen: Mapping[str, Mapping[str, list[str]]] = config.get("trainingDataConfig") or {}
    return {
        member: {kind.upper(): {column.upper() for column in columns} for kind, columns in of_kind.items()}
        for member, of_kind in chosen.items()
    }
