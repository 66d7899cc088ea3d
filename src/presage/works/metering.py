"""What a job used, in the units that AWS counts: stored at its end, as records may be deleted later."""

from collections.abc import Callable, Mapping
from typing import Any

import structlog

from presage.columns import INTERACTIONS
from presage.errors import JobFailure
from presage.resources.record import Record
from presage.stores import Stores

from .sources import dataset_of

SLOT_SECONDS = 86_400
MS_PER_HOUR = 3_600_000
V2 = ("aws-user-personalization-v2", "aws-personalized-ranking-v2")
"""Recipes whose training AWS counts by interactions, and whose answers by the request, not by hours."""
log = structlog.get_logger()
Body = Mapping[str, Any]
Used = Mapping[str, int]
Meter = Callable[[Stores, Record, Body, int], Used]
"""(stores, the job's record, what the job made of its body, how long it took in ms) -> what -> how much."""


def meter(stores: Stores, record: Record, made: Body, ms: int) -> None:
    """Store what a job used; that this fails harms no job."""
    count = METERS.get((record.service, record.kind))
    if count is None:
        return
    try:
        used = {what: n for what, n in count(stores, record, made, ms).items() if n}
        for what, n in used.items():
            stores.counts.add(what, {record.name: n}, at=stores.clock(), slot_seconds=SLOT_SECONDS)
    except Exception:
        log.exception("what a job used could not be counted", arn=record.arn)


def is_v2(version: Record) -> bool:
    """Whether a solution version is of a recipe that AWS counts by interactions and requests."""
    return str(version.get("recipeArn", "")).rpartition("/")[2] in V2


def deploys_v2(stores: Stores, record: Record) -> bool:
    """Whether a campaign or a batch job answers from such a version."""
    version = stores.records.get(record["solutionVersionArn"])
    return version is not None and is_v2(version)


def _import(stores: Stores, record: Record, _made: Body, _ms: int) -> Used:
    return {"personalize-import-bytes": _bytes(stores, record["dataSource"]["dataLocation"])}


def _import_series(stores: Stores, record: Record, _made: Body, _ms: int) -> Used:
    location = record["DataSource"]["S3Config"]["Path"]
    return {"forecast-import-bytes": _bytes(stores, location, subfolders=True)}


def _bytes(stores: Stores, location: str, *, subfolders: bool = False) -> int:
    try:
        return sum(file.size for file in stores.locations.files(location, subfolders=subfolders))
    except JobFailure:  # an earlier try had read them, and they are gone since
        return 0


def _version(stores: Stores, record: Record, made: Body, _ms: int) -> Used:
    if not is_v2(record):
        return {"personalize-training-ms": round(made["trainingHours"] * MS_PER_HOUR)}
    dataset = dataset_of(stores, record["datasetGroupArn"], INTERACTIONS)
    rows = stores.table(dataset).rows() if dataset else None
    return {"personalize-training-interactions": rows.bulk + rows.put if rows else 0}


def _recommender(_stores: Stores, _record: Record, made: Body, _ms: int) -> Used:
    return {"recommender-training-ms": round(made.get("trainingHours", 0) * MS_PER_HOUR)}


def _answered(stores: Stores, record: Record, made: Body, _ms: int) -> Used:
    what = "personalize-v2-batch-lines" if deploys_v2(stores, record) else "personalize-batch-lines"
    return {what: made["_lines"]}


def _segmented(_stores: Stores, _record: Record, made: Body, _ms: int) -> Used:
    return {"personalize-segment-lines": made["_lines"]}


def _predictor(_stores: Stores, _record: Record, _made: Body, ms: int) -> Used:
    return {"forecast-training-ms": ms}


def _forecast(stores: Stores, record: Record, made: Body, _ms: int) -> Used:
    """Data points: series by steps by quantiles."""
    predictor = stores.records.get(record.get("PredictorArn", "")) or record
    steps = predictor.get("ForecastHorizon", 0)
    return {"forecast-points": made["_n_series"] * steps * len(record["ForecastTypes"])}


METERS: Mapping[tuple[str, str], Meter] = {
    ("personalize", "DatasetImportJob"): _import,
    ("personalize", "SolutionVersion"): _version,
    ("personalize", "Recommender"): _recommender,
    ("personalize", "BatchInferenceJob"): _answered,
    ("personalize", "BatchSegmentJob"): _segmented,
    ("forecast", "DatasetImportJob"): _import_series,
    ("forecast", "Predictor"): _predictor,
    ("forecast", "Forecast"): _forecast,
}
