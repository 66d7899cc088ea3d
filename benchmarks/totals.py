"""What is gained when forecasts of series and of their totals are made to add up?

    python -m benchmarks.totals DATA/forecast/orange_juice

Weekly sales of 913 series, by brand and by store, forecast 4 weeks ahead from 3 origins, the latest 4 weeks before the
end. The series are forecast by theta, which sees the past alone, or by trees with price, deal and feature; the totals
by a quick `presage-auto` of their own. A figure is the error of the mean as a part of all that was sold (WAPE): of the
series, of each brand, of each store, of everything. `apart`: totals as their own model has them, which do not add up.
Without a folder `PRESAGE_DATA/forecast/orange_juice` is read. The answer stands in `docs/totals.md`.
"""

import argparse
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.forecast import orange_juice
from presage.features.series.table import SeriesTable
from presage.features.series.totals import Totals, totals_of
from presage.recipes import FORECASTING
from presage.recipes.forecasting.panel import Doubles, Panel
from presage.trials.forecasting.automatic import AUTO
from presage.trials.forecasting.plan import PredictorPlan
from presage.trials.forecasting.totals import METHODS, add_up, train_totals

HORIZON, N_ORIGINS = 4, 3
LEVELS = (0.5,)
BY = {"brand": "brand=", "store": "store=", "all": "Aggregate"}
SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "presage-theta": {},
    "presage-lightgbm": {"n_rows": 30_000, "n_trees": 150},
}


def totals(panel: Panel) -> Totals:
    """By brand, by store, of everything."""
    names = {name: [f"{code}" for code in range(one.n_values)] for name, one in panel.attributes.items()}
    keys = [(f"{row}",) for row in range(panel.n_series)]
    table = SeriesTable(dimensions=("item_id",), keys=keys, panel=panel, categories=names)
    return totals_of(table, [(), ("brand",), ("store",)])


def means(recipe: str, panel: Panel, above: Totals) -> Iterator[tuple[str, Doubles]]:
    """(method, mean of series and totals) for each method."""
    model = FORECASTING[recipe](**SETTINGS[recipe]).fit(panel, HORIZON)
    plan = PredictorPlan(recipe=AUTO, settings={"effort": "quick"}, horizon=HORIZON, levels=LEVELS)
    own = train_totals(above, plan)
    forecast = model.forecast(panel, LEVELS)
    yield "apart", np.concatenate([forecast.mean, own.model.forecast(above.panel, LEVELS).mean])
    for method in METHODS:
        yield method, add_up(model, panel, forecast, above, own, LEVELS, method).mean


def errors(mean: Doubles, came: Doubles, above: Totals) -> list[float]:
    """Of the series, then of each kind of totals; weeks of a series that nobody knows count nowhere."""
    known = np.isfinite(came)
    came, foreseen = np.where(known, came, 0), np.where(known, mean[: len(came)], 0)
    lacking = above.membership @ (mean[: len(came)] - foreseen)
    apart = [np.abs(came - foreseen).sum()]
    total = np.abs(above.membership @ came - (mean[len(came) :] - lacking)).sum(axis=1)
    for begin in BY.values():
        apart.append(sum(total[row] for row, key in enumerate(above.keys) if key[0].startswith(begin)))
    return [float(one / came.sum()) for one in apart]


def main() -> None:
    """Forecast, make the forecasts add up, print a row for each method."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    default = os.environ.get("PRESAGE_DATA")
    folder = default and Path(default, "forecast", "orange_juice")
    parser.add_argument("folder", type=Path, nargs="?", default=folder)
    options = parser.parse_args()
    if options.folder is None:
        parser.error("name the folder that holds target.parquet, or set PRESAGE_DATA")
    panel = orange_juice(options.folder)
    print(f"| | | series | {' | '.join(BY)} |\n|{'---|' * (len(BY) + 3)}", flush=True)
    for recipe in SETTINGS:
        found: dict[str, list[list[float]]] = {}
        for number in range(1, N_ORIGINS + 1):
            begin = panel.n_steps - HORIZON * number
            before, came = panel.until(begin), panel.target[:, begin : begin + HORIZON]
            above = totals(before)
            for method, mean in means(recipe, before, above):
                found.setdefault(method, []).append(errors(mean, came, above))
        for method, rows in found.items():
            figures = " | ".join(f"{one:.4f}" for one in np.mean(rows, axis=0))
            print(f"| {recipe} | {method} | {figures} |", flush=True)


if __name__ == "__main__":
    main()
