from dataclasses import replace

import pytest

from ...market import Market
from ..inprocess import InProcess
from .sales import Sales

AUTO_SECONDS = 2.0
"""What takes longer is left out of auto predictors, whose accuracy is no matter here."""


@pytest.fixture(scope="module")
def market(tmp_path_factory):
    """A market on a server in this process, for tests that only add to it and leave nothing under way."""
    process = InProcess(tmp_path_factory.mktemp("market") / "data")
    yield Market(process)
    process.close()


@pytest.fixture
def own_market(inside):
    """An empty market on a server in this process."""
    return Market(inside)


@pytest.fixture(scope="package")
def sales(tmp_path_factory):
    """Sales on a server in this process, for tests that only add to them."""
    process = InProcess(tmp_path_factory.mktemp("sales") / "data")
    process.stores.config = replace(process.stores.config, auto_predictor_seconds=AUTO_SECONDS)
    yield Sales(process).stocked()
    process.close()


@pytest.fixture(scope="package")
def predictor(sales):
    """A predictor of them, by seasonal naive, judged on two windows."""
    return sales.predictor(EvaluationParameters={"NumberOfBacktestWindows": 2, "BackTestWindowOffset": 10})


@pytest.fixture(scope="package")
def made(sales, predictor):
    """Its forecast, of quantiles and the mean."""
    return sales.make_forecast(predictor, ForecastTypes=["0.10", "0.5", "0.95", "mean"])
