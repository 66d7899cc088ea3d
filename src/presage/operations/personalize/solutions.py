"""Solutions: what to train, and how."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from presage.columns import ITEMS
from presage.errors import InvalidInputException
from presage.recipes import READS_TEXTS
from presage.resources.record import Record
from presage.resources.records import Writer
from presage.resources.states import RESTING, Motion, State
from presage.trials import plan_of
from presage.wire.models import OPERATIONS

from ..kinds import Kind, Move
from ..lifecycle import create, find, find_active, newest, update
from ..server import Server
from ..views import Answer, Request, view
from . import dataset_groups, datasets
from .catalogue import LISTED, recipe_name
from .datasets import dataset_of

FIRST_TRAINING_SECONDS = 3600.0
"""A solution that trains automatically is looked at so long after it was made."""


def show_versions(server: Server, solution: Record) -> Answer:
    """What Describe derives from a solution's versions: the newest, and the recipe that AutoML chose."""
    kind = server.kinds["personalize", "SolutionVersion"]
    shown: Answer = {}
    for version in server.records.of_kind(kind.service, kind.name, parent=solution.arn, limit=1):
        described = OPERATIONS["personalize", "DescribeSolution"].output_shape
        assert described is not None
        shape = described.members["solution"].members["latestSolutionVersion"]
        shown["latestSolutionVersion"] = view(kind, version, shape)
    if solution.get("performAutoML") and (best := newest(server.records, kind, solution.arn)):
        shown["autoMLResult"] = {"bestRecipeArn": best["recipeArn"]}
    return shown


KIND = Kind(
    service="personalize",
    name="Solution",
    arn="solution/{name}",
    refers={"datasetGroupArn": "DatasetGroup"},
    moves={
        Motion.CREATE: Move(),
        Motion.UPDATE: Move(since=frozenset({State.ACTIVE, State.FAILED})),
        Motion.DELETE: Move(since=RESTING),
    },
    blocked_by=("Campaign",),
    blocked_while=("SolutionVersion", "BatchInferenceJob", "BatchSegmentJob"),
    takes_along=("SolutionVersion",),
    show=show_versions,
)


def create_solution(server: Server, request: Request) -> Answer:
    """CreateSolution: the training configuration, checked now so that no training fails on it later."""
    check_plan(server, find_active(server.records, dataset_groups.KIND, request["datasetGroupArn"]), request)
    trains = request.get("performAutoTraining", True)
    unset = {"performHPO": False, "performAutoML": False, "performIncrementalUpdate": False}
    config = request.get("solutionConfig") or None
    body = {**unset, **request, "performAutoTraining": trains, "solutionConfig": config}
    due_at = server.clock() + FIRST_TRAINING_SECONDS if trains else None
    return {"solutionArn": create(server, KIND, request, body, due_at=due_at).arn}


def check_plan(server: Server, group: Record, solution: Mapping[str, Any]) -> None:
    """Check a solution against its recipes and the group's datasets; raises InvalidInputException."""
    config = solution.get("solutionConfig") or {}
    for arn in (solution.get("recipeArn"), *config.get("autoMLConfig", {}).get("recipeList", ())):
        if arn is not None:
            recipe_name(arn)
    try:
        plan = plan_of(solution)
        plan.check_columns(columns_of(server, group))
    except ValueError as error:
        raise InvalidInputException(str(error)) from None
    if READS_TEXTS.intersection(plan.recipes):
        _check_texts(server, group)
    for recipe in plan.recipes:
        if plan.events and not LISTED[recipe].event_weights:
            raise InvalidInputException(
                f"{recipe} takes no eventsConfig; name one eventType, or none for all."
            )
        if plan.objective and not LISTED[recipe].objective:
            raise InvalidInputException(f"{recipe} takes no optimizationObjective.")


def _check_texts(server: Server, group: Record) -> None:
    """Raise InvalidInputException unless items have a name and a text."""
    items = dataset_of(server.records, group.arn, ITEMS)
    fields = server.stores.schema(items).fields if items else ()
    there = {"itemName": any(f.item_name for f in fields), "textual": any(f.textual for f in fields)}
    for mark in (mark for mark, is_there in there.items() if not is_there):
        raise InvalidInputException(
            f"aws-semantic-similarity needs a string column with {mark!r} in Items; add it to the schema."
        )


def columns_of(server: Server, group: Record) -> dict[str, dict[str, str]]:
    """Dataset type -> column -> its kind, for every dataset of a group."""
    found = server.records.of_kind(datasets.KIND.service, datasets.KIND.name, parent=group.arn)
    return {
        dataset["datasetType"]: {field.name: field.kind for field in server.stores.schema(dataset).fields}
        for dataset in found
    }


def update_solution(server: Server, request: Request) -> Answer:
    """UpdateSolution: automatic training on or off, and its schedule."""
    record = find(server.records, KIND, request["solutionArn"])
    wanted = request.get("solutionUpdateConfig", {})
    group = server.records.expect(record["datasetGroupArn"])
    check_plan(server, group, {**record.body, "solutionConfig": wanted})
    trains = request.get("performAutoTraining")
    changes = {
        "performAutoTraining": trains,
        "performIncrementalUpdate": request.get("performIncrementalUpdate"),
        "solutionUpdateConfig": wanted or None,
        "solutionConfig": {**record.get("solutionConfig", {}), **wanted} or None,
    }
    keeps_training = record["performAutoTraining"] if trains is None else trains
    due_at = server.clock() if keeps_training else None
    check = partial(_look_at, arn=record.arn, due_at=due_at)
    return {"solutionArn": update(server, KIND, record.arn, changes, check=check).arn}


def _look_at(records: Writer, *, arn: str, due_at: float | None) -> None:
    records.look_again(arn, due_at)
