"""Forecasts with totals, asked for by tags: they add up, answer queries, and stand in exports."""

import io

import polars as pl
import pytest

from .sales import HORIZON, ITEMS, NAIVE, TOWNS, Sales, csv, error_of, rows

BRANDS = {"hat": "acme", "shoe": "acme", "0042": "other"}
BY = "location item_id brand brand+location"


def tags(by, **more):
    found = {"presage:totals": by, **more}
    return [{"Key": key, "Value": value} for key, value in found.items()]


@pytest.fixture(scope="module")
def branded(sales):
    other = Sales(sales.server).stocked(rows(40))
    other.dataset("ITEM_METADATA", [("item_id", "string"), ("brand", "string")])
    other.import_(csv(BRANDS.items()), "ITEM_METADATA")
    return other


@pytest.fixture(scope="module")
def predictor(branded):
    return branded.predictor(NAIVE)


@pytest.fixture(scope="module", params=["mint", "bottom-up"])
def method(request):
    return request.param


@pytest.fixture(scope="module")
def exported(branded, predictor, method):
    """The rows of an export of a forecast with totals."""
    forecast = branded.make_forecast(
        predictor, ForecastTypes=["0.1", "0.9", "mean"], Tags=tags(BY, **{"presage:reconciliation": method})
    )
    name = f"totals_{method.replace('-', '_')}"
    job = branded.forecast.create_forecast_export_job(
        ForecastExportJobName=name, ForecastArn=forecast, Destination=branded.destination(name)
    )["ForecastExportJobArn"]
    branded.wait(branded.forecast.describe_forecast_export_job, ForecastExportJobArn=job)
    (content,) = branded.files(f"{name}/").values()
    return forecast, pl.read_csv(io.BytesIO(content), schema_overrides={"item_id": pl.String})


def test_means_add_up_for_every_total_and_step(exported):
    _, found = exported
    series = found.filter(pl.col("item_id").is_in(ITEMS), pl.col("location") != "Aggregate")
    assert len(series) == len(ITEMS) * len(TOWNS) * HORIZON
    brand = pl.col("item_id").replace_strict(BRANDS)
    sums = pl.concat(
        series.with_columns(item_id=item, location=town)
        .group_by("item_id", "location", "date")
        .agg(pl.sum("mean"))
        for item, town in (
            (pl.lit("Aggregate"), pl.lit("Aggregate")),
            (pl.lit("Aggregate"), pl.col("location")),
            (pl.col("item_id"), pl.lit("Aggregate")),
            (pl.lit("brand=") + brand, pl.lit("Aggregate")),
            (pl.lit("brand=") + brand, pl.col("location")),
        )
    )
    assert len(sums) + len(series) == len(found)
    both = sums.join(found, on=["item_id", "location", "date"])
    assert len(both) == len(sums)
    for added, total in zip(both["mean"], both["mean_right"], strict=True):
        assert total == pytest.approx(added, rel=1e-6)


def test_quantiles_stand_around_the_mean(exported):
    _, found = exported
    little = 1e-3 * pl.col("mean")  # a member that counts for less than a tenth may pull the mean out
    outside = found.filter(
        (pl.col("p10") > pl.col("mean") + little) | (pl.col("mean") > pl.col("p90") + little)
    )
    assert len(outside) == 0, outside.head(8).to_dicts()


def test_a_total_is_asked_for_as_a_series_is(branded, exported):
    forecast, found = exported
    row = found.filter(pl.col("item_id") == "Aggregate", pl.col("location") == "Bern").sort("date")
    assert branded.ask(forecast, "Aggregate", "Bern")["mean"] == row["mean"].to_list()


def test_bottom_up_leaves_the_series_as_they_are(branded, predictor, exported, method):
    forecast, _ = exported
    plain = branded.make_forecast(predictor, ForecastTypes=["mean"])
    if method == "bottom-up":
        assert branded.ask(forecast)["mean"] == branded.ask(plain)["mean"]
    assert error_of(branded.ask, forecast=plain, item="Aggregate")[0] == "ResourceNotFoundException"


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (tags("colour"), "'colour' cannot be added up by; these can: item_id, location, brand"),
        (tags("item_id+location"), "tells every series apart"),
        (tags("item_id+brand"), "one of both will do"),
        (tags("", **{"presage:reconciliation": "top"}), "it must be bottom-up or mint"),
    ],
)
def test_what_cannot_be_added_up_is_refused(branded, predictor, asked, says):
    code, message = error_of(branded.start_forecast, predictor=predictor, Tags=asked)
    assert (code, says in message) == ("InvalidInputException", True), message


def test_a_series_that_is_called_as_a_total_is_fails_it(sales):
    other = Sales(sales.server).stocked([("Aggregate", day, n, town) for _, day, n, town in rows(40)[::6]])
    predictor = other.predictor(NAIVE, dimensions=())
    arn = other.start_forecast(predictor, Tags=tags(""))
    found = other.wait(other.forecast.describe_forecast, wanted="CREATE_FAILED", ForecastArn=arn)
    assert "a series is called as a total is: Aggregate" in found["Message"]
