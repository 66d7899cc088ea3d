"""Predictors of one algorithm: what they may ask for, what is said of them, how well they did."""

from datetime import UTC, datetime

import pytest

from presage.jobs.table import jobs_url

from ...jobs.running import leasing
from .sales import HORIZON, ITEMS, N_DAYS, NAIVE, NPTS, TOWNS, TREES, demand, error_of, rows

DAY = 86400


def at(day):
    """The day so many days after the first one."""
    return datetime(2024, 1, 1, tzinfo=UTC).timestamp() + day * DAY


class TestDescribe:
    def test_it_is_told_as_it_was_asked_for_and_completed(self, sales, predictor):
        found = sales.forecast.describe_predictor(PredictorArn=predictor)
        assert found["PredictorArn"].endswith(f"predictor/{found['PredictorName']}")
        assert found["ForecastHorizon"] == HORIZON
        assert found["ForecastTypes"] == ["0.1", "0.5", "0.9"]
        assert found["OptimizationMetric"] == "AverageWeightedQuantileLoss"
        assert (found["PerformAutoML"], found["PerformHPO"]) == (False, False)
        assert found["EvaluationParameters"] == {"NumberOfBacktestWindows": 2, "BackTestWindowOffset": 10}
        assert found["InputDataConfig"] == {"DatasetGroupArn": sales.group}
        assert found["AutoMLAlgorithmArns"] == [NAIVE]
        (job,) = found["DatasetImportJobArns"]
        assert ":dataset-import-job/" in job
        (execution,) = found["PredictorExecutionDetails"]["PredictorExecutions"]
        assert execution["AlgorithmArn"] == NAIVE
        windows = [
            (w["TestWindowStart"].timestamp(), w["TestWindowEnd"].timestamp(), w["Status"])
            for w in execution["TestWindows"]
        ]
        assert windows == [
            (at(N_DAYS - 10), at(N_DAYS - 10 + HORIZON), "ACTIVE"),
            (at(N_DAYS - 20), at(N_DAYS - 20 + HORIZON), "ACTIVE"),
        ]

    def test_it_is_listed_with_its_group_and_kind(self, sales, predictor):
        filters = [
            {"Key": "DatasetGroupArn", "Value": sales.group, "Condition": "IS"},
            {"Key": "Status", "Value": "ACTIVE", "Condition": "IS"},
        ]
        listed = sales.forecast.list_predictors(Filters=filters)["Predictors"]
        (found,) = [one for one in listed if one["PredictorArn"] == predictor]
        assert found["DatasetGroupArn"] == sales.group
        assert found["IsAutoPredictor"] is False

    def test_while_it_trains_it_tells_how_long_that_takes_still(self, sales):
        arn = sales.start_predictor()
        inside = sales.server
        with leasing(jobs_url(inside.stores.config), inside.clock) as leases:
            (lease,) = leases.take(["train-predictor"], most=1, besides=())
            assert "EstimatedTimeRemainingInMinutes" not in sales.forecast.describe_predictor(
                PredictorArn=arn
            )
            leases.store_progress({arn: ("learning", 0.25)})
            inside.clock.now += 10 * 60
            found = sales.forecast.describe_predictor(PredictorArn=arn)
            assert found["EstimatedTimeRemainingInMinutes"] == 30
            leases.finish(lease)
            done = sales.wait(sales.forecast.describe_predictor, PredictorArn=arn)
            assert "EstimatedTimeRemainingInMinutes" not in done


class TestAccuracy:
    def test_a_season_that_repeats_is_foreseen_without_error(self, sales, predictor):
        found = sales.forecast.get_accuracy_metrics(PredictorArn=predictor)
        assert found["OptimizationMetric"] == "AverageWeightedQuantileLoss"
        (result,) = found["PredictorEvaluationResults"]
        assert result["AlgorithmArn"] == NAIVE
        summary, *windows = result["TestWindows"]
        assert summary.keys() == {"EvaluationType", "Metrics"}
        assert [
            (w["TestWindowStart"].timestamp(), w["TestWindowEnd"].timestamp(), w["ItemCount"])
            for w in windows
        ] == [
            (at(N_DAYS - 10), at(N_DAYS - 10 + HORIZON), 6),
            (at(N_DAYS - 20), at(N_DAYS - 20 + HORIZON), 6),
        ]
        metrics = summary["Metrics"]
        assert metrics["RMSE"] == 0
        assert [one["Quantile"] for one in metrics["WeightedQuantileLosses"]] == [0.9, 0.5, 0.1]
        (errors,) = metrics["ErrorMetrics"]
        assert errors["ForecastType"] == "mean"
        assert errors["WAPE"] == errors["MAPE"] == errors["MASE"] == errors["RMSE"] == 0

    def test_one_that_is_not_trained_has_none_yet(self, sales):
        arn = sales.start_predictor()
        code, message = error_of(sales.forecast.get_accuracy_metrics, PredictorArn=arn)
        assert code == "ResourceInUseException"
        assert "CREATE_PENDING" in message
        sales.wait(sales.forecast.describe_predictor, PredictorArn=arn)


class TestAutoML:
    def test_the_best_of_all_algorithms_is_trained_and_all_are_told(self, sales):
        other = type(sales)(sales.server).stocked([row for row in rows(30) if row[0] == "hat"])
        arn = other.predictor(None, PerformAutoML=True, ForecastHorizon=2, OptimizationMetric="RMSE")
        found = other.forecast.describe_predictor(PredictorArn=arn)
        assert found["PerformAutoML"] is True
        tried = found["AutoMLAlgorithmArns"]
        assert {NAIVE, NPTS, TREES} <= set(tried)
        assert found["AlgorithmArn"] == tried[0]
        results = other.forecast.get_accuracy_metrics(PredictorArn=arn)["PredictorEvaluationResults"]
        assert [one["AlgorithmArn"] for one in results] == tried
        errors = [one["TestWindows"][0]["Metrics"]["RMSE"] for one in results]
        assert errors == sorted(errors)


