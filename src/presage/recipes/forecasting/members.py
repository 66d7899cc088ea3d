"""Every single forecasting recipe by name, and the way back from its saved model."""

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from .arima import Arima
from .ces import Ces
from .deep.cnn_qr import CnnQr
from .deep.deep_ar import DeepAr
from .deep.ensemble import DeepEnsemble, EnsembleModel
from .deep.model import DeepModel
from .ets import Ets
from .local import LocalModel
from .mstl import Mstl
from .npts import Npts
from .panel import ForecastModel
from .prophet import ProphetRecipe
from .seasonal_naive import SeasonalNaive
from .smoothing import Smoothing
from .theta import Theta
from .trees.model import TreesModel
from .trees.recipe import LightGbm

MEMBERS: dict[str, type] = {
    "ARIMA": Arima,
    "CNN-QR": CnnQr,
    "Deep_AR_Plus": DeepAr,
    "ETS": Ets,
    "NPTS": Npts,
    "Prophet": ProphetRecipe,
    "presage-ces": Ces,
    "presage-deep-ensemble": DeepEnsemble,
    "presage-lightgbm": LightGbm,
    "presage-mstl": Mstl,
    "presage-seasonal-naive": SeasonalNaive,
    "presage-smoothing": Smoothing,
    "presage-theta": Theta,
}

MEMBER_MODELS: dict[str, type[ForecastModel]] = {
    "local": LocalModel,
    "trees": TreesModel,
    "deep": DeepModel,
    "deep-ensemble": EnsembleModel,
}


def name_of(recipe: type) -> str:
    """The name of a recipe's class."""
    return next(name for name, known in MEMBERS.items() if known is recipe)


def load_member(arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> ForecastModel:
    """The model that a single recipe's `state` described."""
    return MEMBER_MODELS[meta["model"]].from_state(arrays, meta)
