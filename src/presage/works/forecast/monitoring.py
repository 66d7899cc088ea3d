"""The monitoring job: forecasts whose horizon an import has completed are held against what came.

It runs in the background after an import into a target time series.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import structlog

from presage.config import Config
from presage.errors import JobFailure
from presage.features.series.table import SeriesTable
from presage.recipes.data import Report
from presage.recipes.forecasting.panel import Forecast
from presage.resources.reader import Reader
from presage.resources.record import Record
from presage.resources.states import State
from presage.serving.forecast.stored import StoredForecast, load_forecast
from presage.stores import Stores, open_stores
from presage.trials.forecasting.plan import NAMES
from presage.trials.forecasting.windows import Window, truth_of

from .asked import series_plan
from .series import target_series

JOB, SUFFIX = "monitor", "#monitor"
"""An import job's ARN with the suffix is the id of the job that evaluates what it completed."""
SERVICE, MONITOR, EVALUATION = "forecast", "Monitor", "MonitorEvaluation"
AVERAGE = "AverageWeightedQuantileLoss"
"""The metric that forecasts without quantiles do not have."""
METRICS: Mapping[str, str] = dict(sorted(NAMES.items()))
"""AWS's name of a metric -> the figure."""
log = structlog.get_logger()


def ask_to_monitor(stores: Stores, imported: Record) -> None:
    """Let the monitors of predictors that learn from a dataset look at it, if there are any."""
    if any(_monitors(stores.records, imported["DatasetArn"])):
        stores.jobs.submit_again(JOB, imported.arn + SUFFIX)


def run(config: Config, job: str, report: Report) -> None:
    """Evaluate what an import has completed."""
    with open_stores(config) as stores:
        imported = stores.records.get(job.removesuffix(SUFFIX))
        if imported is not None:
            evaluate_all(stores, imported, report)


def failed(_config: Config, job: str, reason: str) -> None:
    """What was not evaluated is so after the next import."""
    log.error("forecasts could not be evaluated", job=job, reason=reason)


def evaluate_all(stores: Stores, imported: Record, report: Report) -> None:
    """Evaluate, once for each monitor, the forecasts whose horizon the data cover by now."""
    monitors = _monitors(stores.records, imported["DatasetArn"])
    for n, monitor in enumerate(monitors):
        report(f"evaluating {monitor.name}", n / len(monitors))
        predictor = stores.records.expect(monitor["ResourceArn"])
        waiting = _waiting(stores.records, monitor, predictor)
        if not waiting:
            continue
        group = stores.records.expect(predictor["DatasetGroupArn"])
        plan = series_plan(predictor.body)
        is_finer = str(plan.frequency) != stores.records.expect(imported["DatasetArn"])["DataFrequency"]
        try:
            series = target_series(stores, group, plan)
        except (JobFailure, ValueError) as error:
            log.warning("the data of a monitor cannot be read", monitor=monitor.arn, why=str(error))
            continue
        for forecast in waiting:
            stored = _stored(stores, forecast)
            if stored is not None and _is_over(stored, series, is_finer=is_finer):
                body = _evaluation(monitor, imported, forecast, predictor, stored)
                _write(stores, _arn(monitor, forecast), body | _outcome(stored, series))


def _monitors(records: Reader, dataset: str) -> list[Record]:
    """The monitors that are at work on predictors of a dataset."""
    found = [
        monitor
        for predictor in records.children(dataset, "Predictor")
        for monitor in records.children(predictor.arn, MONITOR)
    ]
    return [monitor for monitor in found if monitor.is_active]


def _waiting(records: Reader, monitor: Record, predictor: Record) -> list[Record]:
    """The forecasts of a predictor that a monitor has not evaluated yet, the oldest first."""
    forecasts = records.of_kind(SERVICE, "Forecast", parent=predictor.arn, state=State.ACTIVE)
    return [one for one in reversed(forecasts) if records.get(_arn(monitor, one)) is None]


def _arn(monitor: Record, forecast: Record) -> str:
    return f"{monitor.arn}/{forecast.number}"


def _stored(stores: Stores, forecast: Record) -> StoredForecast | None:
    try:
        return load_forecast(stores.model(forecast))
    except (OSError, ValueError) as error:
        log.warning("a forecast cannot be evaluated", forecast=forecast.arn, why=str(error))
        return None


def _is_over(stored: StoredForecast, series: SeriesTable, *, is_finer: bool) -> bool:
    """Whether the data hold the last step of a forecast; of finer data that takes one value after it."""
    last = series.panel.starts()[-1]
    return bool(last > stored.starts[-1] if is_finer else last >= stored.starts[-1])


def _evaluation(
    monitor: Record, imported: Record, forecast: Record, predictor: Record, stored: StoredForecast
) -> dict[str, Any]:
    """What an evaluation says of itself, before any figure."""
    start, end = stored.starts[[0, -1]].astype("M8[s]").astype(int).tolist()
    body: dict[str, Any] = {
        "ResourceArn": predictor.arn,
        "MonitorArn": monitor.arn,
        "WindowStartDatetime": start,
        "WindowEndDatetime": end,
        "MonitorDataSource": {
            "DatasetImportJobArn": imported.arn,
            "ForecastArn": forecast.arn,
            "PredictorArn": predictor.arn,
        },
    }
    if "ReferencePredictorSummary" in predictor.body:
        body["PredictorEvent"] = {"Detail": "Retrain", "Datetime": predictor.created_at}
    return body


def _write(stores: Stores, arn: str, body: Mapping[str, Any]) -> None:
    """Write an evaluation down, unless it is there or its monitor is gone."""
    with stores.records.writing() as records:
        monitor: str = body["MonitorArn"]
        if records.get(monitor) is not None and records.get(arn) is None:
            body = {**body, "EvaluationTime": records.now}
            records.add(SERVICE, EVALUATION, arn=arn, name="", body=body, settled=True, parents=[monitor])


def _outcome(stored: StoredForecast, series: SeriesTable) -> dict[str, Any]:
    try:
        return {"EvaluationState": "SUCCESS", **_figures(stored, series)}
    except ValueError as error:
        return {"EvaluationState": "FAILURE", "_reason": str(error)}


def _figures(stored: StoredForecast, series: SeriesTable) -> dict[str, Any]:
    """How far a forecast was from what came; raises ValueError if the two cannot be compared."""
    starts = series.panel.starts()
    begin = int(np.searchsorted(starts, stored.starts[0]))
    window = Window(begin=begin, end=begin + len(stored.starts))
    if not np.array_equal(starts[window.begin : window.end], stored.starts):
        raise ValueError(
            f"the steps of the forecast, the first at {stored.starts[0]}, are not those of the data, which"
            f" begin at {starts[0]}"
        )
    rows = {n: row for n, key in enumerate(series.keys) if (row := stored.row(key)) is not None}
    known = list(rows)
    picked = np.fromiter(rows.values(), np.int64, len(rows))
    forecast = Forecast(quantiles=stored.quantiles[picked], mean=stored.mean[picked])
    result = truth_of(series.take(known).panel, window).judge(forecast, stored.levels)
    names = [name for name in METRICS if stored.levels or name != AVERAGE]
    metrics = [{"MetricName": one, "MetricValue": result.accuracy.figure(one)} for one in names]
    return {"MetricResults": metrics, "NumItemsEvaluated": result.n_series}
