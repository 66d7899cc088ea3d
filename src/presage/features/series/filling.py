"""How missing steps are filled, and how several values of a step become one.

Source: the Forecast developer guide, "Handling missing values", "Data aggregation".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

from presage.recipes.forecasting.known import by_rows

Doubles = NDArray[np.float64]
AGGREGATIONS = ("sum", "avg", "first", "min", "max")
WINDOW = 64
"""So many of the last values before a gap make its median, mean, min or max."""
_GAPS_AT_ONCE = 100_000
_OVER_WINDOW = {"median": np.nanmedian, "mean": np.nanmean, "min": np.nanmin, "max": np.nanmax}
METHODS = ("zero", "value", *_OVER_WINDOW)
GAPS = ("middlefill", "backfill", "futurefill")


@dataclass(frozen=True)
class Method:
    """What is put in a gap.

    Parameters
    ----------
    name : one of `METHODS`, or nan: the gap stays
    value : for the method `value`
    """

    name: str
    value: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Filling:
    """What is done about the missing steps of an attribute; a gap that is not named stays.

    Parameters
    ----------
    aggregation : one of `AGGREGATIONS`
    methods : which gap -> what is put in it. middlefill: between the first and the last value; backfill:
        after the last value, to the last step of the history; futurefill: in the steps of the horizon
    """

    aggregation: str = "sum"
    methods: Mapping[str, Method] = field(default_factory=dict[str, Method])

    @classmethod
    def of_target(cls, given: Mapping[str, str]) -> Self:
        """How a target is aggregated and filled, from Transformations; raises ValueError."""
        _check_keys(given, ("aggregation", "frontfill", *GAPS[:2]))
        if given.get("frontfill", "none") != "none":
            raise ValueError(f"frontfill is {given['frontfill']!r}; of a target it must be none")
        aggregation = given.get("aggregation", "sum")
        if aggregation not in AGGREGATIONS:
            raise ValueError(f"aggregation is {aggregation!r}; it must be one of {', '.join(AGGREGATIONS)}")
        defaults = {"middlefill": "zero", "backfill": "zero", **given}
        return cls(aggregation=aggregation, methods=_methods(defaults, GAPS[:2], ("nan", *METHODS)))

    @classmethod
    def of_related(cls, given: Mapping[str, str]) -> Self:
        """How a related attribute is filled, from Transformations; finer values of a step are averaged."""
        _check_keys(given, GAPS)
        return cls(aggregation="avg", methods=_methods(given, GAPS, METHODS))


def _check_keys(given: Mapping[str, str], accepted: tuple[str, ...]) -> None:
    values = tuple(f"{gap}_value" for gap in GAPS if gap in accepted)
    for key in given:
        if key not in (*accepted, *values):
            raise ValueError(
                f"{key!r} is no transformation of this attribute; it has: {', '.join((*accepted, *values))}"
            )


def _methods(given: Mapping[str, str], gaps: tuple[str, ...], accepted: tuple[str, ...]) -> dict[str, Method]:
    found: dict[str, Method] = {}
    for gap in (gap for gap in gaps if gap in given):
        if given[gap] not in accepted:
            raise ValueError(f"{gap} is {given[gap]!r}; it must be one of {', '.join(accepted)}")
        if given[gap] == "value":
            found[gap] = Method("value", _number(given, f"{gap}_value"))
        else:
            found[gap] = Method(given[gap])
    return found


def _number(given: Mapping[str, str], key: str) -> float:
    try:
        value = float(given[key])
    except KeyError:
        raise ValueError(f"{key} is missing; the method value needs it") from None
    except ValueError:
        raise ValueError(f"{key} is {given[key]!r}; it must be a number") from None
    if not np.isfinite(value):
        raise ValueError(f"{key} is {given[key]!r}; it must be finite")
    return value


def fill(values: Doubles, end: int, filling: Filling) -> Doubles:
    """The values, with gaps filled; what is before the first value of a row stays as it is.

    Parameters
    ----------
    values : (n_series, n_steps + n_ahead), NaN = missing
    end : n_steps, from where the steps of the horizon begin
    """
    return by_rows(lambda some: _filled(some, end, filling), values)


def _filled(values: Doubles, end: int, filling: Filling) -> Doubles:
    known = ~np.isnan(values)
    place = np.arange(values.shape[1])
    last = np.where(known, place, -1).max(axis=1, initial=-1)[:, None]
    begun = np.maximum.accumulate(known, axis=1)
    missing = begun & ~known
    gaps = {
        "middlefill": missing & (place < np.minimum(last, end)),
        "backfill": missing & (place > last) & (place < end),
        "futurefill": missing & (place >= end),
    }
    filled = values.copy()
    for gap, method in filling.methods.items():
        if method.name == "nan":
            continue
        if method.name in _OVER_WINDOW:
            filled[gaps[gap]] = _over_window(values, known, gaps[gap], method.name)
        else:
            filled[gaps[gap]] = method.value
    return filled


def _over_window(values: Doubles, known: NDArray[np.bool_], gap: NDArray[np.bool_], name: str) -> Doubles:
    """(n_missing,): of each missing step, a figure of the last values of its row before it."""
    flat = values[known]
    counts = known.sum(axis=1)
    begins = np.cumsum(counts) - counts  # (n_series,), where the values of a row begin in `flat`
    before = begins[:, None] + np.cumsum(known, axis=1) - 1  # the last value before a step, in `flat`
    rows, _ = np.nonzero(gap)
    ends, back = np.unique(before[gap], return_inverse=True)
    begin_of = np.zeros(len(ends), np.int64)
    begin_of[back] = begins[rows]
    found = [
        _figure(flat, ends[k : k + _GAPS_AT_ONCE], begin_of[k : k + _GAPS_AT_ONCE], name)
        for k in range(0, len(ends), _GAPS_AT_ONCE)
    ]
    return np.concatenate(found)[back] if found else np.zeros(0)


def _figure(flat: Doubles, ends: NDArray[np.int64], begins: NDArray[np.int64], name: str) -> Doubles:
    at = ends[:, None] - np.arange(WINDOW)
    windows = np.where(at >= begins[:, None], flat[np.maximum(at, 0)], np.nan)
    return _OVER_WINDOW[name](windows, axis=1)
