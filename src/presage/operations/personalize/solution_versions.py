"""Solution versions: trained models and their metrics."""

import shutil
from uuid import uuid4

from presage.errors import InvalidInputException, LimitExceededException, ResourceInUseException
from presage.operations import lifecycle
from presage.resources.kinds import (
    ACTIVE,
    IN_PROGRESS,
    PENDING,
    PERSONALIZE,
    STOPPED,
    STOPPING,
    UNDER_WAY,
)
from presage.resources.store import Record

from ..server import Server
from ..views import Answer, Request, describing, listing
from .catalogue import LISTED, recipe_name
from .datasets import KIND as DATASET
from .datasets import dataset_of
from .solutions import KIND as SOLUTION
from .solutions import find_active

KIND = PERSONALIZE["SolutionVersion"]
MAX_UNDER_WAY = 20
describe_solution_version = describing(KIND)
list_solution_versions = listing(KIND, must_exist=SOLUTION)


def create_solution_version(server: Server, request: Request) -> Answer:
    """CreateSolutionVersion: queue a training of the solution as it stands."""
    solution = find_active(server, request["solutionArn"])
    mode = request.get("trainingMode", "FULL")
    if mode == "UPDATE":
        _check_update(server, solution)
    if mode == "AUTOTRAIN":
        raise InvalidInputException("trainingMode AUTOTRAIN is for automatic training; use FULL.")
    record = queue_version(server, solution, mode=mode, training_type="MANUAL", request=request)
    return {"solutionVersionArn": record.arn}


def queue_version(
    server: Server, solution: Record, *, mode: str, training_type: str, request: Request
) -> Record:
    """A new version of a solution on its way; raises LimitExceededException when too many are."""
    if len(server.resources.list(KIND, statuses=UNDER_WAY, limit=MAX_UNDER_WAY)) >= MAX_UNDER_WAY:
        raise LimitExceededException(
            f"More than {MAX_UNDER_WAY} resources with PENDING or IN_PROGRESS status. Wait until one is done."
        )
    if dataset_of(server, solution["datasetGroupArn"], "INTERACTIONS") is None:
        raise InvalidInputException(f"{solution['datasetGroupArn']} has no Interactions dataset to train on.")
    datasets = server.resources.list(DATASET, parent=solution["datasetGroupArn"])
    copied = ("performHPO", "performAutoML", "performIncrementalUpdate", "recipeArn", "eventType")
    body = {
        **{member: solution.get(member) for member in (*copied, "datasetGroupArn", "solutionConfig")},
        "solutionArn": solution.arn,
        "trainingMode": mode,
        "trainingType": training_type,
        "_folder": uuid4().hex,
    }
    return lifecycle.create(
        server,
        KIND,
        name=request.get("name", ""),
        fields={"solution": solution.name, "id": uuid4().hex[:8]},
        body=body,
        parents=(solution.arn, solution["datasetGroupArn"], *(dataset.arn for dataset in datasets)),
        tags=request.get("tags", ()),
    )


def _check_update(server: Server, solution: Record) -> None:
    recipe = recipe_name(solution["recipeArn"]) if solution.get("recipeArn") else ""
    if not recipe or not LISTED[recipe].updates:
        able = sorted(name for name, listed in LISTED.items() if listed.updates)
        raise InvalidInputException(
            f"trainingMode UPDATE is for {able}; this solution's recipe is {recipe!r}."
        )
    versions = server.resources.list(KIND, parent=solution.arn, statuses=(ACTIVE,))
    if not any(version["trainingMode"] != "UPDATE" for version in versions):
        raise InvalidInputException("trainingMode UPDATE needs an ACTIVE version that was trained FULL.")


def stop_solution_version_creation(server: Server, request: Request) -> None:
    """StopSolutionVersionCreation: a waiting training never starts, a running one is ended."""
    record = server.resources.find(KIND, request["solutionVersionArn"])
    if record.status not in UNDER_WAY:
        raise ResourceInUseException(f"{record.arn} is {record.status}; only {UNDER_WAY} can be stopped.")
    target = STOPPED if record.status == PENDING else STOPPING
    server.resources.move(record.arn, target, walk=KIND.walk)
    server.jobs.cancel(record.arn)


def get_solution_metrics(server: Server, request: Request) -> Answer:
    """GetSolutionMetrics: how well the version did on the users that were held out."""
    record = server.resources.find(KIND, request["solutionVersionArn"])
    if record.status != ACTIVE:
        hint = (
            "wait until it is ACTIVE" if record.status in (*UNDER_WAY, IN_PROGRESS) else "it has no metrics"
        )
        raise ResourceInUseException(f"{record.arn} is {record.status}; {hint}.")
    return {"solutionVersionArn": record.arn, "metrics": record["_metrics"]}


def drop_versions(server: Server, solution: Record) -> None:
    """The hook of a solution's deletion: its versions and their models go."""
    for version in server.resources.list(KIND, parent=solution.arn):
        shutil.rmtree(server.version_folder(version["_folder"]), ignore_errors=True)
        server.resources.remove(version.arn)
        server.jobs.forget(version.arn)
