"""The training job: rows of datasets become a model that can be deployed."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from presage.config import Config
from presage.features.columns import usable_columns
from presage.features.encode import Encoded, encode
from presage.features.judge import judge, split_log
from presage.features.objective import item_rewards
from presage.features.select import check_minima, select_events
from presage.recipes.data import RankingModel, Report
from presage.recipes.ranking.objective import LiftedModel, objective_weights
from presage.resources.kinds import PERSONALIZE
from presage.resources.store import Record
from presage.serving.version import save_version
from presage.tables.events import EventLog
from presage.tables.fold import fold
from presage.tables.schema import DatasetSchema

from .bench import Bench, bench, fail, stop
from .choosing import Candidate, candidates_of, choose

KIND = PERSONALIZE["SolutionVersion"]
SECONDS_PER_HOUR = 3600.0
LEARN_ONCE_FROM = 200_000
"""From so many events on the model that was judged is the one that answers."""


@dataclass(frozen=True, kw_only=True)
class Rows:
    """The datasets of a group as a training reads them.

    Parameters
    ----------
    frames : by dataset type
    schemas : of each
    versions : by dataset type, what would read the same rows again
    seq : the last place of the event log that the interactions hold; the others hold at least as much
    """

    frames: Mapping[str, pl.DataFrame]
    schemas: Sequence[DatasetSchema]
    versions: Mapping[str, Any]
    seq: int


def run(config: Config, arn: str, report: Report) -> None:
    """Train, judge and store the model that a SolutionVersion asks for."""
    begun = time.monotonic()
    with bench(config) as here:
        record = here.begin(KIND, arn)
        if record is None:
            return
        report("reading", 0.0)
        rows = read_rows(here, record["datasetGroupArn"])
        encoded = encode_rows(rows, record)
        check_minima(encoded.log)
        made = train(record, encoded, report)
        report("storing", 0.99)
        save_version(
            config.data / "models" / record["_folder"],
            made.model,
            encoded,
            facts_of(record, made.candidate.recipe, rows.seq),
        )
        hours = max(time.monotonic() - begun, 0.001) / SECONDS_PER_HOUR
        changes = made.changes | {"trainingHours": hours, "_metrics": made.metrics, "_data": rows.versions}
        here.finish(KIND, arn, **changes)
        if record.get("performAutoML"):
            best = {"autoMLResult": {"bestRecipeArn": changes["recipeArn"]}}
            here.store.change(record["solutionArn"], lambda solution: {**solution.body, **best})


def read_rows(here: Bench, group: str) -> Rows:
    """Fold what was told into the datasets of a group, then read them."""
    log = EventLog(here.config.data / "events.sqlite")
    try:
        frames: dict[str, pl.DataFrame] = {}
        schemas: list[DatasetSchema] = []
        versions: dict[str, Any] = {}
        seq = 0
        datasets = here.store.list(PERSONALIZE["Dataset"], parent=group)
        for dataset in sorted(datasets, key=lambda one: one["datasetType"] != "INTERACTIONS"):
            schema, table = here.schema(dataset), here.table(dataset)
            fold(log, table, schema, dataset.arn)
            version = table.version
            kind = dataset["datasetType"]
            frames[kind] = table.read(schema, version)
            schemas.append(schema)
            versions[kind] = {"bulk": version.bulk, "seq": version.seq}
            seq = version.seq if kind == "INTERACTIONS" else seq
    finally:
        log.close()
    return Rows(frames=frames, schemas=schemas, versions=versions, seq=seq)


def encode_rows(rows: Rows, record: Record) -> Encoded:
    """What a solution's settings let the model see."""
    config = record.get("solutionConfig") or {}
    threshold = config.get("eventValueThreshold")
    interactions = select_events(
        rows.frames["INTERACTIONS"], record.get("eventType"), None if threshold is None else float(threshold)
    )
    columns = usable_columns(rows.schemas, config.get("trainingDataConfig") or {})
    return encode(interactions, rows.frames.get("ITEMS"), rows.frames.get("USERS"), columns)


def facts_of(record: Record, recipe: str, seq: int) -> dict[str, Any]:
    """What serving must know of a training."""
    threshold = (record.get("solutionConfig") or {}).get("eventValueThreshold")
    return {
        "recipe": recipe,
        "arn": record.arn,
        "seq": seq,
        "eventType": record.get("eventType"),
        "eventValueThreshold": None if threshold is None else float(threshold),
    }


@dataclass(frozen=True, kw_only=True)
class Made:
    """A trained model, how good it is, and what its record should say."""

    model: RankingModel
    candidate: Candidate
    metrics: dict[str, float]
    changes: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Lift:
    """The optimisation objective of a solution, if it has one.

    Parameters
    ----------
    rewards : (n_items,), what each item earns; None without an objective
    sensitivity : OFF, LOW, MEDIUM or HIGH
    """

    rewards: NDArray[np.float64] | None = None
    sensitivity: str = "OFF"

    @classmethod
    def of(cls, record: Record, encoded: Encoded) -> Self:
        """What a solution version's configuration says."""
        objective = (record.get("solutionConfig") or {}).get("optimizationObjective") or {}
        if not objective.get("itemAttribute"):
            return cls()
        rewards = item_rewards(encoded, objective["itemAttribute"])
        return cls(rewards=rewards, sensitivity=objective.get("objectiveSensitivity", "OFF"))

    def on(self, model: RankingModel) -> RankingModel:
        """The model with its items lifted by what they earn."""
        if self.rewards is None:
            return model
        return LiftedModel(inner=model, weight=objective_weights(self.rewards, self.sensitivity))


def train(record: Record, encoded: Encoded, report: Report) -> Made:
    """Choose among the candidates if there are several, judge the chosen one, and fit it to everything.

    A long log is learned once, from nine users in ten, as AWS does it: the rest would tell little new.
    """
    candidates = candidates_of(record)
    chosen = choose(candidates, encoded.log, _part(report, 0.02, 0.5))
    judged_from = 0.5 if len(candidates) > 1 else 0.02
    split = split_log(encoded.log)
    lift = Lift.of(record, encoded)
    model = lift.on(chosen.make().fit(split.training, report=_part(report, judged_from, 0.6)))
    metrics = judge(model, split, lift.rewards)
    if len(encoded.log.item) < LEARN_ONCE_FROM:
        model = lift.on(chosen.make().fit(encoded.log, report=_part(report, 0.6, 0.98)))
    changes: dict[str, Any] = {}
    if record.get("performHPO"):
        changes["tunedHPOParams"] = {"algorithmHyperParameters": chosen.texts()}
    if record.get("performAutoML"):
        changes["recipeArn"] = f"arn:aws:personalize:::recipe/{chosen.recipe}"
    return Made(model=model, candidate=chosen, metrics=metrics, changes=changes)


def _part(report: Report, start: float, end: float) -> Report:
    """Report a part's progress as that of the whole."""
    return lambda step, fraction: report(step, start + (end - start) * fraction)


def failed(config: Config, arn: str, reason: str) -> None:
    """The training ends in CREATE FAILED."""
    fail(config, KIND, arn, reason)


def stopped(config: Config, arn: str) -> None:
    """The training ends in CREATE STOPPED."""
    stop(config, KIND, arn)
