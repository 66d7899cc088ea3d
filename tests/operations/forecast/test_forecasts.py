"""Forecasts: of which series, from which data, of which types; and what stands in the way of their end."""

import io
from datetime import timedelta

import polars as pl
import pytest

from .sales import FIRST, HORIZON, N_DAYS, NAIVE, csv, demand, error_of, rows


class TestForecasts:
    def test_it_is_told_as_it_was_asked_for(self, sales, predictor, made):
        found = sales.forecast.describe_forecast(ForecastArn=made)
        assert found["ForecastArn"].endswith(f":forecast/{found['ForecastName']}")
        assert found["PredictorArn"] == predictor
        assert found["DatasetGroupArn"] == sales.group
        assert found["ForecastTypes"] == ["0.10", "0.5", "0.95", "mean"]

    def test_its_types_are_its_predictors_unless_others_are_named(self, sales, predictor):
        forecast = sales.make_forecast(predictor)
        assert sales.forecast.describe_forecast(ForecastArn=forecast)["ForecastTypes"] == [
            "0.1",
            "0.5",
            "0.9",
        ]
        assert sales.ask(forecast).keys() == {"p10", "p50", "p90"}

    def test_it_is_listed_by_its_predictor_and_its_group(self, sales, predictor, made):
        for key, value in (("PredictorArn", predictor), ("DatasetGroupArn", sales.group)):
            found = sales.forecast.list_forecasts(Filters=[{"Key": key, "Value": value, "Condition": "IS"}])
            (listed,) = [one for one in found["Forecasts"] if one["ForecastArn"] == made]
            assert listed["CreatedUsingAutoPredictor"] is False
            assert listed["DatasetGroupArn"] == sales.group
            none = sales.forecast.list_forecasts(
                Filters=[{"Key": key, "Value": value, "Condition": "IS_NOT"}]
            )
            assert made not in [one["ForecastArn"] for one in none["Forecasts"]]

    def test_newer_data_move_its_start_without_a_new_training(self, sales):
        other = type(sales)(sales.server).stocked()
        predictor = other.predictor()
        before = other.make_forecast(predictor)
        other.import_(csv(rows(N_DAYS + 3)))
        after = other.make_forecast(predictor)
        first = FIRST + timedelta(days=N_DAYS)
        for forecast, day in ((before, first), (after, first + timedelta(days=3))):
            found = other.query.query_forecast(
                ForecastArn=forecast, Filters={"item_id": "hat", "location": "Bern"}
            )["Forecast"]["Predictions"]["p50"]
            assert found[0]["Timestamp"] == f"{day}T00:00:00"
        assert other.ask(after)["p50"][0] == demand(0, 0, N_DAYS + 3)

    def test_types_that_are_none_are_refused(self, sales, predictor):
        code, message = error_of(sales.start_forecast, predictor=predictor, ForecastTypes=["0.0"])
        assert code == "InvalidInputException"
        assert "'0.0'" in message
        _, message = error_of(sales.start_forecast, predictor=predictor, ForecastTypes=["1.5"])
        assert "Value '1.5' at 'forecastTypes.1.member'" in message


