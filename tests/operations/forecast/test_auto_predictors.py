"""Auto predictors: no algorithm to choose, completed configurations, trained again from an older one."""

import re

import pytest

from presage.jobs.table import jobs_url

from ...jobs.running import leasing
from .sales import HORIZON, Sales, error_of

HOLIDAYS = [{"Name": "holiday", "Configuration": {"CountryCode": ["CH"]}}]
FILLED = {"aggregation": "sum", "frontfill": "none", "middlefill": "zero", "backfill": "zero"}


@pytest.fixture(scope="module")
def auto(sales):
    arn = sales.start_auto(
        PredictorName="auto",
        OptimizationMetric="WAPE",
        ForecastTypes=["0.5", "mean"],
        DataConfig={"DatasetGroupArn": sales.group, "AdditionalDatasets": HOLIDAYS},
        ExplainPredictor=True,
    )
    sales.wait(sales.forecast.describe_auto_predictor, PredictorArn=arn)
    return arn


class TestDescribe:
    def test_its_arn_ends_in_a_ulid_and_its_name_does_not(self, sales, auto):
        assert re.fullmatch(
            r"arn:aws:forecast:us-east-1:\d{12}:predictor/auto_01[0-9A-HJKMNP-TV-Z]{24}", auto
        )
        assert sales.forecast.describe_auto_predictor(PredictorArn=auto)["PredictorName"] == "auto"

    def test_it_is_told_as_it_was_asked_for_and_completed(self, sales, auto):
        found = sales.forecast.describe_auto_predictor(PredictorArn=auto)
        assert found["ForecastHorizon"] == HORIZON
        assert found["ForecastTypes"] == ["0.5", "mean"]
        assert found["ForecastFrequency"] == "D"
        assert found["ForecastDimensions"] == ["location"]
        assert found["OptimizationMetric"] == "WAPE"
        assert found["DataConfig"] == {
            "DatasetGroupArn": sales.group,
            "AttributeConfigs": [{"AttributeName": "demand", "Transformations": FILLED}],
            "AdditionalDatasets": HOLIDAYS,
        }
        assert len(found["DatasetImportJobArns"]) == 1

    def test_its_explainability_was_made_after_it(self, sales, auto):
        info = sales.forecast.describe_auto_predictor(PredictorArn=auto)["ExplainabilityInfo"]
        assert info["Status"] == "ACTIVE"
        found = sales.forecast.describe_explainability(ExplainabilityArn=info["ExplainabilityArn"])
        assert found["ResourceArn"] == auto
        assert set(found["ExplainabilityConfig"].values()) == {"ALL"}

    def test_its_explainability_waits_for_its_training(self, sales):
        arn = sales.start_auto(
            DataConfig={"DatasetGroupArn": sales.group, "AdditionalDatasets": HOLIDAYS}, ExplainPredictor=True
        )
        info = sales.forecast.describe_auto_predictor(PredictorArn=arn)["ExplainabilityInfo"]
        assert info["Status"] == "CREATE_PENDING"
        with leasing(jobs_url(sales.server.stores.config), sales.server.clock) as leases:
            found = leases.take(["train-predictor", "explain"], most=2, besides=())
            assert [lease.arn for lease in found] == [arn]
            for lease in found:
                leases.finish(lease)
            for made in (arn, info["ExplainabilityArn"]):
                sales.forecast.stop_resource(ResourceArn=made)

    def test_it_is_not_made_if_its_explainability_cannot_be(self, sales):
        data = {"DatasetGroupArn": sales.group, "AdditionalDatasets": HOLIDAYS}
        waiting = []
        for _ in range(3):
            arn = sales.start_auto(DataConfig=data, ExplainPredictor=True)
            described = sales.forecast.describe_auto_predictor(PredictorArn=arn)
            waiting.append(described["ExplainabilityInfo"]["ExplainabilityArn"])
            sales.forecast.stop_resource(ResourceArn=arn)
        before = sales.forecast.list_predictors()["Predictors"]
        code, message = error_of(sales.start_auto, DataConfig=data, ExplainPredictor=True)
        assert (code, "explainabilities" in message) == ("LimitExceededException", True), message
        assert sales.forecast.list_predictors()["Predictors"] == before
        for made in waiting:
            sales.forecast.stop_resource(ResourceArn=made)

    def test_each_kind_has_a_describe_of_its_own(self, sales, auto, predictor):
        for call, arn, right in (
            (sales.forecast.describe_predictor, auto, "DescribeAutoPredictor"),
            (sales.forecast.describe_auto_predictor, predictor, "DescribePredictor"),
        ):
            code, message = error_of(call, PredictorArn=arn)
            assert code == "InvalidInputException"
            assert right in message
        for call in (sales.forecast.describe_predictor, sales.forecast.describe_auto_predictor):
            assert error_of(call, PredictorArn=auto + "X")[0] == "ResourceNotFoundException"

    def test_one_list_shows_both_kinds(self, sales, auto, predictor):
        listed = sales.forecast.list_predictors()["Predictors"]
        kinds = {one["PredictorArn"]: one["IsAutoPredictor"] for one in listed}
        assert (kinds[auto], kinds[predictor]) == (True, False)


