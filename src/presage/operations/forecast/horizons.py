"""How far a predictor may look ahead, and how its backtest windows must lie, by AWS's rules."""

import numpy as np

from presage.errors import InvalidInputException
from presage.recipes import LEARN_LONG
from presage.recipes.forecasting.frequency import Frequency
from presage.resources.reader import Reader
from presage.resources.record import Body
from presage.tables.forecast.schema import TIMESTAMP
from presage.works.forecast.sources import imports_of

from .asked import GroupData

MOST_STEPS = 500
"""AWS's longest horizon."""
MOST_WINDOWS = 5
"""AWS's most backtest windows."""


def history_steps(records: Reader, data: GroupData, frequency: Frequency) -> int | None:
    """How many steps of a frequency the target time series spans; None if its imports do not tell."""
    found = [job.get("FieldStatistics", {}).get(TIMESTAMP) for job in imports_of(records, data.target)]
    if not found or any(one is None for one in found):
        return None
    first, last = min(one["Min"] for one in found), max(one["Max"] for one in found)
    span = np.datetime64(last.removesuffix("Z"), "s") - np.datetime64(first.removesuffix("Z"), "s")
    return int(span.astype(int)) // frequency.seconds + 1


def check_horizon(horizon: int, n_steps: int | None, *, part: int = 0) -> None:
    """Raise InvalidInputException for a horizon beyond AWS's limit.

    Parameters
    ----------
    n_steps : of the history; None = not known
    part : the horizon is at most so large a part of the history, such as 3 for a third; 0 = all but a step
    """
    longest, why = MOST_STEPS, ""
    if n_steps is not None:
        within = n_steps // part if part else n_steps - 1
        share = f"1/{part} of " if part else "less than "
        longest, why = min(longest, within), f", {share}the {n_steps} time steps of the target time series"
    if not 1 <= horizon <= longest:
        raise InvalidInputException(
            f"ForecastHorizon is {horizon}; it must be from 1 to min({MOST_STEPS}{why}) = {longest}."
        )


def part_of(body: Body) -> int:
    """How large a part of the history a legacy predictor's horizon may be, as `check_horizon` takes it."""
    deep = body.get("AlgorithmArn", "").rpartition("/")[2] in LEARN_LONG
    return 3 if deep or body.get("PerformAutoML") else 0


def check_windows(body: Body, n_steps: int | None) -> None:
    """Raise InvalidInputException unless the backtest windows of a legacy predictor lie in its history."""
    given, horizon = body["EvaluationParameters"], body["ForecastHorizon"]
    windows, offset = given["NumberOfBacktestWindows"], given["BackTestWindowOffset"]
    if not 1 <= windows <= MOST_WINDOWS:
        raise InvalidInputException(
            f"NumberOfBacktestWindows is {windows}; it must be from 1 to {MOST_WINDOWS}."
        )
    if offset < horizon:
        raise InvalidInputException(
            f"BackTestWindowOffset is {offset}; it must be at least the ForecastHorizon {horizon}."
        )
    if n_steps is None:
        return
    if offset >= n_steps / 2:
        raise InvalidInputException(
            f"BackTestWindowOffset is {offset}; it must be less than half of the {n_steps} time steps of the"
            " target time series."
        )
    if windows * offset >= n_steps:
        raise InvalidInputException(
            f"NumberOfBacktestWindows is {windows} and BackTestWindowOffset {offset}; together they need more"
            f" than {windows * offset} time steps, and the target time series has {n_steps}."
        )
