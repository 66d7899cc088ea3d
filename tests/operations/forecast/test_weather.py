"""The weather index: a table that the machine's owner supplies, or a refusal that says how."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from ...market import SERIES, Market
from ..inprocess import InProcess
from .sales import error_of

N_DAYS, HORIZON = 40, 3
PLACES = ("47.61_-122.33", "40.71_-74.0")
TREES = "arn:aws:forecast:::algorithm/presage-lightgbm"


def days(n):
    return [date(2024, 1, 1) + timedelta(days=day) for day in range(n)]


def warmth(place, day):
    """0 or 10 degrees, at random but the same each time."""
    return (place * 7919 + day * 104729) % 97 % 2 * 10


def sold():
    """Ice, of which warm days sell twice as much."""
    return "".join(
        f"ice,{day},{10 + warmth(p, n)},{place}\n"
        for n, day in enumerate(days(N_DAYS))
        for p, place in enumerate(PLACES)
    )


def weather(n_days=N_DAYS + HORIZON, places=PLACES):
    rows = [
        f"{place},{day} 12:00:00,{warmth(p, n)}"
        for n, day in enumerate(days(n_days))
        for p, place in enumerate(places)
    ]
    return "\n".join(["location,timestamp,temperature", *rows]) + "\n"


@pytest.fixture(scope="module")
def market(tmp_path_factory):
    process = InProcess(tmp_path_factory.mktemp("weather") / "data")
    yield Market(process)
    process.close()


@pytest.fixture(scope="module")
def group(market):
    target = market.dataset(attributes=[*SERIES, ("place", "geolocation")])
    assert (
        market.load(target, sold(), GeolocationFormat="LAT_LONG", TimeZone="America/New_York")["Status"]
        == "ACTIVE"
    )
    return market.group(target)


def supply(market, tmp_path, text, name="weather.csv"):
    path = tmp_path / name
    path.write_text(text)
    market.running.stores.config = replace(market.running.stores.config, weather=str(path))


def start(market, group, dimensions=("place",), extra=(("weather", "true"),)):
    return market.forecast.create_predictor(
        PredictorName=market.name(),
        AlgorithmArn=TREES,
        ForecastHorizon=HORIZON,
        InputDataConfig={
            "DatasetGroupArn": group,
            "SupplementaryFeatures": [{"Name": name, "Value": value} for name, value in extra],
        },
        FeaturizationConfig={
            "ForecastFrequency": "D",
            **({"ForecastDimensions": list(dimensions)} if dimensions else {}),
        },
        TrainingParameters={"n_trees": "60", "least_in_leaf": "5"},
    )["PredictorArn"]


def test_a_table_of_weather_moves_forecasts(market, group, tmp_path):
    supply(market, tmp_path, weather())
    predictor = start(market, group)
    market.running.run_jobs()
    found = market.forecast.describe_predictor(PredictorArn=predictor)
    assert found["Status"] == "ACTIVE", found
    arn = market.forecast.create_forecast(ForecastName=market.name(), PredictorArn=predictor)["ForecastArn"]
    market.running.run_jobs()
    query = market.running.client("forecastquery").query_forecast
    for p, place in enumerate(PLACES):
        points = query(ForecastArn=arn, Filters={"item_id": "ice", "place": place})["Forecast"]["Predictions"]
        for step, point in enumerate(points["p50"]):
            assert point["Value"] == pytest.approx(10 + warmth(p, N_DAYS + step), abs=4)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("timestamp,temperature\n2024-01-01,1\n", "lacks the column 'location'"),
        ("location,timestamp,temperature\nx,soon,1\n", "has the timestamp 'soon'"),
        ("location,timestamp\nx,2024-01-01\n", "no column of numbers"),
        ("", "cannot be read"),
    ],
)
def test_a_table_that_is_wrong_is_refused(market, group, tmp_path, text, says):
    supply(market, tmp_path, text)
    code, message = error_of(start, market=market, group=group)
    assert (code, says in message) == ("InvalidInputException", True), message


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (weather(places=PLACES[:1]), "1 of 2 target time series are missing in the weather table"),
        (weather(200) + "far,off,1,2,3\n", "cannot be read"),
        (weather(N_DAYS + 1), "'Weather_temperature' of the weather table is missing 4 times"),
    ],
)
def test_a_table_that_lacks_places_or_times_fails_the_predictor(market, group, tmp_path, text, says):
    supply(market, tmp_path, text)
    predictor = start(market, group)
    market.running.run_jobs()
    found = market.forecast.describe_predictor(PredictorArn=predictor)
    assert (found["Status"], says in found["Message"]) == ("CREATE_FAILED", True), found["Message"]


def test_series_must_say_where_they_are(market, group, tmp_path):
    supply(market, tmp_path, weather())
    code, message = error_of(start, market=market, group=group, dimensions=())
    assert (code, "type geolocation" in message) == ("InvalidInputException", True), message
    start(market, group, dimensions=(), extra=[("weather", "false")])
    market.running.run_jobs()


def test_without_a_table_it_is_refused_with_what_would_help(own_market):
    target = own_market.dataset(attributes=[*SERIES, ("place", "geolocation")])
    own_market.load(target, sold(), GeolocationFormat="LAT_LONG")
    code, message = error_of(start, market=own_market, group=own_market.group(target))
    assert (code, "setting `weather`" in message) == ("InvalidInputException", True), message
