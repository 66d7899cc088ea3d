"""How good are the deep forecasting recipes on hourly load and on weekly sales with prices?

    python benchmarks/deep_forecast.py DATA/forecast/electricity_aws --recipe CNN-QR
    python benchmarks/deep_forecast.py DATA/forecast/orange_juice --recipe CNN-QR --set use_related_data=NONE
    python benchmarks/deep_forecast.py DATA/forecast/gefcom2012_load --recipe Deep_AR_Plus --validate 2

Hourly data: a day is forecast from each of the last seven days' midnights. Orange juice: twelve rounds two weeks
apart, each forecasts the second and third week ahead. A model is learned once, before the first window, and
forecasts every window from the history until there. `--validate K` moves all windows K weeks (rounds: 24 K weeks)
back, so that settings are chosen inside the part that is learned from. Of all figures less is better. The answers
stand in `deep_forecast.md`.
"""

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from presage.metrics.forecasting import accuracy, mean_accuracy, seasonal_scale
from presage.recipes import FORECASTING
from presage.recipes.data import Training
from presage.recipes.forecasting.frequency import Frequency
from presage.recipes.forecasting.panel import Attribute, Panel, Related
from presage.recipes.forecasting.seasons import season_of
from presage.recipes.settings import parse_settings

LEVELS = (0.1, 0.5, 0.9)


@dataclass(frozen=True, kw_only=True)
class Case:
    """A panel with its future, and what is asked of it.

    Parameters
    ----------
    begins : the steps at which forecasts begin
    horizon, skipped : steps that are forecast, and how many of the first are not judged
    """

    panel: Panel
    begins: list[int]
    horizon: int
    skipped: int = 0


def read_case(folder: Path, validate: int) -> Case:
    """The protocol of the data's SOURCE.md, moved back by `validate`."""
    return _orange_juice(folder, validate) if folder.name == "orange_juice" else _hourly(folder, validate)


def _hourly(folder: Path, validate: int) -> Case:
    rows = pl.read_parquet(folder / "target.parquet").with_columns(
        pl.col("timestamp").cast(pl.Datetime("ms"))
    )
    wide = rows.pivot(on="item_id", index="timestamp", values="target_value").sort("timestamp")
    if folder.name == "gefcom2012_load":
        wide = wide.filter(pl.col("timestamp") >= pl.datetime(2007, 4, 1))
    wide = wide.upsample("timestamp", every="1h")
    last = wide["timestamp"].dt.hour().to_numpy()
    n = int(np.flatnonzero(last == 23)[-1]) + 1 - 168 * validate
    panel = Panel(
        target=wide.drop("timestamp").to_numpy().T.astype(float)[:, :n],
        first=wide["timestamp"].to_numpy()[0],
        frequency=Frequency.parse("H"),
    )
    return Case(panel=panel, begins=[n - 24 * k for k in range(7, 0, -1)], horizon=24)


def _orange_juice(folder: Path, validate: int) -> Case:
    rows = pl.read_parquet(folder / "target.parquet")
    items, weeks = rows["item_id"].unique().sort(), np.arange(40, 161)
    row = np.searchsorted(items.to_numpy(), rows["item_id"].to_numpy())
    step = rows["week"].to_numpy().astype(int) - 40
    target = np.full((len(items), len(weeks)), np.nan)
    target[row, step] = rows["target_value"].to_numpy()
    beside = rows.select("item_id", "timestamp").join(
        pl.read_parquet(folder / "related.parquet"),
        on=["item_id", "timestamp"],
        how="left",
        maintain_order="left",
    )
    related: dict[str, Related] = {}
    for name in ("price", "avg_price", "deal", "feat"):
        values = np.full(target.shape, np.nan, np.float32)
        values[row, step] = beside[name].to_numpy()
        related[name] = Related(values=values, is_known_ahead=True)
    about = pl.read_parquet(folder / "item_metadata.parquet").sort("item_id")
    attributes: dict[str, Attribute] = {}
    for name in ("store", "brand"):
        known, code = np.unique(about[name].to_numpy(), return_inverse=True)
        attributes[name] = Attribute(code=code.astype(np.int32), n_values=len(known))
    n = 121 - 24 * validate
    panel = Panel(
        target=target[:, :n],
        first=rows["timestamp"].sort().to_numpy()[0],
        frequency=Frequency.parse("W"),
        related={
            name: Related(values=one.values[:, :n], is_known_ahead=True) for name, one in related.items()
        },
        attributes=attributes,
    )
    begins = [96 + 2 * k - 24 * validate for k in range(12)]
    return Case(panel=panel, begins=begins, horizon=3, skipped=1)


def figures(case: Case, recipe: str, settings: dict[str, str], seed: int) -> Iterator[str]:
    """A line of figures."""
    kind = FORECASTING[recipe]
    made = kind(**parse_settings(kind, settings, "algorithmHyperParameters"))
    training = Training(seed=seed, report=lambda step, fraction: print(f"{fraction:.2f} {step}", end="\r"))
    cpu = time.process_time()
    model = made.fit(case.panel.until(case.begins[0]), case.horizon, training)
    learned = time.process_time() - cpu
    found = []
    for begin in case.begins:
        before = case.panel.until(begin)
        forecast = model.forecast(before, LEVELS, Training(seed=seed))
        judged = slice(case.skipped, case.horizon)
        actual = case.panel.target[:, begin : begin + case.horizon][:, judged]
        scale = seasonal_scale(before.target, season_of(before.frequency))
        quantiles, mean = forecast.quantiles[:, judged], forecast.mean[:, judged]
        found.append(accuracy(actual, quantiles, mean, LEVELS, scale))
    one = mean_accuracy(found)
    yield (
        f"{recipe} {settings or ''}: wQL {one.average_wql:.4f} (10 {one.wql[0.1]:.4f}, 50 {one.wql[0.5]:.4f}, "
        f"90 {one.wql[0.9]:.4f}), WAPE {one.wape:.4f}, MAPE {one.mape:.4f}, MASE {one.mase:.3f}; "
        f"learning {learned:.0f} CPU s, in all {time.process_time() - cpu:.0f}"
    )


def main() -> None:
    """Print the figures of a recipe."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--recipe", action="append", required=True)
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--validate", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--without-related", action="store_true", help="as if there were no related series")
    asked = parser.parse_args()
    settings = dict(one.split("=", 1) for one in asked.set)
    case = read_case(asked.folder, asked.validate)
    if asked.without_related:
        case = replace(case, panel=replace(case.panel, related={}))
    for recipe in asked.recipe:
        for line in figures(case, recipe, settings, asked.seed):
            print(line)


if __name__ == "__main__":
    main()
