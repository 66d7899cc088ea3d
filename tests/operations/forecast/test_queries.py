"""What QueryForecast answers: one series, between two dates, and what is wrong with a question."""

import threading
from datetime import timedelta

import pytest

from .sales import FIRST, HORIZON, ITEMS, N_DAYS, TOWNS, demand, error_of

START = FIRST + timedelta(days=N_DAYS)


def stamp(step):
    return f"{START + timedelta(days=step)}T00:00:00"


def test_each_series_goes_on_as_it_was(sales, made):
    for place, item in enumerate(ITEMS):
        for town, name in enumerate(TOWNS):
            found = sales.ask(made, item, name)
            assert found.keys() == {"p10", "p50", "p95", "mean"}
            assert found["p50"] == [demand(place, town, N_DAYS + step) for step in range(HORIZON)]
            for low, middle, high in zip(found["p10"], found["p50"], found["p95"], strict=True):
                assert low <= middle <= high


@pytest.mark.parametrize(
    ("dates", "steps"),
    [
        ({}, range(HORIZON)),
        ({"StartDate": stamp(2)}, range(2, HORIZON)),
        ({"EndDate": stamp(2)}, range(3)),
        ({"StartDate": stamp(2), "EndDate": stamp(2)}, range(2, 3)),
        (
            {"StartDate": stamp(1).replace("T00", "T12"), "EndDate": stamp(4).replace("T00", "T12")},
            range(2, 5),
        ),
    ],
)
def test_dates_are_both_inclusive(sales, made, dates, steps):
    found = sales.query.query_forecast(
        ForecastArn=made, Filters={"item_id": "hat", "location": "Bern"}, **dates
    )["Forecast"]["Predictions"]["mean"]
    assert [one["Timestamp"] for one in found] == [stamp(step) for step in steps]


@pytest.mark.parametrize(
    ("request_", "code", "part"),
    [
        ({"Filters": {"item_id": "coat", "location": "Bern"}}, "ResourceNotFoundException", "item_id 'coat'"),
        ({"Filters": {"item_id": "hat", "location": "bern"}}, "ResourceNotFoundException", "location 'bern'"),
        ({"Filters": {"item_id": "hat"}}, "InvalidInputException", "lacks location"),
        ({"Filters": {"item_id": "hat", "town": "Bern"}}, "InvalidInputException", "'town'"),
        (
            {"StartDate": "2023-01-01T00:00:00"},
            "InvalidInputException",
            f"from {stamp(0)} to {stamp(HORIZON - 1)}",
        ),
        ({"EndDate": stamp(HORIZON)}, "InvalidInputException", f"EndDate is {stamp(HORIZON)}"),
        ({"StartDate": stamp(3), "EndDate": stamp(2)}, "InvalidInputException", "swap them"),
        ({"StartDate": "yesterday, noon ish"}, "InvalidInputException", "write yyyy-MM-ddTHH:mm:ss"),
        ({"EndDate": "2024-02-30T00:00:00"}, "InvalidInputException", "write yyyy-MM-ddTHH:mm:ss"),
    ],
)
def test_what_is_wrong_with_a_question_is_named(sales, made, request_, code, part):
    asked = {"ForecastArn": made, "Filters": {"item_id": "hat", "location": "Bern"}, **request_}
    found, message = error_of(sales.query.query_forecast, **asked)
    assert found == code
    assert part in message


def test_names_of_filters_may_be_in_any_case_and_dates_may_be_odd(sales, made):
    filters = {"ITEM_ID": "hat", "Location": "Bern"}
    assert sales.query.query_forecast(ForecastArn=made, Filters=filters)["Forecast"]["Predictions"]["p50"]


def test_questions_go_on_while_forecasts_come_and_go(sales, predictor, made):
    """Every answer is whole, or says that the forecast is gone."""
    gone = [sales.make_forecast(predictor) for _ in range(2)]
    failures = []

    def ask():
        for _ in range(20):
            if len(sales.ask(made)["p50"]) != HORIZON:
                failures.append("cut")

    asking = threading.Thread(target=ask)
    asking.start()
    for forecast in gone:
        sales.ask(forecast)
        sales.forecast.delete_forecast(ForecastArn=forecast)
    asking.join()
    assert failures == []
