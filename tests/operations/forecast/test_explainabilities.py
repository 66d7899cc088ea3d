"""What moves forecasts: prices here, and nothing else; as scores in files, by series and time point."""

import io
from datetime import timedelta

import polars as pl
import pytest

from .sales import FIRST, HORIZON, N_DAYS, PRICES, TREES, Sales, csv, error_of, priced_rows, prices

ALL, SPECIFIC = "ALL", "SPECIFIC"
START = FIRST + timedelta(days=N_DAYS)
ATTRIBUTES = [{"AttributeName": name, "AttributeType": "string"} for name in ("item_id", "location")]


@pytest.fixture(scope="module")
def priced(sales):
    """Sales whose demand falls as prices rise, and items whose brand says nothing."""
    other = Sales(sales.server).stocked(priced_rows())
    other.dataset("RELATED_TIME_SERIES", PRICES)
    other.import_(csv(prices()), "RELATED_TIME_SERIES")
    other.dataset("ITEM_METADATA", [("item_id", "string"), ("brand", "string")])
    other.import_("hat,acme\nshoe,acme\n0042,acme\n", "ITEM_METADATA")
    return other


@pytest.fixture(scope="module")
def trees(priced):
    return priced.predictor(TREES, TrainingParameters={"n_trees": "60", "least_in_leaf": "5"})


@pytest.fixture(scope="module")
def forecast(priced, trees):
    return priced.make_forecast(trees)


def begin(priced, resource, name, series=ALL, points=ALL, **more):
    return priced.forecast.create_explainability(
        ExplainabilityName=name,
        ResourceArn=resource,
        ExplainabilityConfig={"TimeSeriesGranularity": series, "TimePointGranularity": points},
        **more,
    )["ExplainabilityArn"]


def explain(priced, *args, wanted="ACTIVE", **more):
    arn = begin(priced, *args, **more)
    return priced.wait(priced.forecast.describe_explainability, wanted=wanted, ExplainabilityArn=arn)


def scores(priced, found, name):
    """The rows of an export."""
    job = priced.forecast.create_explainability_export(
        ExplainabilityExportName=name,
        ExplainabilityArn=found["ExplainabilityArn"],
        Destination=priced.destination(name),
    )["ExplainabilityExportArn"]
    priced.wait(priced.forecast.describe_explainability_export, ExplainabilityExportArn=job)
    (content,) = priced.files(f"{name}/").values()
    return pl.read_csv(io.BytesIO(content), schema_overrides={"item_id": pl.String})


def chosen(priced):
    """A file that names one series."""
    return {"DataSource": priced.put("chosen.csv", "hat,Bern\n"), "Schema": {"Attributes": ATTRIBUTES}}


def test_a_predictor_is_explained_as_a_whole(priced, trees):
    found = explain(priced, trees, "whole")
    assert found["ResourceArn"] == trees
    rows = scores(priced, found, "whole")
    assert rows.columns == [
        *("item_id", "location", "timestamp"),
        *("price-NormalizedImpactScore", "brand-NormalizedImpactScore"),
    ]
    (row,) = rows.rows()
    assert row[:3] == ("Aggregate",) * 3
    assert abs(row[3]) == 1.0
    assert row[4] == 0.0
    assert error_of(explain, priced, trees, "again")[0] == "ResourceAlreadyExistsException"


def test_a_forecast_is_explained_by_series_and_time_point(priced, forecast):
    last = START + timedelta(days=2)
    dates = {"StartDateTime": f"{START}T00:00:00", "EndDateTime": f"{last}T00:00:00"}
    found = explain(priced, forecast, "points", SPECIFIC, SPECIFIC, **chosen(priced), **dates)
    rows = scores(priced, found, "points")
    assert "price-RawImpactScore" in rows.columns
    days = [f"{START + timedelta(days=step)}T00:00:00Z" for step in range(3)]
    assert rows.select("item_id", "location", "timestamp").rows() == [
        *(("hat", "Bern", day) for day in days),
        ("hat", "Bern", "Aggregate"),
        *(("Aggregate", "Aggregate", day) for day in days),
        ("Aggregate", "Aggregate", "Aggregate"),
    ]
    ahead = [
        float(price) for item, day, price in prices() if item == "hat" and str(START) <= day <= str(last)
    ]
    raw = rows["price-RawImpactScore"].to_list()
    assert [impact > 0 for impact in raw[:3]] == [price == 1 for price in ahead]
    assert raw[4:] == [None] * 4
    assert rows["price-NormalizedImpactScore"].abs().max() == 1.0


def test_all_series_may_stand_together_at_each_time_point(priced, forecast):
    dates = {"StartDateTime": f"{START}T00:00:00", "EndDateTime": f"{START}T00:00:00"}
    rows = scores(priced, explain(priced, forecast, "together", ALL, SPECIFIC, **dates), "together")
    assert rows["timestamp"].to_list() == [f"{START}T00:00:00Z", "Aggregate"]
    assert "price-RawImpactScore" not in rows.columns


def test_they_are_listed_by_what_they_explain_and_go_with_it(priced, trees):
    forecast = priced.make_forecast(trees)
    arn = explain(priced, forecast, "listed")["ExplainabilityArn"]
    filters = [{"Key": "ResourceArn", "Value": forecast, "Condition": "IS"}]
    listed = priced.forecast.list_explainabilities(Filters=filters)["Explainabilities"]
    assert [(one["ExplainabilityArn"], one["Status"]) for one in listed] == [(arn, "ACTIVE")]
    priced.forecast.delete_forecast(ForecastArn=forecast)
    assert (
        error_of(priced.forecast.describe_explainability, ExplainabilityArn=arn)[0]
        == "ResourceNotFoundException"
    )


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("series", "points", "more", "part"),
        [
            (SPECIFIC, ALL, {}, "give DataSource and Schema"),
            (ALL, SPECIFIC, {"StartDateTime": f"{START}T00:00:00"}, "give EndDateTime"),
            (ALL, ALL, {"EndDateTime": f"{START}T00:00:00"}, "leave out EndDateTime"),
        ],
    )
    def test_granularity_and_what_it_needs_go_together(self, priced, forecast, series, points, more, part):
        code, message = error_of(begin, priced, forecast, "wrong", series, points, **more)
        assert code == "InvalidInputException"
        assert part in message

    def test_a_predictor_has_no_series_or_points_of_its_own(self, priced, trees):
        code, message = error_of(begin, priced, trees, "wrong", SPECIFIC, ALL, **chosen(priced))
        assert code == "InvalidInputException"
        assert "explain a forecast" in message

    def test_points_lie_in_the_horizon(self, priced, forecast):
        dates = {"StartDateTime": "2023-01-01T00:00:00", "EndDateTime": f"{START}T00:00:00"}
        found = explain(priced, forecast, "early", ALL, SPECIFIC, wanted="CREATE_FAILED", **dates)
        assert f"from {START}T00:00:00 to {START + timedelta(days=HORIZON - 1)}T00:00:00" in found["Message"]

    def test_without_anything_beside_the_target_there_is_nothing_to_explain(self, sales, predictor, made):
        for resource in (predictor, made):
            code, message = error_of(begin, sales, resource, "nothing")
            assert code == "InvalidInputException"
            assert "nothing to explain" in message

    def test_what_is_not_there_is_not_found(self, sales, made):
        assert error_of(begin, sales, made + "x", "missing")[0] == "ResourceNotFoundException"
        assert error_of(begin, sales, sales.group, "missing")[0] == "ResourceNotFoundException"
