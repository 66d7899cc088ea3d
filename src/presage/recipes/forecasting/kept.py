"""What a training has finished is kept under a name: a later try of the same training need not do it again.

The names tell apart what is made of one panel with one seed; settings stand in them as recipes write them.
"""

from collections.abc import Callable

from ..data import State, Training
from .members import load_member
from .panel import Forecast, ForecastModel


def kept_forecast(training: Training, name: str, make: Callable[[], Forecast]) -> Forecast:
    """What `make` forecasts, its arrays perhaps memory-mapped and read-only."""

    def state() -> State:
        forecast = make()
        return {"quantiles": forecast.quantiles, "mean": forecast.mean}, {}

    arrays, _ = training.keep(f"forecast by {name}", state)
    return Forecast(quantiles=arrays["quantiles"], mean=arrays["mean"])


def kept_model(training: Training, name: str, fit: Callable[[], ForecastModel]) -> ForecastModel:
    """The model of a single recipe that `fit` makes."""
    return load_member(*training.keep(f"model of {name}", lambda: fit().state()))
