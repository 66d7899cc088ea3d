"""How well a predictor did on its backtest windows, as Forecast tells it."""

from collections.abc import Mapping
from typing import Any

from presage.errors import ResourceInUseException
from presage.resources.record import Record
from presage.resources.states import State
from presage.works.forecast.asked import ALGORITHM

from ..lifecycle import find
from ..server import Server
from ..views import Answer, Request
from .predictors import KIND

Figures = Mapping[str, Any]


def get_accuracy_metrics(server: Server, request: Request) -> Answer:
    """GetAccuracyMetrics: by algorithm, the best first, the mean over the windows and each window."""
    record = find(server.records, KIND, request["PredictorArn"])
    if record.state != State.ACTIVE:
        raise ResourceInUseException(
            f"{record.arn} is {KIND.dialect.spell(record)}; it has accuracy metrics once it is ACTIVE."
        )
    evaluations = record["_evaluations"][:1] if record["IsAutoPredictor"] else record["_evaluations"]
    return {
        "PredictorEvaluationResults": [_result(record, one) for one in evaluations],
        "IsAutoPredictor": record["IsAutoPredictor"],
        "AutoMLOverrideStrategy": record.get("AutoMLOverrideStrategy"),
        "OptimizationMetric": record["OptimizationMetric"],
    }


def _result(record: Record, evaluation: Figures) -> Answer:
    summary = {"EvaluationType": "SUMMARY", "Metrics": _metrics(evaluation["figures"])}
    windows = [
        {
            "EvaluationType": "COMPUTED",
            "TestWindowStart": window["start"],
            "TestWindowEnd": window["end"],
            "ItemCount": window["n_items"],
            "Metrics": _metrics(window["figures"]),
        }
        for window in evaluation["windows"]
    ]
    algorithm = {} if record["IsAutoPredictor"] else {"AlgorithmArn": ALGORITHM + evaluation["recipe"]}
    return {**algorithm, "TestWindows": [summary, *windows]}


def _metrics(figures: Figures) -> Answer:
    """AWS's members; the quantiles from the highest on, as it has them."""
    errors = {name: figures[name.lower()] for name in ("WAPE", "RMSE", "MASE", "MAPE")}
    losses = sorted(figures["wql"], reverse=True)
    return {
        "RMSE": figures["rmse"],
        "WeightedQuantileLosses": [{"Quantile": level, "LossValue": loss} for level, loss in losses],
        "ErrorMetrics": [{"ForecastType": "mean", **errors}],
        "AverageWeightedQuantileLoss": figures["average_wql"],
    }