class TestSelectedSeries:
    def selector(self, sales, text, attributes=("item_id", "location"), **more):
        identifiers = {
            "DataSource": sales.put("chosen.csv", text),
            "Schema": {
                "Attributes": [{"AttributeName": name, "AttributeType": "string"} for name in attributes]
            },
            "Format": "CSV",
            **more,
        }
        return {"TimeSeriesIdentifiers": identifiers}

    def test_those_that_a_file_names_are_forecast_and_unknown_ones_passed_over(self, sales, predictor):
        chosen = self.selector(sales, "hat,Bern\nhat,Paris\n0042,Genève\n")
        forecast = sales.make_forecast(predictor, TimeSeriesSelector=chosen)
        assert len(sales.ask(forecast)["p50"]) == HORIZON
        assert len(sales.ask(forecast, "0042", "Genève")["p50"]) == HORIZON
        assert error_of(sales.ask, forecast=forecast, item="shoe")[0] == "ResourceNotFoundException"
        described = sales.forecast.describe_forecast(ForecastArn=forecast)
        assert described["TimeSeriesSelector"] == chosen

    @pytest.mark.parametrize(
        "header", ["location,item_id\n", "\ufeffLocation, Item_ID\r\n", "town,ITEM_ID\n", ""]
    )
    def test_its_columns_may_come_in_any_order_with_a_header(self, sales, predictor, header):
        chosen = self.selector(sales, f"{header}Bern,hat\nBern,0042\n", ("location", "item_id"))
        forecast = sales.make_forecast(predictor, TimeSeriesSelector=chosen)
        assert sales.server.server.records.get(forecast)["_n_series"] == 2

    def test_parquet_columns_are_found_by_name(self, sales, predictor):
        file = io.BytesIO()
        pl.DataFrame({"Location": ["Bern"], "more": [1], "ITEM_ID": ["hat"]}).write_parquet(file)
        sales.s3.put_object(Bucket=sales.bucket, Key="few/chosen.parquet", Body=file.getvalue())
        sales.s3.put_object(Bucket=sales.bucket, Key="few/_SUCCESS", Body=b"")
        chosen = self.selector(sales, "", Format="PARQUET")
        source = chosen["TimeSeriesIdentifiers"]["DataSource"]
        source["S3Config"] = {**source["S3Config"], "Path": sales.path("few/")}
        forecast = sales.make_forecast(predictor, TimeSeriesSelector=chosen)
        assert sales.server.server.records.get(forecast)["_n_series"] == 1

    def test_what_is_wrong_with_the_file_is_told(self, sales, predictor):
        for text, attributes, part in (
            ("hat,Bern,3\n", ("item_id", "location"), "has 3 columns; it must have 2"),
            ("hat\n", ("item_id",), "lacks location"),
            ("location,item_id\nBern,hat\n", ("item_id", "location"), "in the order location, item_id"),
            ("coat,Bern\n", ("item_id", "location"), "none of the 1 time series"),
        ):
            chosen = self.selector(sales, text, attributes)
            arn = sales.start_forecast(predictor, TimeSeriesSelector=chosen)
            found = sales.wait(sales.forecast.describe_forecast, wanted="CREATE_FAILED", ForecastArn=arn)
            assert part in found["Message"]


class TestDeletion:
    def test_a_predictor_stays_while_forecasts_are_made_from_it(self, sales):
        predictor = sales.predictor()
        forecast = sales.make_forecast(predictor)
        code, message = error_of(sales.forecast.delete_predictor, PredictorArn=predictor)
        assert code == "ResourceInUseException"
        assert forecast in message
        sales.forecast.delete_forecast(ForecastArn=forecast)
        sales.forecast.delete_predictor(PredictorArn=predictor)
        assert (
            error_of(sales.forecast.describe_predictor, PredictorArn=predictor)[0]
            == "ResourceNotFoundException"
        )

    def test_a_deleted_forecast_answers_no_more_and_leaves_no_file(self, sales, predictor):
        forecast = sales.make_forecast(predictor)
        sales.ask(forecast)
        folder = sales.server.stores.model_folder(sales.server.stores.records.get(forecast))
        assert folder.is_dir()
        sales.forecast.delete_forecast(ForecastArn=forecast)
        assert error_of(sales.ask, forecast=forecast)[0] == "ResourceNotFoundException"
        assert not folder.exists()

    def test_a_forecast_stays_while_it_is_exported(self, sales, predictor):
        forecast = sales.make_forecast(predictor)
        job = sales.forecast.create_forecast_export_job(
            ForecastExportJobName="slow", ForecastArn=forecast, Destination=sales.destination("slow")
        )["ForecastExportJobArn"]
        assert error_of(sales.forecast.delete_forecast, ForecastArn=forecast)[0] == "ResourceInUseException"
        sales.wait(sales.forecast.describe_forecast_export_job, ForecastExportJobArn=job)
        sales.forecast.delete_forecast(ForecastArn=forecast)
        assert sales.forecast.describe_forecast_export_job(ForecastExportJobArn=job)["Status"] == "ACTIVE"


class TestBeforeItIsReady:
    def test_a_predictor_that_trains_forecasts_nothing_yet(self, sales):
        predictor = sales.start_predictor()
        assert error_of(sales.start_forecast, predictor=predictor)[0] == "ResourceInUseException"
        sales.wait(sales.forecast.describe_predictor, PredictorArn=predictor)

    def test_a_forecast_that_is_made_answers_nothing_yet(self, sales, predictor):
        forecast = sales.start_forecast(predictor)
        code, message = error_of(sales.ask, forecast=forecast)
        assert code == "ResourceInUseException"
        assert "CREATE_PENDING" in message
        sales.wait(sales.forecast.describe_forecast, ForecastArn=forecast)

    def test_what_is_not_there_is_not_found(self, sales, made):
        for call, arn in (
            (sales.start_forecast, NAIVE),
            (sales.ask, made + "x"),
        ):
            named = {"predictor": arn} if call == sales.start_forecast else {"forecast": arn}
            assert error_of(call, **named)[0] == "ResourceNotFoundException"
