"""Automatic training: new versions of a solution by themselves, while new interactions come in."""

from collections.abc import Sequence

import structlog

from presage.columns import ACTION_INTERACTIONS, INTERACTIONS
from presage.errors import ResourceInUseException, ServiceError
from presage.resources.reader import Reader
from presage.resources.record import Record
from presage.resources.records import Writer
from presage.resources.states import State
from presage.trials import schedule_days

from ..lifecycle import newest
from ..server import Server
from . import import_jobs, solution_versions
from .catalogue import LISTED, recipe_name
from .datasets import dataset_of

SECONDS_PER_DAY = 86_400.0
LOOKS_PER_SCHEDULE = 100
"""A solution whose turn has come, but that has nothing new to learn, is looked at again so often."""
log = structlog.get_logger()


def look_at(server: Server, solution: Record) -> None:
    """Start a training if it is due, and say when to look again.

    The first runs an hour after the solution was made, unless a version was made by hand by then; each
    further one a schedule's length after the last training began, and only if interactions came in since.
    """
    wait = schedule_days(solution.get("solutionConfig") or {}) * SECONDS_PER_DAY
    versions = _newest_version(server.records, solution)
    due_at = versions[0].created_at + wait if versions else 0.0
    now = server.clock()
    if due_at <= now:
        due_at = now + wait / LOOKS_PER_SCHEDULE
        if _is_worth_it(server, solution, versions) and _train(server, solution, versions):
            due_at = now + wait
    with server.records.writing() as records:
        records.look_again(solution.arn, due_at if solution.is_active else None)


def _train(server: Server, solution: Record, versions: list[Record]) -> bool:
    """Queue a training, unless another server has just done it; False when that cannot be done now."""

    def nobody_else_did(records: Writer) -> None:
        if _newest_version(records, solution) != versions:
            raise ResourceInUseException(f"{solution.arn} is being trained already.")

    how = {"trainingMode": "AUTOTRAIN", "trainingType": "AUTOMATIC"}
    try:
        solution_versions.queue_version(server, solution, {}, check=nobody_else_did, **how)
    except ServiceError as error:
        log.warning("automatic training not started", solution=solution.arn, reason=str(error))
        return False
    return True


def _newest_version(records: Reader, solution: Record) -> list[Record]:
    return records.of_kind("personalize", "SolutionVersion", parent=solution.arn, limit=1)


def _is_worth_it(server: Server, solution: Record, versions: list[Record]) -> bool:
    """Whether there is something new since the newest version; without one, whether anything was imported."""
    group = solution["datasetGroupArn"]
    if not versions:
        return _last_import(server, group, INTERACTIONS) is not None
    data = versions[0].get("_data", {})
    places = {kind: data.get(kind, {}).get("seq", 0) for kind in _learned(solution)}
    since = versions[0].created_at
    return any(has_news(server, group, since, place, kind) for kind, place in places.items())


def _learned(solution: Record) -> Sequence[str]:
    """The types of the datasets whose news a solution's recipe learns."""
    arn = solution.get("recipeArn")
    of_actions = bool(arn) and LISTED[recipe_name(arn)].of_actions
    return (INTERACTIONS, ACTION_INTERACTIONS) if of_actions else (INTERACTIONS,)


def has_news(server: Server, group: str, since: float, place: int, dataset_type: str = INTERACTIONS) -> bool:
    """Whether interactions were imported into a group since an instant, or told after a place of the log."""
    interactions = dataset_of(server.records, group, dataset_type)
    if interactions is None:
        return False
    last_import = _last_import(server, group, dataset_type)
    if last_import is not None and last_import.updated_at > since:
        return True
    waits = server.stores.log.read(place, 1, stream=interactions["_folder"])
    return bool(waits) or server.stores.table(interactions).folded > place


def _last_import(server: Server, group: str, dataset_type: str) -> Record | None:
    """The newest import of a group's interactions, or action interactions."""
    interactions = dataset_of(server.records, group, dataset_type)
    return interactions and newest(server.records, import_jobs.KIND, interactions.arn, State.ACTIVE)
