"""The reports of a metric attribution: what was told since the last one, and what an import brought."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import structlog

from presage.columns import EVENT_ATTRIBUTION_SOURCE, INTERACTIONS, ITEMS, RECOMMENDATION_ID
from presage.config import Config
from presage.errors import JobFailure
from presage.recipes.data import Report
from presage.resources.reader import Reader
from presage.resources.record import Record
from presage.serving.deployment import short_name
from presage.stores import Stores, open_stores
from presage.tables.fold import rows_told_since
from presage.tables.layout import PLACE
from presage.tables.personalize.attribution import SOURCE, attribute, metric_of

from .sources import dataset_of

JOB, SUFFIX = "attribute", "#report"
"""A metric attribution's ARN with the suffix is the id of the job that reports what was told."""
TOLD = "PutEvents"
RECOMMENDED_BY, STATED_SOURCE = f"_{RECOMMENDATION_ID}", f"_{EVENT_ATTRIBUTION_SOURCE}"
"""The columns of told events, whatever their schema has."""
log = structlog.get_logger()


def run(config: Config, job: str, report: Report) -> None:
    """Report what was told since the last report, if there is a place for it."""
    with open_stores(config) as stores:
        record = stores.records.get(job.removesuffix(SUFFIX))
        if record is not None and record.is_active:
            report("reporting", 0.0)
            try:
                report_told(stores, record)
            except JobFailure as failure:
                log.warning(
                    "a report cannot be written; the next one holds it", arn=record.arn, why=str(failure)
                )


def failed(_config: Config, job: str, reason: str) -> None:
    """What was not reported is part of the next report."""
    log.error("what recommendations brought could not be reported", job=job, reason=reason)


def report_told(stores: Stores, record: Record) -> None:
    """Write a report of what was told since the last one.

    What it is to hold is written down before: one that is cut off is written again, the same.
    """
    dataset = dataset_of(stores, record["datasetGroupArn"], INTERACTIONS)
    begun: Mapping[str, Any] | None = record.get("_report")
    if dataset is None or (begun is None and not _has_news(stores, dataset, record["_through"])):
        return
    if begun is None:
        begun = {"through": stores.log.last_place(), "at": stores.clock()}
        _change(stores, record, _report=begun)
    told = told_events(stores, dataset, record["_through"])
    events = told.filter(pl.col(PLACE) <= begun["through"])
    if len(events):
        _write(stores, record, events, TOLD, begun["at"])
    _change(stores, record, _report=None, _through=begun["through"])


def _has_news(stores: Stores, dataset: Record, through: int) -> bool:
    waits = stores.log.read(through, 1, stream=dataset["_folder"])
    return bool(waits) or stores.table(dataset).folded > through


def report_import(stores: Stores, job: Record, dataset: Record) -> None:
    """Write a report of the rows that an import has stored; raises JobFailure where it cannot be written."""
    record = attribution_of(stores.records, dataset["datasetGroupArn"])
    if record is None:
        return
    rows = stores.table(dataset).brought(job.arn, stores.layout(dataset)).collect(engine="streaming")
    lacks = {RECOMMENDATION_ID, EVENT_ATTRIBUTION_SOURCE}.difference(rows.columns)
    rows = rows.with_columns(pl.lit(None, pl.String).alias(name) for name in lacks)
    source = _source(stores, dataset["datasetGroupArn"], RECOMMENDATION_ID, EVENT_ATTRIBUTION_SOURCE)
    _write(stores, record, rows.with_columns(source), job["importMode"], job.created_at)


def attribution_of(records: Reader, group: str) -> Record | None:
    """A group's metric attribution, if it has one that reports."""
    found = records.of_kind("personalize", "MetricAttribution", parent=group)
    return next((record for record in found if record.is_active), None)


def senders(records: Reader, group: str) -> dict[str, Record]:
    """The last six digits of recommendationIds -> the campaign or recommender that gave them."""
    found: dict[str, Record] = {}
    for solution in records.of_kind("personalize", "Solution", parent=group):
        versions = records.of_kind("personalize", "SolutionVersion", parent=solution.arn)
        for campaign in records.of_kind("personalize", "Campaign", parent=solution.arn):
            found |= {short_name(campaign.arn, version.arn): campaign for version in versions}
    for recommender in records.of_kind("personalize", "Recommender", parent=group):
        found[short_name(recommender.arn, recommender.arn)] = recommender
    return found


def told_events(stores: Stores, dataset: Record, after: int = 0) -> pl.DataFrame:
    """The events that were told after a place in the log, each with its source."""
    layout, table = stores.layout(dataset), stores.table(dataset)
    rows = rows_told_since(stores.log, table, layout, dataset["_folder"], after)
    return rows.with_columns(_source(stores, dataset["datasetGroupArn"], RECOMMENDED_BY, STATED_SOURCE))


def _source(stores: Stores, group: str, recommendation_id: str, stated: str) -> pl.Expr:
    """What an event is attributed to: the source that it states, else who gave its recommendationId."""
    known = {digits: sender.name for digits, sender in senders(stores.records, group).items()}
    giver = (
        pl.col(recommendation_id)
        .str.slice(-6)
        .replace_strict(list(known), list(known.values()), default=None, return_dtype=pl.String)
    )
    return pl.coalesce(stated, giver).alias(SOURCE)


def _write(stores: Stores, record: Record, events: pl.DataFrame, method: str, at: float) -> None:
    path = record["metricsOutputConfig"].get("s3DataDestination", {}).get("path")
    if path is None:
        return
    items = dataset_of(stores, record["datasetGroupArn"], ITEMS)
    rows = stores.table(items).read(stores.layout(items)) if items else None
    metrics = [metric_of(one) for one in record["_metrics"]]
    stamp = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H-%M-%S.%fZ")
    with TemporaryDirectory() as folder:
        file = Path(folder) / "report.csv"
        attribute(events, rows, metrics).write_csv(file)
        stores.locations.write(path, f"AggregatedAttributionMetrics - {method} - {stamp}.csv", file)


def _change(stores: Stores, record: Record, **changes: object) -> None:
    with stores.records.writing() as records:
        if records.get(record.arn) is not None:
            records.change(record.arn, **changes)
