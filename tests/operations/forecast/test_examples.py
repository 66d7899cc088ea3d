"""Files of public notebooks are imported, forecast and explained as those notebooks do it."""

from pathlib import Path

import pytest

import tests.data

from ...market import METADATA, ROLE, TARGET, Market
from ..inprocess import InProcess

FILES = Path(tests.data.__file__).parent / "forecast_examples"
TIME, TARGET_VALUE, ITEM = ("timestamp", "timestamp"), ("target_value", "float"), ("item_id", "string")
NAIVE = "arn:aws:forecast:::algorithm/presage-seasonal-naive"
HOURLY = {"DataFrequency": "H"}
SECONDS = {"TimestampFormat": "yyyy-MM-dd HH:mm:ss"}


@pytest.fixture(scope="module")
def market(tmp_path_factory):
    process = InProcess(tmp_path_factory.mktemp("examples") / "data")
    yield Market(process)
    process.close()


def imported(market, name, attributes, kind=TARGET):
    """A dataset that holds a file."""
    more, written = ({}, {}) if kind == METADATA else (HOURLY, SECONDS)
    dataset = market.dataset(kind, attributes, **more)
    found = market.load(dataset, (FILES / name).read_bytes(), **written)
    assert found["Status"] == "ACTIVE", found
    return dataset, found["FieldStatistics"]


def forecast_of(market, group, horizon, **more):
    """A forecast by seasonal naive."""
    forecast = market.forecast
    predictor = forecast.create_predictor(
        PredictorName=market.name(),
        AlgorithmArn=NAIVE,
        ForecastHorizon=horizon,
        InputDataConfig={"DatasetGroupArn": group},
        FeaturizationConfig={"ForecastFrequency": "H"},
    )["PredictorArn"]
    market.running.run_jobs()
    arn = forecast.create_forecast(ForecastName=market.name(), PredictorArn=predictor, **more)["ForecastArn"]
    market.running.run_jobs()
    found = forecast.describe_forecast(ForecastArn=arn)
    assert found["Status"] == "ACTIVE", found
    return arn


def ask(market, forecast, item):
    query = market.running.client("forecastquery").query_forecast
    return query(ForecastArn=forecast, Filters={"item_id": item})["Forecast"]["Predictions"]["p50"]


@pytest.mark.parametrize(
    ("name", "attributes", "item", "n_rows", "first"),
    [
        ("elec_data_small_first.csv", (TIME, TARGET_VALUE, ITEM), "client_111", 960, "2014-11-29T00:00:00"),
        ("elec_data_small_new.csv", (TIME, TARGET_VALUE, ITEM), "client_111", 984, "2014-11-30T00:00:00"),
        ("item-demand-time-validation.csv", (TIME, TARGET_VALUE, ITEM), "client_12", 696, ""),
        ("taxi-feb2019.csv", (TIME, ITEM, TARGET_VALUE), "10", 3435, "2019-02-02T00:00:00"),
    ],
)
def test_series_are_imported_and_forecast(market, name, attributes, item, n_rows, first):
    dataset, statistics = imported(market, name, attributes)
    assert statistics["item_id"]["Count"] == n_rows
    points = ask(market, forecast_of(market, market.group(dataset), horizon=8), item)
    assert len(points) == 8
    assert points[0]["Timestamp"] == (first or "2014-11-30T00:00:00")


@pytest.mark.parametrize(
    ("name", "attributes", "n_items"),
    [
        ("item-meta.csv", (ITEM, ("category", "string")), 3),
        ("coldstart_itemMetaData.csv", (ITEM, ("category", "string")), 374),
        ("explainability_IM.csv", (("item_id", "string"), ("Model_Type", "string")), 20),
    ],
)
def test_metadata_are_imported_with_and_without_a_header(market, name, attributes, n_items):
    _, statistics = imported(market, name, attributes, METADATA)
    assert statistics["item_id"]["CountDistinct"] == n_items


def series_of(items):
    """Three days of hours of each item."""
    return "".join(
        f"2024-01-0{day} {hour:02}:00:00,{item},{hour}\n"
        for item in items
        for day in (1, 2, 3)
        for hour in range(24)
    )


@pytest.mark.parametrize(
    ("name", "chosen"),
    [("selected_subset1.csv", ("101", "102", "103")), ("selected_subset2.csv", ("201", "202", "203"))],
)
def test_a_forecast_is_of_the_series_that_a_file_selects(market, name, chosen):
    dataset = market.dataset(attributes=(TIME, ITEM, TARGET_VALUE), **HOURLY)
    market.load(dataset, series_of([*chosen, "999"]), **SECONDS)
    path = market.put(name, (FILES / name).read_bytes())
    identifiers = {
        "DataSource": {"S3Config": {"Path": path, "RoleArn": ROLE}},
        "Schema": {"Attributes": [{"AttributeName": "item_id", "AttributeType": "string"}]},
        "Format": "CSV",
    }
    made = forecast_of(
        market,
        market.group(dataset),
        horizon=2,
        TimeSeriesSelector={"TimeSeriesIdentifiers": identifiers},
    )
    assert all(len(ask(market, made, item)) == 2 for item in chosen)
    with pytest.raises(market.running.client("forecastquery").exceptions.ResourceNotFoundException):
        ask(market, made, "999")


@pytest.fixture(scope="module")
def guitars(market):
    """A forecast of instruments, of whose models the metadata know the kinds."""
    metadata, _ = imported(market, "explainability_IM.csv", (ITEM, ("kind", "string")), METADATA)
    target = market.dataset(attributes=(TIME, ITEM, TARGET_VALUE), **HOURLY)
    market.load(target, series_of([f"Guitar_{n}" for n in range(1, 11)]), **SECONDS)
    return forecast_of(market, market.group(target, metadata), horizon=2)


@pytest.mark.parametrize(
    ("name", "chosen"),
    [
        ("explainability_item_subset.csv", [f"Guitar_{n}" for n in range(1, 5)]),
        ("explainability_second_item_subset.csv", [f"Guitar_{n}" for n in range(5, 9)]),
    ],
)
def test_the_series_that_a_file_names_are_explained(market, guitars, name, chosen):
    path = market.put(name, (FILES / name).read_bytes())
    arn = market.forecast.create_explainability(
        ExplainabilityName=market.name(),
        ResourceArn=guitars,
        ExplainabilityConfig={"TimeSeriesGranularity": "SPECIFIC", "TimePointGranularity": "ALL"},
        DataSource={"S3Config": {"Path": path, "RoleArn": ROLE}},
        Schema={"Attributes": [{"AttributeName": "item_id", "AttributeType": "string"}]},
    )["ExplainabilityArn"]
    market.running.run_jobs()
    found = market.forecast.describe_explainability(ExplainabilityArn=arn)
    assert found["Status"] == "ACTIVE", found
    record = market.running.stores.records.expect(arn)
    assert record["_n_series"] == len(chosen)
