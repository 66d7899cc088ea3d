"""StopResource, ResumeResource, DeleteResourceTree and tags, for resources of any kind."""

import pytest

from presage.operations import walks
from presage.resources.states import RESTING, Motion

from .sales import Sales, csv, error_of, rows

NOTHING = "arn:aws:forecast:us-east-1:000000000000:forecast/nothing"


@pytest.fixture
def sold(inside):
    return Sales(inside).stocked(rows(30))


@pytest.fixture
def forecasts(sold):
    """A predictor with a backtest export, its forecast with an export."""
    predictor = sold.predictor()
    forecast = sold.make_forecast(predictor)
    export = sold.forecast.create_forecast_export_job(
        ForecastExportJobName="x", ForecastArn=forecast, Destination=sold.destination("x")
    )["ForecastExportJobArn"]
    backtest = sold.forecast.create_predictor_backtest_export_job(
        PredictorBacktestExportJobName="x", PredictorArn=predictor, Destination=sold.destination("y")
    )["PredictorBacktestExportJobArn"]
    sold.wait(sold.forecast.describe_forecast_export_job, ForecastExportJobArn=export)
    return predictor, forecast, export, backtest


def is_there(sold, arn):
    return sold.server.stores.records.get(arn) is not None


class TestStopping:
    def test_a_job_that_waits_is_stopped_and_stays_to_be_seen(self, sold):
        arn = sold.start_import(csv(rows(9)))
        sold.forecast.stop_resource(ResourceArn=arn)
        sold.server.run_jobs()
        found = sold.forecast.describe_dataset_import_job(DatasetImportJobArn=arn)
        assert found["Status"] == "CREATE_STOPPED"
        assert sold.forecast.describe_dataset(DatasetArn=found["DatasetArn"])["Status"] == "ACTIVE"
        code, message = error_of(sold.forecast.stop_resource, ResourceArn=arn)
        assert (code, "CREATE_STOPPED" in message) == ("InvalidInputException", True)
        sold.forecast.delete_dataset_import_job(DatasetImportJobArn=arn)
        assert not is_there(sold, arn)

    def test_a_training_is_stopped(self, sold):
        arn = sold.start_predictor()
        sold.forecast.stop_resource(ResourceArn=arn)
        assert sold.forecast.describe_predictor(PredictorArn=arn)["Status"] == "CREATE_STOPPED"

    def test_what_no_job_makes_cannot_be_stopped_and_only_monitors_resumed(self, sales):
        code, message = error_of(sales.forecast.stop_resource, ResourceArn=sales.group)
        assert (code, "is a dataset group" in message) == ("InvalidInputException", True)
        code, message = error_of(sales.forecast.resume_resource, ResourceArn=sales.group)
        assert (code, "only monitors" in message) == ("InvalidInputException", True)

    @pytest.mark.parametrize("call", ["stop_resource", "resume_resource", "delete_resource_tree"])
    def test_what_is_not_there_is_not_found(self, inside, call):
        assert error_of(getattr(inside.client("forecast"), call), ResourceArn=NOTHING) == (
            "ResourceNotFoundException",
            f"No resource found {NOTHING}",
        )


