"""A model that one server trained answers on another, and says what it cannot do."""

import shutil
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from presage.cli import main

from .sales import HORIZON, TREES, Sales, error_of, rows

PRETRAINED = "arn:aws:forecast:::algorithm/presage-pretrained"


@pytest.fixture(scope="module")
def saved(sales, tmp_path_factory):
    """A folder with a model of hats, as `presage save-model` leaves it; and what it forecast there."""
    folder = tmp_path_factory.mktemp("pretrained")
    hats = Sales(sales.server).stocked([row for row in rows() if row[0] == "hat"])
    arn = hats.predictor(TREES, TrainingParameters={"n_trees": "30", "least_in_leaf": "5"})
    data = str(sales.server.data)
    command = ["save-model", arn, str(folder / "hats"), "--data", data]
    ran = CliRunner().invoke(main, command, env=sales.server.environ)
    assert ran.exit_code == 0, ran.output
    assert str(folder) in ran.output.replace("\n", "")
    return folder, hats.ask(hats.make_forecast(arn))


@pytest.fixture
def elsewhere(sales, saved):
    """Another group, on a server that knows the folder."""
    stores = sales.server.stores
    before, stores.config = stores.config, replace(stores.config, pretrained=str(saved[0]))
    yield Sales(sales.server).stocked()
    stores.config = before


def test_it_answers_as_it_did_where_it_was_trained(elsewhere, saved):
    arn = elsewhere.predictor(PRETRAINED, TrainingParameters={"model": "hats"})
    described = elsewhere.forecast.describe_predictor(PredictorArn=arn)
    assert described["AlgorithmArn"] == PRETRAINED
    assert described["TrainingParameters"] == {"model": "hats"}
    (result,) = elsewhere.forecast.get_accuracy_metrics(PredictorArn=arn)["PredictorEvaluationResults"]
    assert result["TestWindows"][0]["Metrics"]["RMSE"] >= 0
    shutil.move(saved[0] / "hats", saved[0] / "away")  # its copy answers
    try:
        forecast = elsewhere.make_forecast(arn)
    finally:
        shutil.move(saved[0] / "away", saved[0] / "hats")
    assert elsewhere.ask(forecast) == saved[1]
    assert len(elsewhere.ask(forecast, "shoe")["p50"]) == HORIZON


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (
            {"TrainingParameters": {"model": "../hats"}},
            "names the model '../hats'; the setting `pretrained` has: hats",
        ),
        ({}, "names the model ''"),
        ({"TrainingParameters": {"model": "hats"}, "PerformHPO": True}, "nothing to tune"),
    ],
)
def test_what_is_not_there_is_refused(elsewhere, more, says):
    code, message = error_of(elsewhere.start_predictor, algorithm=PRETRAINED, **more)
    assert (code, says in message) == ("InvalidInputException", True), message


def test_another_horizon_fails_it(elsewhere):
    given = {"TrainingParameters": {"model": "hats"}, "ForecastHorizon": 5}
    arn = elsewhere.start_predictor(PRETRAINED, **given)
    found = elsewhere.wait(elsewhere.forecast.describe_predictor, wanted="CREATE_FAILED", PredictorArn=arn)
    assert "ForecastHorizon must be 7" in found["Message"]


def test_what_cannot_be_read_is_named(elsewhere, saved):
    (saved[0] / "broken" / "model").mkdir(parents=True)
    (saved[0] / "broken" / "model" / "model.safetensors").write_bytes(b"nothing")
    given = {"TrainingParameters": {"model": "broken"}}
    code, message = error_of(elsewhere.start_predictor, algorithm=PRETRAINED, **given)
    assert (code, "'broken' cannot be read" in message) == ("InvalidInputException", True), message
    shutil.rmtree(saved[0] / "broken")