class TestTuning:
    def test_the_settings_that_were_found_are_told(self, sales):
        chosen = [{"Name": "n_trees", "Values": ["10", "11"]}]
        arn = sales.predictor(
            TREES,
            PerformHPO=True,
            HPOConfig={"ParameterRanges": {"CategoricalParameterRanges": chosen}},
            TrainingParameters={"least_in_leaf": "5"},
        )
        found = sales.forecast.describe_predictor(PredictorArn=arn)
        assert found["HPOConfig"]["ParameterRanges"]["CategoricalParameterRanges"] == chosen
        assert found["TrainingParameters"]["n_trees"] in ("10", "11")
        assert found["TrainingParameters"]["least_in_leaf"] == "5"
        assert "n_leaves" in found["TrainingParameters"]


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("changes", "part"),
        [
            ({"AlgorithmArn": None}, "AlgorithmArn is missing"),
            ({"AlgorithmArn": "arn:aws:forecast:::algorithm/Oracle"}, "Invalid Algorithm ARN specified"),
            ({"PerformAutoML": True}, "leave out AlgorithmArn"),
            ({"AlgorithmArn": None, "PerformAutoML": True, "PerformHPO": True}, "leave out PerformHPO"),
            (
                {"AlgorithmArn": None, "PerformAutoML": True, "TrainingParameters": {"a": "1"}},
                "TrainingParameters",
            ),
            ({"PerformHPO": True}, "no settings to tune"),
            ({"HPOConfig": {"ParameterRanges": {}}}, "without PerformHPO"),
            ({"extra": [{"Name": "weather", "Value": "true"}]}, "there is no weather here"),
            ({"extra": [{"Name": "holiday", "Value": "QQ"}]}, "'QQ'"),
            ({"extra": [{"Name": "moon", "Value": "full"}]}, "'moon'"),
            ({"TrainingParameters": {"colour": "red"}}, "colour"),
            ({"ForecastHorizon": 0}, "ForecastHorizon is 0"),
            ({"ForecastHorizon": 501}, "ForecastHorizon is 501"),
            ({"ForecastHorizon": 60}, "less than the 60 time steps of the target time series) = 59"),
            ({"ForecastTypes": ["0.00"]}, "'0.00'"),
            (
                {"dimensions": ["town"]},
                "'town' is no dimension of the target time series; its dimensions are: location",
            ),
            ({"dimensions": ["item_id"]}, "'item_id'"),
            ({"frequency": "5W"}, "5W"),
            ({"frequency": "H"}, "must not be finer"),
            ({"EvaluationParameters": {"NumberOfBacktestWindows": 6}}, "NumberOfBacktestWindows is 6"),
            ({"EvaluationParameters": {"BackTestWindowOffset": 6}}, "BackTestWindowOffset is 6"),
            ({"EvaluationParameters": {"BackTestWindowOffset": 30}}, "less than half of the 60"),
            (
                {"EvaluationParameters": {"NumberOfBacktestWindows": 3, "BackTestWindowOffset": 25}},
                "more than 75",
            ),
        ],
    )
    def test_what_contradicts_itself_or_the_data_is_named(self, sales, changes, part):
        code, message = error_of(
            sales.start_predictor, **{"algorithm": changes.pop("AlgorithmArn", NAIVE), **changes}
        )
        assert code == "InvalidInputException"
        assert part in message

    def test_a_group_without_data_teaches_nothing(self, sales):
        other = type(sales)(sales.server)
        assert error_of(other.start_predictor, dimensions=()) == (
            "InvalidInputException",
            f"{other.group} has no TARGET_TIME_SERIES dataset; add one with UpdateDatasetGroup.",
        )
        other.dataset()
        code, message = error_of(other.start_predictor)
        assert code == "InvalidInputException"
        assert "holds no data" in message
        assert error_of(sales.start_predictor, InputDataConfig={"DatasetGroupArn": other.group + "x"})[0] == (
            "ResourceNotFoundException"
        )

    def test_a_name_is_taken_until_it_is_deleted(self, sales):
        arn = sales.start_predictor(PredictorName="twice")
        assert error_of(sales.start_predictor, PredictorName="twice") == (
            "ResourceAlreadyExistsException",
            f"A predictor already exists with the arn: {arn}",
        )
        sales.wait(sales.forecast.describe_predictor, PredictorArn=arn)
        sales.forecast.delete_predictor(PredictorArn=arn)
        assert error_of(sales.forecast.describe_predictor, PredictorArn=arn)[0] == "ResourceNotFoundException"


def test_without_dimensions_what_is_sold_anywhere_is_one_series(sales):
    predictor = sales.predictor(dimensions=())
    forecast = sales.make_forecast(predictor)
    found = sales.query.query_forecast(ForecastArn=forecast, Filters={"item_id": "hat"})["Forecast"][
        "Predictions"
    ]
    sold = [
        sum(demand(0, town, day) for town in range(len(TOWNS))) for day in range(N_DAYS, N_DAYS + HORIZON)
    ]
    assert [one["Value"] for one in found["p50"]] == sold
    assert len(ITEMS) == sales.server.server.records.get(forecast)["_n_series"]
