"""Public holidays of a country, by step."""

from datetime import date

import numpy as np

from presage.recipes.data import Floats
from presage.recipes.forecasting.frequency import Instants

_ALSO = {"UK": "GB"}
"""Amazon Forecast's own code -> the country's."""


def country_of(code: str) -> str:
    """The country of a holiday calendar; raises ValueError if there is no calendar for a code."""
    from holidays import list_supported_countries  # noqa: PLC0415 (takes a tenth of a second, seldom needed)

    country = _ALSO.get(code, code)
    known = list_supported_countries(include_aliases=False)
    if country not in known:
        raise ValueError(
            f"{code!r} is no country with a holiday calendar; it must be one of: {', '.join(sorted(known))}"
        )
    return country


def holiday_steps(code: str, bounds: Instants) -> Floats:
    """(n_steps,): how many holidays begin in each step; of steps within a day, whether that is one.

    Parameters
    ----------
    bounds : (n_steps + 1,), when each step begins, and when the last one ends
    """
    from holidays import country_holidays  # noqa: PLC0415 (as above)

    days = bounds.astype("M8[D]")
    first, last = (day.astype(date).year for day in (days[0], days[-1]))
    found = country_holidays(country_of(code), years=range(first, last + 1))
    holidays = np.sort(np.array(list(found), "M8[D]"))
    begun = np.searchsorted(holidays, np.maximum(days[1:], days[:-1] + 1)) - np.searchsorted(
        holidays, days[:-1]
    )
    return begun.astype(np.float32)
