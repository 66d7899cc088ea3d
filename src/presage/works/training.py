"""The training job: rows of datasets become a model that can be deployed, of a version or a recommender."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

from presage.columns import (
    ACTIONS,
    CREATION_TIMESTAMP,
    INTERACTIONS,
    ITEM_ID,
    ITEMS,
    TIMESTAMP,
    USER_ID,
    USERS,
)
from presage.errors import JobFailure
from presage.features.actions import EncodedActions, encode_actions
from presage.features.columns import usable_columns
from presage.features.encode import Encoded, encode
from presage.features.objective import item_rewards
from presage.features.select import check_minima, select_events, weigh_events
from presage.jobs.helpers import helpers
from presage.jobs.leading import ranks_of
from presage.recipes import ACTIONS as ACTION_RECIPES
from presage.recipes import READS_TEXTS, SEGMENTS
from presage.recipes.data import Previous, RankingModel, Report, Training
from presage.recipes.ranking.states import user_states
from presage.recipes.use_cases import USE_CASES
from presage.resources.record import Record
from presage.resources.states import State
from presage.serving.version import load_version, save_version
from presage.stores import Stores
from presage.tables.fold import fold
from presage.tables.personalize.instants import column_by_now
from presage.tables.personalize.schema import DatasetSchema
from presage.trials import (
    Candidate,
    Trained,
    TrainingPlan,
    plan_of,
    plan_of_recommender,
    previous_of,
    train,
    train_actions,
    train_segments,
    tuned,
)

from .deleting import forget_who_left
from .driver import driven
from .remembering import build_memory

SECONDS_PER_HOUR = 3600.0
NO_INTERACTIONS = {USER_ID: pl.String(), ITEM_ID: pl.String(), TIMESTAMP: pl.Int64()}


@dataclass(frozen=True, kw_only=True)
class Rows:
    """The datasets of a group as a training reads them.

    Parameters
    ----------
    frames : by dataset type
    schemas : of each
    versions : by dataset type, what would read the same rows again
    place : the last place of the event log that the interactions hold; the others hold at least as much
    """

    frames: Mapping[str, pl.DataFrame]
    schemas: Sequence[DatasetSchema]
    versions: Mapping[str, Any]
    place: int


def train_version(stores: Stores, version: Record, report: Report) -> Mapping[str, Any]:
    """Train, judge and store the model that a SolutionVersion asks for."""
    return train_model(stores, version, plan_of(version.body), report)


def train_recommender(stores: Stores, recommender: Record, report: Report) -> Mapping[str, Any]:
    """Train, judge and store the model that a Recommender asks for, or its update."""
    wanted = recommender.wanted
    name = wanted["recipeArn"].rpartition("/")[2]
    plan = plan_of_recommender(USE_CASES[name], wanted["recommenderConfig"])
    changes = train_model(stores, wanted, plan, report, recipe=name)
    stores.drop_other_models(recommender)
    return changes


def train_model(
    stores: Stores, record: Record, plan: TrainingPlan, report: Report, recipe: str = ""
) -> Mapping[str, Any]:
    """Train, judge and store a model of the dataset group that a record names.

    Parameters
    ----------
    recipe : what answers call themselves; empty = the recipe that learned
    """
    begun, begun_at = time.monotonic(), stores.clock()
    report("reading", 0.0)
    needed = ITEMS if plan.recipes[0] in READS_TEXTS else INTERACTIONS
    rows = read_rows(stores, record["datasetGroupArn"], needed)
    with helpers(stores.config.cores_a_job, stores.config.spark) as run:
        ranks = ranks_of(stores.config)
        training = Training(report=report, run=run, cores=stores.config.cores_a_job, ranks=ranks)
        encoded, trained = learn(stores, record, rows, plan, training)
    finds_users = plan.recipes[0] in SEGMENTS
    states = None if finds_users else user_states(trained.model, encoded.log)
    report("storing", 0.99)
    facts = facts_of(record.arn, plan, recipe or trained.candidate.recipe, rows.place)
    save_version(stores.model_folder(record), trained.model, encoded, states, facts)
    stores.keep_model(record)
    forget_who_left(stores, record, begun_at)
    build_memory(stores, stores.records.expect(record["datasetGroupArn"]))
    hours = max(time.monotonic() - begun, 0.001) / SECONDS_PER_HOUR
    made = {"trainingHours": hours, "_begun_at": begun_at, "_data": rows.versions}
    return {**made, **changes_of(record, trained)}


def learn(
    stores: Stores, record: Record, rows: Rows, plan: TrainingPlan, training: Training
) -> tuple[Encoded, Trained[Any]]:
    """What the rows hold, and what the recipe's family makes of it."""
    if plan.recipes[0] in ACTION_RECIPES:
        data = encode_action_rows(rows, plan)
        check_minima(data.encoded.log, plan.event_type)
        return data.encoded, train_actions(plan, data.log, training)
    encoded = encode_rows(rows, plan)
    if plan.recipes[0] not in READS_TEXTS:
        check_minima(encoded.log, plan.event_type)
    if plan.recipes[0] in SEGMENTS:
        return encoded, train_segments(plan, encoded.log, training)
    plan, previous = go_on(stores, record, plan, encoded)
    training = replace(training, previous=previous)
    return encoded, train(plan, encoded.log, training, rewards_of(rows, plan, encoded))


