"""Forecasts: one series with its fan of quantiles."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from starlette.responses import Response

from presage.errors import ServiceError
from presage.resources.record import Record
from presage.resources.states import State
from presage.serving.forecast.keys import key_of

from ..page import Page
from ..visit import Visit

N_SUGGESTED = 6
MEAN = "mean"


async def show(visit: Visit) -> Response:
    """Choose a forecast and a series; its fan."""
    forecasts = await visit.beside(
        lambda: visit.server.records.of_kind("forecast", "Forecast", state=State.ACTIVE)
    )
    wanted = visit.given("forecast")
    chosen = next((one for one in forecasts if one.arn == wanted), forecasts[0] if forecasts else None)
    keys = await visit.beside(lambda: _keys(visit, chosen)) if chosen else {"dimensions": (), "known": []}
    found = (
        await _query(visit, chosen, **keys)
        if chosen
        else {"chart": None, "rows": [], "error": "", "asked": {}}
    )
    return visit.page("forecasts.html", forecasts=forecasts, chosen=chosen, **keys, **found)


def _keys(visit: Visit, forecast: Record) -> dict[str, Any]:
    """What the series of a forecast are named by, and some of them."""
    stored = visit.server.forecasts.open(visit.server.stores.model_folder(forecast))
    known = [
        dict(zip(stored.dimensions, key_of(text), strict=True)) for text in islice(stored.keys, N_SUGGESTED)
    ]
    return {"dimensions": stored.dimensions, "known": known}


async def _query(
    visit: Visit, forecast: Record, dimensions: Sequence[str], known: Sequence[Mapping[str, str]]
) -> dict[str, Any]:
    """The series that is asked for; the first that is known if none is."""
    filters = {name: visit.given(name) for name in dimensions}
    if not any(filters.values()) and known:
        filters = dict(known[0])
    if not all(filters.values()):
        return {"chart": None, "rows": [], "error": "", "asked": filters}
    try:
        answer = await visit.call("forecastquery", "QueryForecast", ForecastArn=forecast.arn, Filters=filters)
    except ServiceError as error:
        return {"chart": None, "rows": [], "error": error.message, "asked": filters}
    predictions: Mapping[str, list[dict[str, Any]]] = answer["Forecast"]["Predictions"]
    names = sorted(predictions, key=lambda name: (name == MEAN, name))
    times = [one["Timestamp"] for one in predictions[names[0]]]
    rows = [(time, [predictions[name][n]["Value"] for name in names]) for n, time in enumerate(times)]
    return {"chart": _fan(times, predictions), "rows": rows, "columns": names, "error": "", "asked": filters}


def _fan(times: list[str], predictions: Mapping[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """The middle quantile, or the mean, between the lowest and the highest quantile."""
    values = {name: [one["Value"] for one in found] for name, found in predictions.items()}
    levels = sorted((int(name[1:]), name) for name in values if name != MEAN)
    middle = min(levels, key=lambda one: abs(one[0] - 50))[1] if levels else MEAN
    band = {"low": values[levels[0][1]], "high": values[levels[-1][1]]} if len(levels) > 1 else {}
    return {
        "x": [datetime.fromisoformat(time).replace(tzinfo=UTC).timestamp() for time in times],
        "time": True,
        "series": [{"label": middle, "values": values[middle], **band}],
    }


PAGES = (
    Page(
        path="/forecasts",
        answer=show,
        demands=("forecast:ListForecasts", "forecast:QueryForecast"),
        title="Forecasts",
        section="Forecast",
    ),
)
