"""What if prices were others: forecasts that differ from their baseline where, and only where, they were changed."""

import io

import polars as pl
import pytest

from .sales import FIRST, HORIZON, ITEMS, N_DAYS, PRICES, TREES, Sales, csv, error_of, priced_rows, prices

DOUBLE = [{"Action": {"AttributeName": "price", "Operation": "MULTIPLY", "Value": 2.0}}]


@pytest.fixture(scope="module")
def priced(sales):
    """Sales whose demand falls as prices rise, with prices known ahead."""
    other = Sales(sales.server).stocked(priced_rows())
    other.dataset("RELATED_TIME_SERIES", PRICES)
    other.import_(csv(prices()), "RELATED_TIME_SERIES")
    return other


@pytest.fixture(scope="module")
def baseline(priced):
    few = {"n_trees": "60", "least_in_leaf": "5"}
    return priced.make_forecast(priced.predictor(TREES, TrainingParameters=few))


@pytest.fixture(scope="module")
def analysis(priced, baseline):
    return analyse(priced, baseline, "prices")


def analyse(priced, baseline, name, **more):
    arn = priced.forecast.create_what_if_analysis(WhatIfAnalysisName=name, ForecastArn=baseline, **more)[
        "WhatIfAnalysisArn"
    ]
    priced.wait(priced.forecast.describe_what_if_analysis, WhatIfAnalysisArn=arn)
    return arn


def what_if(priced, analysis, name, wanted="ACTIVE", **more):
    arn = priced.forecast.create_what_if_forecast(
        WhatIfForecastName=name, WhatIfAnalysisArn=analysis, **more
    )["WhatIfForecastArn"]
    priced.wait(priced.forecast.describe_what_if_forecast, wanted=wanted, WhatIfForecastArn=arn)
    return arn


def ask(priced, arn, item="hat", town="Bern"):
    found = priced.query.query_what_if_forecast(
        WhatIfForecastArn=arn, Filters={"item_id": item, "location": town}
    )["Forecast"]["Predictions"]
    return {name: [one["Value"] for one in points] for name, points in found.items()}


class TestWhatIfForecasts:
    def test_it_differs_where_its_conditions_are_met_and_nowhere_else(self, priced, baseline, analysis):
        only_hats = [
            {"AttributeName": "item_id", "AttributeValue": "hat", "Condition": "EQUALS"},
            {"AttributeName": "price", "AttributeValue": "2", "Condition": "LESS_THAN"},
        ]
        arn = what_if(
            priced,
            analysis,
            "hats",
            TimeSeriesTransformations=[{**DOUBLE[0], "TimeSeriesConditions": only_hats}],
        )
        before, after = priced.ask(baseline), ask(priced, arn)
        assert after.keys() == before.keys()
        assert sum(after["p50"]) < sum(before["p50"])
        assert ask(priced, arn, "shoe") == priced.ask(baseline, "shoe")
        described = priced.forecast.describe_what_if_forecast(WhatIfForecastArn=arn)
        assert described["ForecastTypes"] == ["0.1", "0.5", "0.9"]
        assert described["TimeSeriesTransformations"][0]["Action"] == DOUBLE[0]["Action"]

    def test_a_file_replaces_what_it_names(self, priced, baseline, analysis):
        double = [(item, f"{day} 00:00:00", "2") for item, day, _ in prices() if item == "hat"]
        source = {
            **priced.put(
                "other.csv", csv([(i, d, town, p) for i, d, p in double for town in ("Bern", "Genève")])
            ),
            "Schema": {
                "Attributes": [
                    {"AttributeName": name, "AttributeType": kind}
                    for name, kind in (
                        *(("item_id", "string"), ("timestamp", "timestamp"), ("location", "string")),
                        ("price", "float"),
                    )
                ]
            },
        }
        arn = what_if(priced, analysis, "file", TimeSeriesReplacementsDataSource=source)
        assert sum(ask(priced, arn)["p50"]) < sum(priced.ask(baseline)["p50"])
        assert ask(priced, arn, "shoe") == priced.ask(baseline, "shoe")

    @pytest.mark.parametrize(
        ("changes", "part"),
        [
            ([{"Action": {"AttributeName": "colour", "Operation": "ADD", "Value": 1.0}}], "'colour'"),
            ([{"Action": {"AttributeName": "price", "Operation": "DIVIDE", "Value": 0.0}}], "divides by 0"),
        ],
    )
    def test_what_cannot_be_changed_is_named(self, priced, analysis, changes, part):
        name = f"wrong{len(part)}"
        arn = what_if(priced, analysis, name, wanted="CREATE_FAILED", TimeSeriesTransformations=changes)
        assert part in priced.forecast.describe_what_if_forecast(WhatIfForecastArn=arn)["Message"]

    def test_the_data_must_be_those_of_the_baseline(self, priced):
        other = Sales(priced.server).stocked(priced_rows())
        other.dataset("RELATED_TIME_SERIES", PRICES)
        other.import_(csv(prices()), "RELATED_TIME_SERIES")
        older = analyse(other, other.make_forecast(other.predictor()), "older")
        other.import_(csv(priced_rows()))
        arn = what_if(other, older, "late", wanted="CREATE_FAILED", TimeSeriesTransformations=DOUBLE)
        message = other.forecast.describe_what_if_forecast(WhatIfForecastArn=arn)["Message"]
        assert "create a new forecast" in message

    def test_one_way_of_changing_must_be_named(self, priced, analysis):
        code, message = error_of(what_if, priced=priced, analysis=analysis, name="nothing")
        assert code == "InvalidInputException"
        assert "TimeSeriesTransformations" in message


