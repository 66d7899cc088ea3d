"""Predictors of the two deep algorithms: trained, judged, forecast and asked through the API."""

import pytest

from .sales import HORIZON

ALGORITHM = "arn:aws:forecast:::algorithm/"


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("CNN-QR", {"epochs": "2", "use_related_data": "NONE"}),
        ("Deep_AR_Plus", {"epochs": "2", "likelihood": "student-t", "learning_rate": "1E-2"}),
    ],
)
def test_a_deep_predictor_answers(sales, name, parameters):
    predictor = sales.predictor(ALGORITHM + name, TrainingParameters=parameters)
    found = sales.forecast.describe_predictor(PredictorArn=predictor)
    assert parameters.items() <= found["TrainingParameters"].items()
    (result,) = sales.forecast.get_accuracy_metrics(PredictorArn=predictor)["PredictorEvaluationResults"]
    assert 0 < result["TestWindows"][0]["Metrics"]["AverageWeightedQuantileLoss"] < 1
    answer = sales.ask(sales.make_forecast(predictor))
    assert len(answer["p50"]) == HORIZON
    assert all(low <= high for low, high in zip(answer["p10"], answer["p90"], strict=True))


def test_too_few_observations_fail_the_training_with_their_count(sales):
    arn = sales.start_predictor(ALGORITHM + "Deep_AR_Plus", dimensions=())
    found = sales.wait(sales.forecast.describe_predictor, wanted="CREATE_FAILED", PredictorArn=arn)
    assert "159 observations in all; Deep_AR_Plus needs at least 300" in found["Message"]
