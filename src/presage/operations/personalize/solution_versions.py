"""Solution versions: trained models and their metrics."""

from functools import partial
from typing import Any
from uuid import uuid4

from presage.columns import ACTIONS, INTERACTIONS, ITEMS
from presage.errors import InvalidInputException, ResourceInUseException
from presage.recipes import READS_TEXTS
from presage.resources.reader import Reader
from presage.resources.record import Record
from presage.resources.states import RESTING, Motion, State

from ..kinds import Kind, Move
from ..lifecycle import Check, create, find, find_active, stop_creation
from ..server import Server
from ..views import Answer, Request
from . import solutions
from .catalogue import LISTED, recipe_name
from .datasets import KIND as DATASET
from .datasets import dataset_of

COPIED = (
    *("performHPO", "performAutoML", "performIncrementalUpdate", "recipeArn"),
    *("eventType", "datasetGroupArn", "solutionConfig"),
)
"""What a version takes over from its solution as that stands."""


def drop_model(server: Server, record: Record) -> None:
    """Before a version is forgotten: its model goes."""
    server.stores.drop_model(record)


KIND = Kind(
    service="personalize",
    name="SolutionVersion",
    arn="solution/{solutionArn}/{id}",
    refers={"solutionArn": "Solution"},
    moves={Motion.CREATE: Move(job="train"), Motion.DELETE: Move(since=RESTING, work=drop_model)},
    most_under_way=20,
    blocked_by=("Campaign",),
    blocked_while=("BatchInferenceJob", "BatchSegmentJob"),
)


def create_solution_version(server: Server, request: Request) -> Answer:
    """CreateSolutionVersion: queue a training of the solution as it stands."""
    solution = find_active(server.records, solutions.KIND, request["solutionArn"])
    mode = request.get("trainingMode", "FULL")
    if mode == "UPDATE":
        _check_update(server.records, solution)
    if mode == "AUTOTRAIN":
        raise InvalidInputException("trainingMode AUTOTRAIN is for automatic training; use FULL.")
    record = queue_version(server, solution, request, trainingMode=mode, trainingType="MANUAL")
    return {"solutionVersionArn": record.arn}


def queue_version(
    server: Server, solution: Record, request: Request, *, check: Check | None = None, **body: Any
) -> Record:
    """A new version of a solution, on its way; raises LimitExceededException when too many are."""
    copied = {member: solution.get(member) for member in COPIED}
    body |= {**copied, "solutionArn": solution.arn, "_folder": uuid4().hex}
    parents = partial(_trained_on, solution)
    return create(server, KIND, request, body, parents=parents, check=check)


def _trained_on(solution: Record, records: Reader) -> list[str]:
    """The group and its datasets; raises ResourceInUseException while one that is needed is being deleted."""
    group, arn = solution["datasetGroupArn"], solution.get("recipeArn")
    for needed in _needed(recipe_name(arn)) if arn else (INTERACTIONS,):
        dataset = dataset_of(records, group, needed)
        if dataset is None:
            raise InvalidInputException(f"{group} has no {needed.title()} dataset to train on.")
        find_active(records, DATASET, dataset.arn)
    datasets = records.of_kind(DATASET.service, DATASET.name, parent=group)
    return [group, *(dataset.arn for dataset in datasets)]


def _needed(recipe: str) -> tuple[str, ...]:
    """The dataset types without which a recipe has nothing to learn from."""
    if recipe in READS_TEXTS:
        return (ITEMS,)
    return (INTERACTIONS, ACTIONS) if LISTED[recipe].of_actions else (INTERACTIONS,)


def _check_update(records: Reader, solution: Record) -> None:
    recipe = recipe_name(solution["recipeArn"]) if solution.get("recipeArn") else ""
    if not recipe or not LISTED[recipe].updates:
        able = sorted(name for name, listed in LISTED.items() if listed.updates)
        raise InvalidInputException(
            f"trainingMode UPDATE is for {able}; this solution's recipe is {recipe!r}."
        )
    versions = records.of_kind(KIND.service, KIND.name, parent=solution.arn, state=State.ACTIVE)
    if not any(version["trainingMode"] != "UPDATE" for version in versions):
        raise InvalidInputException("trainingMode UPDATE needs an ACTIVE version that was trained FULL.")


def stop_solution_version_creation(server: Server, request: Request) -> None:
    """StopSolutionVersionCreation: a waiting training never starts, a running one is ended."""
    stop_creation(server, KIND, request["solutionVersionArn"])


def get_solution_metrics(server: Server, request: Request) -> Answer:
    """GetSolutionMetrics: how well the version did on the users that were held out."""
    record = find(server.records, KIND, request["solutionVersionArn"])
    if record.state != State.ACTIVE:
        hint = "wait until it is ACTIVE" if record.motion == Motion.CREATE else "it has no metrics"
        raise ResourceInUseException(f"{record.arn} is {KIND.dialect.spell(record)}; {hint}.")
    return {"solutionVersionArn": record.arn, "metrics": record["_metrics"]}
