"""From files to answers, through unmodified clients, on a server that listens and whose workers train."""

import pytest

from .sales import HORIZON, NAIVE, Sales


@pytest.fixture(scope="module")
def sold(server):
    return Sales(server).stocked()


def test_a_predictor_is_trained_judged_asked_and_exported(sold):
    predictor = sold.predictor()
    described = sold.forecast.describe_predictor(PredictorArn=predictor)
    assert described["AlgorithmArn"] == NAIVE
    assert described["IsAutoPredictor"] is False
    (result,) = sold.forecast.get_accuracy_metrics(PredictorArn=predictor)["PredictorEvaluationResults"]
    assert [one["EvaluationType"] for one in result["TestWindows"]] == ["SUMMARY", "COMPUTED"]
    forecast = sold.make_forecast(predictor)
    found = sold.ask(forecast)
    assert found.keys() == {"p10", "p50", "p90"}
    assert all(len(values) == HORIZON for values in found.values())
    job = sold.forecast.create_forecast_export_job(
        ForecastExportJobName="out", ForecastArn=forecast, Destination=sold.destination("out")
    )["ForecastExportJobArn"]
    sold.wait(sold.forecast.describe_forecast_export_job, ForecastExportJobArn=job)
    (text,) = sold.files("out/").values()
    assert text.startswith(b"item_id,location,date,p10,p50,p90\n")