def read_rows(stores: Stores, group: str, needed: str = INTERACTIONS) -> Rows:
    """Fold what was told into the datasets of a group, then read them.

    Parameters
    ----------
    needed : the dataset type without which there is nothing to learn from

    Raises JobFailure if there is no such dataset among them.
    """
    frames: dict[str, pl.DataFrame] = {}
    schemas: list[DatasetSchema] = []
    versions: dict[str, Any] = {}
    datasets = [
        one for one in stores.records.of_kind("personalize", "Dataset", parent=group) if one.is_active
    ]
    if all(one["datasetType"] != needed for one in datasets):
        name = needed.capitalize()
        raise JobFailure(f"{group} has no {name} dataset any more; create one, import, and train again")
    for dataset in sorted(datasets, key=lambda one: one["datasetType"] != INTERACTIONS):
        kind, layout, table = dataset["datasetType"], stores.layout(dataset), stores.table(dataset)
        fold(stores.log, table, layout, dataset["_folder"])
        version = table.version
        frames[kind] = by_now(table.read(layout, version), stores.clock())
        schemas.append(stores.schema(dataset))
        versions[kind] = {"bulk": version.bulk, "seq": version.seq}
    frames.setdefault(INTERACTIONS, pl.DataFrame(schema=NO_INTERACTIONS))
    place = versions.get(INTERACTIONS, {"seq": 0})["seq"]
    return Rows(frames=frames, schemas=schemas, versions=versions, place=place)


def by_now(rows: pl.DataFrame, now: float) -> pl.DataFrame:
    """Rows of which nothing happened later than now: a wrong clock must not make all else old."""
    instants = {TIMESTAMP, CREATION_TIMESTAMP}.intersection(rows.columns)
    return rows.with_columns(column_by_now(name, now) for name in instants)


def encode_rows(rows: Rows, plan: TrainingPlan) -> Encoded:
    """What a solution's settings let the model see."""
    interactions = select_events(rows.frames[INTERACTIONS], plan.event_type, plan.threshold)
    if plan.events:
        interactions = weigh_events(interactions, plan.events)
    columns = usable_columns(rows.schemas, plan.selection, texts=plan.recipes[0] in READS_TEXTS)
    return encode(interactions, rows.frames.get(ITEMS), rows.frames.get(USERS), columns)


def encode_action_rows(rows: Rows, plan: TrainingPlan) -> EncodedActions:
    """The same for a recipe of actions; raises JobFailure without an Actions dataset."""
    if ACTIONS not in rows.frames:
        raise JobFailure(f"{plan.recipes[0]} needs an Actions dataset; create one, import, and train again")
    interactions = select_events(rows.frames[INTERACTIONS], plan.event_type, plan.threshold)
    columns = usable_columns(rows.schemas, plan.selection)
    return encode_actions({**rows.frames, INTERACTIONS: interactions}, columns)


def rewards_of(rows: Rows, plan: TrainingPlan, encoded: Encoded) -> NDArray[np.float64] | None:
    """(n_items,): what each item earns under the solution's objective; None without one."""
    if plan.objective is None:
        return None
    return item_rewards(rows.frames.get(ITEMS), encoded.vocabulary.items, plan.objective.item_attribute)


def go_on(
    stores: Stores, record: Record, plan: TrainingPlan, encoded: Encoded
) -> tuple[TrainingPlan, Previous | None]:
    """For trainingMode UPDATE: the settings of the solution's newest version, and its model to go on from."""
    if record.get("trainingMode") != "UPDATE":
        return plan, None
    versions = stores.records.of_kind(
        "personalize", "SolutionVersion", parent=record["solutionArn"], state=State.ACTIVE, limit=1
    )
    if not versions:
        return plan, None
    chosen = versions[0].get("_candidate")
    older = load_version(stores.model(versions[0]))
    previous = previous_of(
        cast("RankingModel", older.model), older.vocabulary.items, encoded.vocabulary.items
    )
    return plan.settle(Candidate(**chosen)) if chosen else plan, previous


def facts_of(arn: str, plan: TrainingPlan, recipe: str, place: int) -> dict[str, Any]:
    """What serving must know of a training."""
    return {
        "recipe": recipe,
        "arn": arn,
        "seq": place,
        "eventType": plan.event_type,
        "eventValueThreshold": plan.threshold,
        "events": [[rule.event_type, rule.threshold] for rule in plan.events],
    }


def changes_of(record: Record, trained: Trained[Any]) -> dict[str, Any]:
    """What the record of a trained version says beside its state."""
    candidate = trained.candidate
    changes: dict[str, Any] = {
        "_metrics": trained.metrics,
        "_candidate": asdict(candidate),
        "_trials": [asdict(trial) for trial in trained.trials],
    }
    if record.get("performHPO"):
        changes["tunedHPOParams"] = {"algorithmHyperParameters": tuned(candidate)}
    if record.get("performAutoML"):
        changes["recipeArn"] = f"arn:aws:personalize:::recipe/{candidate.recipe}"
    return changes


run, run_recommender = driven(train_version), driven(train_recommender)
