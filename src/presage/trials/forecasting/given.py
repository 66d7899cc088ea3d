"""A model that was learned elsewhere, judged here as others are; nothing is learned."""

from presage.recipes.data import DEFAULT_TRAINING, Training
from presage.recipes.forecasting.panel import Forecast, ForecastModel, Panel

from .plan import PredictorPlan
from .windows import TrainedPredictor, evaluation_of, truths_of

PRETRAINED = "presage-pretrained"
"""What stands in the place of a recipe's name."""


def judge_given(
    panel: Panel, plan: PredictorPlan, model: ForecastModel, training: Training = DEFAULT_TRAINING
) -> TrainedPredictor:
    """The model, and how it does on the backtest windows of a plan.

    Raises ValueError if it cannot forecast such series, or so many steps.
    """
    truths = truths_of(panel, plan)
    forecasts: list[Forecast] = []
    for number, truth in enumerate(truths):
        part = training.part(number / len(truths), (number + 1) / len(truths))
        forecasts.append(_forecast(panel.until(truth.window.begin), plan, model, part))
    evaluation = evaluation_of(PRETRAINED, plan, truths, forecasts)
    return TrainedPredictor(model=model, evaluations=[evaluation], truths=truths, forecasts=forecasts)


def _forecast(panel: Panel, plan: PredictorPlan, model: ForecastModel, training: Training) -> Forecast:
    try:
        found = model.forecast(panel, plan.levels, training)
    except (LookupError, RuntimeError, ValueError) as error:
        raise ValueError(
            f"the model cannot forecast these series: {error}; they need the related time series, attributes"
            " and holidays that it learned from, by the same names"
        ) from None
    n_steps = found.mean.shape[1]
    if n_steps != plan.horizon:
        raise ValueError(f"the model forecasts {n_steps} steps; ForecastHorizon must be {n_steps}")
    return found