class TestAnalyses:
    def test_it_is_of_some_series_if_a_file_names_them(self, priced, baseline):
        identifiers = {
            "DataSource": priced.put("some.csv", "hat,Bern\n"),
            "Schema": {
                "Attributes": [
                    {"AttributeName": name, "AttributeType": "string"} for name in ("item_id", "location")
                ]
            },
        }
        arn = analyse(priced, baseline, "some", TimeSeriesSelector={"TimeSeriesIdentifiers": identifiers})
        made = what_if(priced, arn, "one", TimeSeriesTransformations=DOUBLE)
        assert len(ask(priced, made)["p50"]) == HORIZON
        assert error_of(ask, priced=priced, arn=made, item="shoe")[0] == "ResourceNotFoundException"

    def test_a_name_is_free_for_another_forecast(self, priced, baseline, analysis):
        code, message = error_of(analyse, priced=priced, baseline=baseline, name="prices")
        assert code == "ResourceAlreadyExistsException"
        assert analysis in message

    def test_a_group_without_related_series_has_nothing_to_change(self, sales, made):
        code, message = error_of(analyse, priced=sales, baseline=made, name="none")
        assert code == "InvalidInputException"
        assert "RELATED_TIME_SERIES" in message

    def test_they_are_listed_and_go_from_the_leaves_on(self, priced, baseline):
        arn = analyse(priced, baseline, "leaf")
        made = what_if(priced, arn, "leaf", TimeSeriesTransformations=DOUBLE)
        filters = [{"Key": "ForecastArn", "Value": baseline, "Condition": "IS"}]
        listed = priced.forecast.list_what_if_analyses(Filters=filters)["WhatIfAnalyses"]
        assert arn in [one["WhatIfAnalysisArn"] for one in listed]
        filters = [{"Key": "WhatIfAnalysisArn", "Value": arn, "Condition": "IS"}]
        listed = priced.forecast.list_what_if_forecasts(Filters=filters)["WhatIfForecasts"]
        assert [one["WhatIfForecastArn"] for one in listed] == [made]
        assert error_of(priced.forecast.delete_forecast, ForecastArn=baseline)[0] == "ResourceInUseException"
        assert (
            error_of(priced.forecast.delete_what_if_analysis, WhatIfAnalysisArn=arn)[0]
            == "ResourceInUseException"
        )
        priced.forecast.delete_what_if_forecast(WhatIfForecastArn=made)
        assert error_of(ask, priced=priced, arn=made)[0] == "ResourceNotFoundException"
        priced.forecast.delete_what_if_analysis(WhatIfAnalysisArn=arn)


def test_exports_have_the_baseline_beside_each(priced, baseline, analysis):
    made = what_if(priced, analysis, "twice", TimeSeriesTransformations=DOUBLE)
    same = what_if(
        priced,
        analysis,
        "same",
        TimeSeriesTransformations=[{"Action": {"AttributeName": "price", "Operation": "ADD", "Value": 0.0}}],
    )
    job = priced.forecast.create_what_if_forecast_export(
        WhatIfForecastExportName="out", WhatIfForecastArns=[made, same], Destination=priced.destination("out")
    )["WhatIfForecastExportArn"]
    found = priced.wait(priced.forecast.describe_what_if_forecast_export, WhatIfForecastExportArn=job)
    assert found["WhatIfForecastArns"] == [made, same]
    ((name, content),) = priced.files("out/").items()
    assert name.startswith("out_")
    frame = pl.read_csv(io.BytesIO(content), schema_overrides={"item_id": pl.String})
    types = ("p10", "p50", "p90")
    assert frame.columns == [
        *("item_id", "location", "date"),
        *(f"{one}_{type_}" for one in ("Baseline", "twice", "same") for type_ in types),
    ]
    assert len(frame) == len(ITEMS) * 2 * HORIZON
    assert frame["date"].min() == f"{FIRST.replace(month=3, day=1)}T00:00:00Z"
    assert N_DAYS == 60
    assert frame["Baseline_p50"].to_list() == frame["same_p50"].to_list()
    assert frame["twice_p50"].sum() < frame["Baseline_p50"].sum()
    code, message = error_of(
        priced.forecast.create_what_if_forecast_export,
        WhatIfForecastExportName="many",
        WhatIfForecastArns=[made] * 4,
        Destination=priced.destination("out"),
    )
    assert (code, "may have 3" in message) == ("InvalidInputException", True)
