"""The training job: series become a predictor, judged on backtest windows."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from presage.config import Config
from presage.errors import JobFailure
from presage.features.series.table import SeriesTable
from presage.jobs.helpers import helpers
from presage.jobs.leading import ranks_of
from presage.recipes.data import Report, Training
from presage.recipes.forecasting.panel import Forecast
from presage.resources.record import Record
from presage.serving.forecast.keys import Key
from presage.serving.forecast.predictor import Backtest, Window, save_backtest, save_model
from presage.stores import Stores
from presage.trials.forecasting.automatic import AUTO
from presage.trials.forecasting.given import judge_given
from presage.trials.forecasting.plan import PredictorPlan
from presage.trials.forecasting.predictor import train_predictor
from presage.trials.forecasting.tuning import default_texts, with_tuned
from presage.trials.forecasting.windows import Evaluation, TrainedPredictor, Truth, WindowResult

from ..driver import driven
from .asked import predictor_plan, series_plan
from .kept import Kept
from .pretrained import asks_for_pretrained, pretrained_model
from .series import series_of
from .sources import import_arns

FIGURES = ("rmse", "wape", "mape", "mase", "average_wql")
"""What is known of each series of a backtest window, before the loss of each quantile."""
READ, TUNED, TRAINED = 0.1, 0.8, 0.98
"""How much of the job is done when its data are read, its settings tuned, its model trained."""


def train(stores: Stores, record: Record, report: Report) -> Mapping[str, Any]:
    """Train, judge and store the model that a Predictor asks for."""
    report("reading", 0.0)
    group = stores.records.expect(record["DatasetGroupArn"])
    arns = import_arns(stores.records, group)
    try:
        given = pretrained_model(stores.config, record.body) if asks_for_pretrained(record.body) else None
        series = series_of(stores, group, series_plan(record.body), given and given[1])
        plan = budgeted(predictor_plan(record.body, series.panel.n_steps), stores.config)
        begun = TUNED if plan.hpo else READ
        keep = Kept(stores.draft_folder(record.arn), f"{plan} {series.panel.digest()}")
        with helpers(stores.config.cores_a_job, stores.config.spark) as run:
            ranks, cores = ranks_of(stores.config), stores.config.cores_a_job
            training = Training(report=report, run=run, cores=cores, ranks=ranks, keep=keep)
            plan = with_tuned(series.panel, plan, training.part(READ, TUNED))
            rest = training.part(begun, TRAINED)
            if given:
                trained = judge_given(series.panel, plan, given[0], rest)
            else:
                trained = train_predictor(series.panel, plan, rest)
    except ValueError as error:
        raise JobFailure(str(error)) from None
    report("storing", TRAINED)
    folder = stores.model_folder(record)
    save_model(folder, trained.model, series.categories)
    save_backtest(folder, _backtest(series, plan, trained))
    stores.keep_model(record)
    return {"DatasetImportJobArns": arns, **_changes(record, series, trained)}


def budgeted(plan: PredictorPlan, config: Config) -> PredictorPlan:
    """A plan of an auto predictor within the time that the settings leave it."""
    if plan.recipe != AUTO or not config.auto_predictor_seconds:
        return plan
    return replace(plan, budget_s=config.auto_predictor_seconds)


def _backtest(series: SeriesTable, plan: PredictorPlan, trained: TrainedPredictor) -> Backtest:
    pairs = zip(trained.truths, trained.forecasts, strict=True)
    return Backtest(
        dimensions=series.dimensions,
        levels=plan.levels,
        figures=[*FIGURES, *(f"{level:g}" for level in plan.levels)],
        windows=[_window(series, plan, truth, forecast) for truth, forecast in pairs],
    )


def _window(series: SeriesTable, plan: PredictorPlan, truth: Truth, forecast: Forecast) -> Window:
    rows, window = truth.rows, truth.window
    figures = [
        [*(getattr(one, name) for name in FIGURES), *(one.wql[level] for level in plan.levels)]
        for one in truth.by_series(forecast, plan.levels)
    ]
    judged: Sequence[Key] = [series.keys[row] for row in rows]
    return Window(
        starts=series.panel.starts()[window.begin : window.end],
        keys=judged,
        actual=truth.actual,
        forecast=forecast.take(rows),
        figures=np.array(figures, np.float64),
    )


def _changes(record: Record, series: SeriesTable, trained: TrainedPredictor) -> dict[str, Any]:
    """What the record of a trained predictor says beside its state."""
    instants = series.panel.starts(1).astype("M8[s]").astype(int).tolist()
    changes: dict[str, Any] = {"_evaluations": [_evaluation(one, instants) for one in trained.evaluations]}
    if not record["IsAutoPredictor"] and not asks_for_pretrained(record.body):
        best = trained.evaluations[0]
        changes["TrainingParameters"] = {**default_texts(best.recipe), **best.settings} or None
    return changes


def _evaluation(one: Evaluation, instants: Sequence[int]) -> dict[str, Any]:
    """How a recipe did, as it is kept: instants in seconds since 1970 by the data's own clock."""
    windows = [
        {
            "start": instants[window.begin],
            "end": instants[window.end],
            "n_items": window.n_series,
            "figures": _figures(window),
        }
        for window in one.windows
    ]
    return {
        "recipe": one.recipe,
        "settings": dict(one.settings),
        "figures": _figures(one),
        "windows": windows,
    }


def _figures(of: WindowResult | Evaluation) -> dict[str, Any]:
    accuracy = of.accuracy if isinstance(of, WindowResult) else of.summary
    return {**asdict(accuracy), "wql": list(accuracy.wql.items())}


run = driven(train)
