"""The query plane: the forecast of one series, or what it would be."""

import asyncio
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from presage.errors import InvalidInputException, ResourceInUseException, ResourceNotFoundException, shown
from presage.recipes.forecasting.frequency import Instants
from presage.recipes.forecasting.panel import Doubles
from presage.resources.record import Record
from presage.serving.forecast.stored import StoredForecast, column_name
from presage.wire.calls import Exact

from ..kinds import Kind
from ..lifecycle import find
from ..server import Server
from ..views import Answer, Request
from . import forecasts, what_if_forecasts

DATE = "%Y-%m-%dT%H:%M:%S"


@dataclass(frozen=True, kw_only=True)
class Queried:
    """What answers for a forecast, of these forecast types."""

    stored: StoredForecast
    types: Sequence[str]


async def query_forecast(server: Server, request: Request) -> Answer:
    """QueryForecast: all forecast types of the series that the filters name, between two dates."""
    return await _query(server, forecasts.KIND, request)


async def query_what_if_forecast(server: Server, request: Request) -> Answer:
    """QueryWhatIfForecast: the same of a what-if forecast."""
    return await _query(server, what_if_forecasts.KIND, request)


def mean_of(server: Server, arn: str, filters: Mapping[str, str]) -> tuple[Instants, Doubles]:
    """When the steps of a forecast begin, and what is expected of one of its series; both (horizon,).

    Raises ServiceError if there is no such forecast or series, or it is not ACTIVE.
    """
    stored = server.forecasts.open(server.stores.model_folder(_active(server, forecasts.KIND, arn)))
    return stored.starts, stored.mean[_row(stored, filters, arn)]


async def _query(server: Server, kind: Kind, request: Request) -> Answer:
    arn: str = request[kind.key]
    queried: Queried | None = server.queried.get(arn)
    if queried is None:
        queried = server.queried[arn] = await _look_up(server, kind, arn)
    stored = queried.stored
    row = _row(stored, request["Filters"], arn)
    steps = _steps(stored, request.get("StartDate"), request.get("EndDate"))
    times = stored.timestamps[steps]
    predictions = {
        column_name(type_): [
            {"Timestamp": time, "Value": value} for time, value in zip(times, values, strict=True)
        ]
        for type_, values in stored.series(row, queried.types, steps).items()
    }
    return Exact(Forecast={"Predictions": predictions})


async def _look_up(server: Server, kind: Kind, arn: str) -> Queried:
    """What answers for a forecast; raises ResourceInUseException unless it is ACTIVE."""
    record = _active(server, kind, arn)
    folder = server.stores.model_folder(record)
    try:
        stored = server.forecasts.get(folder)
        stored = stored or await asyncio.to_thread(forecasts.open_forecast, server, record)
    except FileNotFoundError:  # it was deleted a moment ago
        raise ResourceNotFoundException(kind.dialect.not_found.format(kind=kind.label, arn=arn)) from None
    return Queried(stored=stored, types=record["ForecastTypes"])


def _active(server: Server, kind: Kind, arn: str) -> Record:
    """The record of a forecast; raises ResourceInUseException unless it is ACTIVE."""
    record = find(server.records, kind, arn)
    if not record.is_active:
        status = kind.dialect.spell(record)
        raise ResourceInUseException(f"{arn} is {status}; it answers once it is ACTIVE.")
    return record


def _row(stored: StoredForecast, filters: Mapping[str, str], arn: str) -> int:
    """The row of the one series that filters name, by attributes in lower case."""
    given = {name.lower(): value for name, value in filters.items()}
    known = {name.lower(): name for name in stored.dimensions}
    if unknown := [name for name in filters if name.lower() not in known]:
        raise InvalidInputException(
            f"Filters has the key {unknown[0]!r}; it must be one of: {', '.join(known)}."
        )
    if missing := [name for name in known if name not in given]:
        raise InvalidInputException(
            f"Filters lacks {', '.join(missing)}; a series is named by {', '.join(known)} together."
        )
    row = stored.row([given[name] for name in known])
    if row is None:
        named = ", ".join(f"{name} {shown(given[name])}" for name in known)
        raise ResourceNotFoundException(f"{arn} has no series with {named}.")
    return row


def _steps(stored: StoredForecast, start: str | None, end: str | None) -> slice:
    """The steps from one date to another, both inclusive; each must be within the forecast."""
    times = stored.timestamps
    first, last = start or times[0], end or times[-1]
    for member, date in (("StartDate", first), ("EndDate", last)):
        if not _is_date(date):
            raise InvalidInputException(f"{member} is {shown(date)}; write yyyy-MM-ddTHH:mm:ss.")
        if not times[0] <= date <= times[-1]:
            raise InvalidInputException(
                f"{member} is {date}; the forecast goes from {times[0]} to {times[-1]}."
            )
    if first > last:
        raise InvalidInputException(f"StartDate {first} is after EndDate {last}; swap them.")
    return slice(bisect_left(times, first), bisect_right(times, last))


def _is_date(text: str) -> bool:
    try:
        return datetime.strptime(text, DATE).strftime(DATE) == text
    except ValueError:
        return False
