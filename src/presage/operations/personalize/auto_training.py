"""Automatic training: new versions of a solution by themselves, while new interactions come in."""

import re

import structlog

from presage.errors import ServiceError
from presage.resources.kinds import ACTIVE, PERSONALIZE
from presage.resources.store import Record
from presage.tables.datasets import DatasetTable

from ..server import Server
from .datasets import dataset_of
from .solution_versions import KIND as VERSION
from .solution_versions import queue_version
from .solutions import KIND as SOLUTION

DEFAULT_DAYS = 7
FIRST_AFTER_SECONDS = 3600.0
SECONDS_PER_DAY = 86_400.0
log = structlog.get_logger()


def train_due(server: Server) -> None:
    """Start a training for every solution whose turn it is."""
    for solution in server.resources.list(SOLUTION, statuses=(ACTIVE,)):
        if solution.get("performAutoTraining") and is_due(server, solution):
            try:
                queue_version(server, solution, mode="AUTOTRAIN", training_type="AUTOMATIC", request={})
            except ServiceError as error:
                log.warning("automatic training not started", solution=solution.arn, reason=str(error))


def is_due(server: Server, solution: Record) -> bool:
    """Whether a solution's next automatic training should start now.

    The first runs an hour after the solution became ACTIVE, unless a version was made by hand by then; each
    further one a schedule's length after the last training began, and only if interactions came in since.
    """
    versions = server.resources.list(VERSION, parent=solution.arn, limit=1)
    interactions = dataset_of(server, solution["datasetGroupArn"], "INTERACTIONS")
    if interactions is None:
        return False
    if not versions:
        return server.clock() - solution.created_at >= FIRST_AFTER_SECONDS and _has_data(server, interactions)
    wait = schedule_days(solution) * SECONDS_PER_DAY
    return server.clock() - versions[0].created_at >= wait and _has_news(server, interactions, versions[0])


def schedule_days(solution: Record) -> int:
    """The days between automatic trainings."""
    expression = (
        solution.get("solutionConfig", {}).get("autoTrainingConfig", {}).get("schedulingExpression", "")
    )
    digits = re.search(r"\d+", expression)
    return int(digits.group()) if digits else DEFAULT_DAYS


def _has_data(server: Server, interactions: Record) -> bool:
    return bool(_imports(server, interactions))


def _has_news(server: Server, interactions: Record, version: Record) -> bool:
    """Whether something was imported since a version began, or told since it was trained."""
    imports = _imports(server, interactions)
    if imports and imports[0].updated_at > version.created_at:
        return True
    trained = version.get("_data", {}).get("INTERACTIONS", {}).get("seq", 0)
    folded = DatasetTable(server.table_folder(interactions["_folder"])).version.seq
    return folded > trained or bool(server.events.read(trained, 1, interactions.arn))


def _imports(server: Server, interactions: Record) -> list[Record]:
    kind = PERSONALIZE["DatasetImportJob"]
    return server.resources.list(kind, parent=interactions.arn, statuses=(ACTIVE,), limit=1)