class TestTrees:
    def test_a_group_goes_with_what_was_made_from_it_and_its_data_stay(self, sold, forecasts):
        code, message = error_of(sold.forecast.delete_dataset_group, DatasetGroupArn=sold.group)
        assert (code, forecasts[0] in message) == ("ResourceInUseException", True)
        sold.forecast.delete_resource_tree(ResourceArn=sold.group)
        assert not any(is_there(sold, arn) for arn in (sold.group, *forecasts))
        (dataset,) = sold.datasets.values()
        assert sold.forecast.describe_dataset(DatasetArn=dataset)["Status"] == "ACTIVE"
        assert len(sold.forecast.list_dataset_import_jobs()["DatasetImportJobs"]) == 1

    def test_a_forecast_goes_with_its_exports_alone(self, sold, forecasts):
        predictor, forecast, *_ = forecasts
        sold.forecast.delete_resource_tree(ResourceArn=forecast)
        assert [is_there(sold, arn) for arn in forecasts] == [True, False, False, True]
        sold.forecast.delete_resource_tree(ResourceArn=predictor)
        assert not any(is_there(sold, arn) for arn in forecasts)

    def test_a_dataset_goes_with_its_imports_unless_a_predictor_needs_it(self, sold):
        (dataset,) = sold.datasets.values()
        predictor = sold.predictor()
        code, message = error_of(sold.forecast.delete_resource_tree, ResourceArn=dataset)
        assert (code, predictor in message) == ("ResourceInUseException", True)
        sold.forecast.delete_predictor(PredictorArn=predictor)
        sold.forecast.delete_resource_tree(ResourceArn=dataset)
        assert not is_there(sold, dataset)
        assert sold.forecast.list_dataset_import_jobs()["DatasetImportJobs"] == []
        assert sold.forecast.describe_dataset_group(DatasetGroupArn=sold.group)["DatasetArns"] == [dataset]

    def test_nothing_goes_while_a_part_is_being_made(self, sold, forecasts):
        predictor = forecasts[0]
        coming = sold.start_forecast(predictor)
        code, message = error_of(sold.forecast.delete_resource_tree, ResourceArn=predictor)
        assert (code, coming in message) == ("ResourceInUseException", True)
        assert all(is_there(sold, arn) for arn in forecasts)

    def test_a_predictor_that_was_trained_anew_stays(self, sold):
        first = sold.predictor()
        second = sold.forecast.create_auto_predictor(PredictorName="again", ReferencePredictorArn=first)[
            "PredictorArn"
        ]
        sold.forecast.stop_resource(ResourceArn=second)
        sold.forecast.delete_resource_tree(ResourceArn=first)
        assert [is_there(sold, arn) for arn in (first, second)] == [False, True]


class TestDeletingAgain:
    """As `wait_till_delete` of AWS's samples does, until the resource is not found."""

    def test_it_is_no_error_until_the_resource_is_gone(self, sold):
        predictor, server = sold.predictor(), sold.server.server
        with server.records.writing() as records:
            records.begin(predictor, Motion.DELETE, RESTING)
        for _ in range(2):
            sold.forecast.delete_predictor(PredictorArn=predictor)
        sold.forecast.delete_resource_tree(ResourceArn=predictor)
        assert sold.forecast.describe_predictor(PredictorArn=predictor)["Status"] == "DELETE_PENDING"
        walks.take_up(server)
        code, message = error_of(sold.forecast.delete_predictor, PredictorArn=predictor)
        assert (code, message) == ("ResourceNotFoundException", f"No resource found {predictor}")


class TestTags:
    def test_every_kind_carries_them_from_the_start(self, sold):
        tags = [{"Key": "team", "Value": "a"}]
        predictor = sold.predictor(Tags=tags)
        (dataset,) = sold.datasets.values()
        job = sold.start_import(csv(rows(9)), Tags=tags)
        for arn in (predictor, job):
            assert sold.forecast.list_tags_for_resource(ResourceArn=arn)["Tags"] == tags
        assert sold.forecast.list_tags_for_resource(ResourceArn=dataset)["Tags"] == []

    @pytest.mark.parametrize("key", ["aws:x", "AWS:y"])
    def test_keys_of_aws_are_refused(self, sales, key):
        code, message = error_of(
            sales.forecast.tag_resource, ResourceArn=sales.group, Tags=[{"Key": key, "Value": ""}]
        )
        assert (code, key in message) == ("InvalidInputException", True)

    def test_more_keys_than_fifty_may_be_taken_away_at_once(self, sales):
        sales.forecast.untag_resource(ResourceArn=sales.group, TagKeys=[f"k{n}" for n in range(60)])