class TestAccuracy:
    def test_it_has_one_result_without_an_algorithm_over_several_windows(self, sales, auto):
        found = sales.forecast.get_accuracy_metrics(PredictorArn=auto)
        assert (found["IsAutoPredictor"], found["OptimizationMetric"]) == (True, "WAPE")
        (result,) = found["PredictorEvaluationResults"]
        assert "AlgorithmArn" not in result
        summary, *windows = result["TestWindows"]
        assert summary["EvaluationType"] == "SUMMARY"
        assert [one["Quantile"] for one in summary["Metrics"]["WeightedQuantileLosses"]] == [0.5]
        assert len(windows) > 1
        assert all(one["EvaluationType"] == "COMPUTED" for one in windows)


class TestForecasts:
    def test_its_forecasts_say_where_they_come_from(self, sales, auto):
        forecast = sales.make_forecast(auto)
        assert sales.ask(forecast).keys() == {"p50", "mean"}
        listed = sales.forecast.list_forecasts(
            Filters=[{"Key": "PredictorArn", "Value": auto, "Condition": "IS"}]
        )["Forecasts"]
        assert [(one["ForecastArn"], one["CreatedUsingAutoPredictor"]) for one in listed] == [
            (forecast, True)
        ]


class TestTrainedAgain:
    def again(self, sales, reference, **more):
        whole = dict.fromkeys(("ForecastHorizon", "ForecastFrequency", "ForecastDimensions", "DataConfig"))
        return sales.start_auto(ReferencePredictorArn=reference, **{**whole, **more})

    def test_it_takes_over_what_its_reference_has_which_may_go_then(self, sales):
        other = Sales(sales.server).stocked()
        other.dataset("ITEM_METADATA", [("item_id", "string"), ("brand", "string")])
        other.import_("hat,acme\nshoe,acme\n0042,zara\ncoat,acme\n", "ITEM_METADATA")
        older = other.predictor(dimensions=())
        arn = self.again(other, older)
        assert error_of(sales.forecast.delete_predictor, PredictorArn=older)[0] == "ResourceInUseException"
        found = sales.wait(sales.forecast.describe_auto_predictor, PredictorArn=arn)
        assert found["ForecastHorizon"] == HORIZON
        assert found["ForecastFrequency"] == "D"
        assert found["DataConfig"]["DatasetGroupArn"] == other.group
        assert found["ReferencePredictorSummary"] == {"Arn": older, "State": "Active"}
        assert found["ExplainabilityInfo"] == {"Status": "NOT_AVAILABLE"}
        sales.forecast.delete_predictor(PredictorArn=older)
        found = sales.forecast.describe_auto_predictor(PredictorArn=arn)
        assert found["ReferencePredictorSummary"] == {"Arn": older, "State": "Deleted"}
        forecast = other.make_forecast(arn)
        cold = other.query.query_forecast(ForecastArn=forecast, Filters={"item_id": "coat"})
        assert len(cold["Forecast"]["Predictions"]["p50"]) == HORIZON

    def test_it_cannot_be_given_what_it_takes_over(self, sales, auto):
        code, message = error_of(self.again, sales=sales, reference=auto, ForecastHorizon=3)
        assert code == "InvalidInputException"
        assert "ForecastHorizon" in message


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("changes", "part"),
        [
            ({"ForecastFrequency": None}, "ForecastFrequency is missing"),
            ({"ExplainPredictor": True}, "there is nothing to explain"),
            ({"ForecastHorizon": 16}, "1/4 of the 60 time steps of the target time series) = 15"),
            ({"ForecastDimensions": ["town"]}, "'town'"),
            ({"TimeAlignmentBoundary": {"DayOfMonth": 3}}, "DayOfMonth"),
        ],
    )
    def test_what_is_missing_or_contradicts_the_data_is_named(self, sales, changes, part):
        code, message = error_of(sales.start_auto, **changes)
        assert code == "InvalidInputException"
        assert part in message

    @pytest.mark.parametrize(
        ("more", "part"),
        [
            (
                {"AttributeConfigs": [{"AttributeName": "stock", "Transformations": {"aggregation": "sum"}}]},
                "'stock'",
            ),
            (
                {"AttributeConfigs": [{"AttributeName": "demand", "Transformations": {"middlefill": "x"}}]},
                "'x'",
            ),
            ({"AdditionalDatasets": [{"Name": "weather"}]}, "there is no weather here"),
            ({"AdditionalDatasets": [{"Name": "moon"}]}, "'moon' is no additional dataset"),
            ({"AdditionalDatasets": [{"Name": "holiday"}]}, "it must have one"),
            ({"AdditionalDatasets": [{"Name": "holiday", "Configuration": {"CountryCode": ["QQ"]}}]}, "'QQ'"),
        ],
    )
    def test_what_the_data_cannot_give_is_named(self, sales, more, part):
        code, message = error_of(sales.start_auto, DataConfig={"DatasetGroupArn": sales.group, **more})
        assert code == "InvalidInputException"
        assert part in message

    def test_a_name_is_taken_whatever_its_arn(self, sales, auto):
        code, message = error_of(sales.start_auto, PredictorName="auto")
        assert code == "ResourceAlreadyExistsException"
        assert "auto" in message
