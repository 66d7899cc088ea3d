"""Files of forecasts and of backtests: their names, their columns, and that they hold what was forecast."""

import io
import re
from datetime import timedelta

import polars as pl
import pytest

from presage.works.forecast import files

from .sales import FIRST, HORIZON, ITEMS, N_DAYS, TOWNS, demand, error_of

STAMP = r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ"
FIGURES = ["wQL[0.1]", "wQL[0.5]", "wQL[0.9]", "Average wQL", "RMSE", "WAPE", "MAPE", "MASE"]


def export(sales, forecast, name, folder, wanted="ACTIVE", **more):
    job = sales.forecast.create_forecast_export_job(
        ForecastExportJobName=name, ForecastArn=forecast, Destination=sales.destination(folder), **more
    )["ForecastExportJobArn"]
    return sales.wait(sales.forecast.describe_forecast_export_job, wanted=wanted, ForecastExportJobArn=job)


def export_backtest(sales, predictor, name, folder, **more):
    job = sales.forecast.create_predictor_backtest_export_job(
        PredictorBacktestExportJobName=name,
        PredictorArn=predictor,
        Destination=sales.destination(folder),
        **more,
    )["PredictorBacktestExportJobArn"]
    return sales.wait(
        sales.forecast.describe_predictor_backtest_export_job, PredictorBacktestExportJobArn=job
    )


def read(content, name):
    if name.endswith("parquet"):
        return pl.read_parquet(content)
    return pl.read_csv(io.BytesIO(content), schema_overrides={"item_id": pl.String})


class TestForecastExports:
    @pytest.mark.parametrize(("format_", "ending"), [("CSV", "csv"), ("PARQUET", "parquet")])
    def test_every_series_and_step_is_a_row(self, sales, made, format_, ending):
        job = export(sales, made, f"out_{ending}", f"{ending}/", Format=format_)
        assert job["Format"] == format_
        ((name, content),) = sales.files(f"{ending}/").items()
        assert re.fullmatch(rf"out_{ending}_{STAMP}_part0\.{ending}", name)
        frame = read(content, name)
        assert frame.columns == ["item_id", "location", "date", "p10", "p50", "p95", "mean"]
        assert len(frame) == len(ITEMS) * len(TOWNS) * HORIZON
        hats = frame.filter(pl.col("item_id") == "hat", pl.col("location") == "Genève")
        assert hats["date"].to_list() == [
            f"{FIRST + timedelta(days=N_DAYS + step)}T00:00:00Z" for step in range(HORIZON)
        ]
        assert hats["p50"].to_list() == [demand(0, 1, N_DAYS + step) for step in range(HORIZON)]
        for type_ in ("p10", "p95", "mean"):
            assert hats[type_].to_list() == sales.ask(made, "hat", "Genève")[type_]

    def test_a_large_one_comes_in_parts_each_with_a_header(self, sales, made, monkeypatch):
        monkeypatch.setattr(files, "ROWS_A_PART", 2 * HORIZON)
        export(sales, made, "parts", "parts")
        found = sales.files("parts/")
        assert sorted(name.rpartition("_")[2] for name in found) == ["part0.csv", "part1.csv", "part2.csv"]
        frames = [read(content, name) for name, content in found.items()]
        assert all(frame.columns[:3] == ["item_id", "location", "date"] for frame in frames)
        assert len(pl.concat(frames).unique(["item_id", "location", "date"])) == 6 * HORIZON

    def test_the_same_name_may_be_used_for_another_forecast(self, sales, predictor, made):
        export(sales, made, "again", "again1/")
        export(sales, sales.make_forecast(predictor), "again", "again2/")
        assert error_of(export, sales=sales, forecast=made, name="again", folder="again3/")[0] == (
            "ResourceAlreadyExistsException"
        )

    def test_a_bucket_that_is_not_there_is_named(self, sales, made):
        job = sales.forecast.create_forecast_export_job(
            ForecastExportJobName="nowhere",
            ForecastArn=made,
            Destination={"S3Config": {"Path": "s3://no-such-bucket/out", "RoleArn": "arn:aws:iam::1:role/r"}},
        )["ForecastExportJobArn"]
        found = sales.wait(
            sales.forecast.describe_forecast_export_job, wanted="CREATE_FAILED", ForecastExportJobArn=job
        )
        assert "no-such-bucket" in found["Message"]

    def test_they_are_listed_by_their_forecast(self, sales, made):
        job = export(sales, made, "listed", "listed/")["ForecastExportJobArn"]
        for condition, is_there in (("IS", True), ("IS_NOT", False)):
            filters = [{"Key": "ForecastArn", "Value": made, "Condition": condition}]
            found = sales.forecast.list_forecast_export_jobs(Filters=filters)["ForecastExportJobs"]
            assert (job in [one["ForecastExportJobArn"] for one in found]) is is_there


class TestBacktestExports:
    @pytest.mark.parametrize(("format_", "ending"), [("CSV", "csv"), ("PARQUET", "parquet")])
    def test_what_was_forecast_and_how_far_off_it_was(self, sales, predictor, format_, ending):
        folder = f"backtest-{ending}/"
        export_backtest(sales, predictor, f"b_{ending}", folder, Format=format_)
        values = self.together(sales, f"{folder}forecasted-values/", ending)
        assert values.columns == [
            *("item_id", "location", "timestamp", "target_value"),
            *("backtestwindow_start_time", "backtestwindow_end_time", "p10", "p50", "p90"),
        ]
        assert len(values) == 2 * 6 * HORIZON
        begins = FIRST + timedelta(days=N_DAYS - 10)
        hats = values.filter(
            pl.col("item_id") == "hat",
            pl.col("location") == "Bern",
            pl.col("backtestwindow_start_time") == f"{begins}T00:00:00",
        )
        assert hats["timestamp"].to_list() == [
            f"{begins + timedelta(days=step)}T00:00:00" for step in range(HORIZON)
        ]
        assert set(hats["backtestwindow_end_time"]) == {hats["timestamp"].max()}
        sold = [demand(0, 0, N_DAYS - 10 + step) for step in range(HORIZON)]
        assert hats["target_value"].to_list() == hats["p50"].to_list() == sold

    def test_accuracies_are_of_each_series_by_window_and_over_all(self, sales, predictor):
        export_backtest(sales, predictor, "accuracy", "accuracy/")
        found = self.together(sales, "accuracy/accuracy-metrics-values/", "csv")
        assert found.columns == [
            *("item_id", "location", "backtest_window"),
            *("backtestwindow_start_time", "backtestwindow_end_time", *FIGURES),
        ]
        assert found["backtest_window"].value_counts(sort=True).rows() == [("Computed", 12), ("Summary", 6)]
        assert found["RMSE"].to_list() == [0.0] * 18

    def test_one_of_a_predictor_that_trains_must_wait(self, sales):
        arn = sales.start_predictor()
        code, _ = error_of(export_backtest, sales=sales, predictor=arn, name="early", folder="early/")
        assert code == "ResourceInUseException"
        sales.wait(sales.forecast.describe_predictor, PredictorArn=arn)

    def together(self, sales, folder, ending):
        """The rows of all parts, whose columns are the same."""
        found = sales.files(folder)
        assert all(re.fullmatch(rf"\w+_{STAMP}_part\d+\.{ending}", name) for name in found)
        return pl.concat([read(content, name) for name, content in found.items()])
