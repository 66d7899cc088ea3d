"""How good are forecasts on public data, of each member, of combinations fixed beforehand, and of presage-auto?

    python benchmarks/forecast.py DATA/forecast/m3_monthly
    python benchmarks/forecast.py DATA/forecast/m3_monthly --effort quick
    python benchmarks/forecast.py DATA/forecast/m3_monthly --validate
    python benchmarks/forecast.py DATA/forecast/orange_juice

One origin, all series, the split that the data were published with: `presage-auto` is fitted to the training part
and chooses members and weights there, on backtests; its members' own forecasts are the other rows. `--validate`
leaves the last horizon of the training part out and asks for that: settings are chosen there, never on the test.
Series are laid on one grid by their ends. orange_juice is asked for by the protocol of its published figures, 12
rounds of 2 weeks after a gap of one, by trees with and without the related series. MASE is that of the median, RMSE
that of the mean; wQL9 is over the levels 0.1 to 0.9, wQL3 over 0.1, 0.5 and 0.9; coverage is that of 0.1 to 0.9.
Without a folder `PRESAGE_DATA/forecast/m3_monthly` is read. The answers stand in `forecast.md`.
"""

import argparse
import os
import platform
import resource
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from presage.metrics.forecasting import accuracy, seasonal_scale
from presage.recipes.data import Training
from presage.recipes.forecasting.auto.recipe import Auto
from presage.recipes.forecasting.frequency import Frequency
from presage.recipes.forecasting.panel import Attribute, Doubles, Forecast, Panel, Related
from presage.recipes.forecasting.trees.recipe import LightGbm

LEVELS = tuple(k / 10 for k in range(1, 10))
SHOWN = ("MASE", "wQL9", "wQL3", "coverage", "WAPE", "RMSE")


@dataclass(frozen=True)
class Protocol:
    """How a data set is judged: steps ahead, frequency, the season of MASE."""

    horizon: int
    frequency: str
    season: int


PROTOCOLS = {
    "m4_hourly": Protocol(48, "H", 24),
    "m4_weekly": Protocol(13, "W", 1),
    "m3_monthly": Protocol(18, "M", 12),
    "carparts": Protocol(12, "M", 12),
}
FIXED: Mapping[str, tuple[Callable[..., Doubles], tuple[str, ...]]] = {
    "mean: theta, lightgbm": (np.mean, ("presage-theta", "presage-lightgbm")),
    "median: seasonal naive, theta, smoothing, lightgbm": (
        np.median,
        ("presage-seasonal-naive", "presage-theta", "presage-smoothing", "presage-lightgbm"),
    ),
    "mean: seasonal naive, mstl, lightgbm": (
        np.mean,
        ("presage-seasonal-naive", "presage-mstl", "presage-lightgbm"),
    ),
    "median: seasonal naive, mstl, lightgbm": (
        np.median,
        ("presage-seasonal-naive", "presage-mstl", "presage-lightgbm"),
    ),
    "mean: smoothing, lightgbm": (np.mean, ("presage-smoothing", "presage-lightgbm")),
}


def read(folder: Path, protocol: Protocol, *, validate: bool) -> tuple[Panel, Doubles]:
    """What is known, and what came (n_series, horizon)."""
    table = pl.read_parquet(folder / "target.parquet").sort("item_id", "timestamp")
    series = [part["target_value"].to_numpy().astype(float) for part in table.partition_by("item_id")]
    target = np.full((len(series), max(map(len, series))), np.nan)
    for row, values in enumerate(series):
        target[row, target.shape[1] - len(values) :] = values
    first = np.datetime64(table["timestamp"].min())
    panel = Panel(target=target, first=first, frequency=Frequency.parse(protocol.frequency))
    begin = target.shape[1] - protocol.horizon * (1 + validate)
    return panel.until(begin), target[:, begin : begin + protocol.horizon]


def judge(panel: Panel, actual: Doubles, forecast: Forecast, season: int) -> dict[str, float]:
    """The figures of a forecast."""
    quantiles = forecast.quantiles
    scale = seasonal_scale(panel.target, season)
    median = accuracy(actual, quantiles, quantiles[:, :, 4], LEVELS, scale)
    inside = (actual >= quantiles[:, :, 0]) & (actual <= quantiles[:, :, 8])
    mean = accuracy(actual, quantiles, forecast.mean, LEVELS, scale)
    three = float(np.mean([median.wql[level] for level in (0.1, 0.5, 0.9)]))
    figures = (median.mase, median.average_wql, three, inside.mean(), median.wape, mean.rmse)
    return dict(zip(SHOWN, figures, strict=True))


def show(name: str, figures: Mapping[str, float], note: str) -> None:
    """One row of the table."""
    print(f"| {name} | " + " | ".join(f"{figures[one]:.4f}" for one in SHOWN) + f" | {note} |", flush=True)


def one_origin(folder: Path, options: argparse.Namespace) -> None:
    """Fit the automatic predictor, then judge it, its members and the fixed combinations."""
    protocol = PROTOCOLS[folder.name]
    panel, actual = read(folder, protocol, validate=options.validate)
    begun = time.process_time()
    model = Auto(effort=options.effort, budget_s=options.budget).fit(
        panel, protocol.horizon, Training(seed=options.seed, report=quietly(options))
    )
    forecasts: dict[str, Forecast] = {}
    found = model.forecast(panel, LEVELS)
    spent = time.process_time() - begun
    for name, member in model.members.items():
        forecasts[name] = member.forecast(panel, LEVELS)
        show(name, judge(panel, actual, forecasts[name], protocol.season), "")
    for name, (kind, members) in FIXED.items():
        if all(member in forecasts for member in members):
            quantiles = kind(np.stack([forecasts[one].quantiles for one in members]), axis=0)
            mean = np.mean(np.stack([forecasts[one].mean for one in members]), axis=0)
            combined = Forecast(quantiles=quantiles, mean=mean)
            show(name, judge(panel, actual, combined, protocol.season), "")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    note = f"{spent:.0f} CPU s, {memory:.0f} MB"
    show(f"presage-auto, {options.effort}", judge(panel, actual, found, protocol.season), note)
    print(f"weights {model.combination.state()}", flush=True)


def quietly(options: argparse.Namespace) -> Callable[[str, float], None]:
    """A report that is shown if asked for."""
    last = [-1.0]

    def report(step: str, part: float) -> None:
        if options.verbose and part >= last[0] + 0.02:
            last[0] = part
            print(f"  {part:4.0%} {step}", flush=True)

    return report


def rounds(folder: Path) -> None:
    """MAPE over 12 rounds of 2 weeks after a gap of one, with and without related series."""
    panel = orange_juice(folder)
    for name, one in (("with related series", panel), ("without", replace(panel, related={}))):
        begun = time.process_time()
        origins = [96 + 2 * number for number in range(12)]
        model = LightGbm(n_rows=100_000).fit(one.until(origins[0]), 3)
        share, losses, total = [], 0.0, 0.0
        for origin in origins:
            forecast = model.forecast(one.until(origin), LEVELS)
            actual = panel.target[:, origin + 1 : origin + 3]
            known = np.isfinite(actual)
            middle = forecast.quantiles[:, 1:3, 4]
            share.append((np.abs(actual - middle) / actual)[known])
            found = accuracy(actual, forecast.quantiles[:, 1:3], middle, LEVELS, np.ones(len(actual)))
            losses, total = losses + found.average_wql * actual[known].sum(), total + actual[known].sum()
        figures = f"MAPE {np.concatenate(share).mean():.4f}, wQL9 {losses / total:.4f}"
        print(f"{name}: {figures}, {time.process_time() - begun:.0f} CPU s", flush=True)


def orange_juice(folder: Path) -> Panel:
    """Weekly sales of 913 series with price, deal and feature, which are known ahead, and store and brand."""
    target = pl.read_parquet(folder / "target.parquet").sort("item_id", "timestamp")
    related = pl.read_parquet(folder / "related.parquet").sort("item_id", "timestamp")
    row = np.unique(target["item_id"].to_numpy(), return_inverse=True)[1]
    week = target["week"].to_numpy()
    step = (week - week.min()).astype(int)
    shape = (int(row.max()) + 1, int(step.max()) + 1)

    def grid(values: pl.Series) -> Doubles:
        found = np.full(shape, np.nan)
        found[row, step] = values.to_numpy()
        return found

    names = ("price", "avg_price", "deal", "feat")
    codes = target.unique("item_id").sort("item_id")
    attributes = {
        name: np.unique(codes[name].to_numpy(), return_inverse=True)[1].astype(np.int32)
        for name in ("store", "brand")
    }
    return Panel(
        target=grid(target["target_value"]),
        first=np.datetime64(target["timestamp"].min()),
        frequency=Frequency.parse("W"),
        related={
            name: Related(values=grid(related[name]).astype(np.float32), is_known_ahead=True)
            for name in names
        },
        attributes={
            name: Attribute(code=code, n_values=int(code.max()) + 1) for name, code in attributes.items()
        },
    )


def main() -> None:
    """Fit, judge and print a row for each model."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    default = os.environ.get("PRESAGE_DATA")
    folder = default and Path(default, "forecast", "m3_monthly")
    parser.add_argument("folder", type=Path, nargs="?", default=folder)
    parser.add_argument("--effort", default="default", choices=("quick", "default"))
    parser.add_argument("--budget", type=float, default=3600.0, help="wall seconds of the fit")
    parser.add_argument(
        "--validate", action="store_true", help="ask for the last horizon of the training part"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--verbose", action="store_true", help="show how far it is")
    options = parser.parse_args()
    if options.folder is None:
        parser.error("name the folder that holds target.parquet, or set PRESAGE_DATA")
    print(f"{options.folder.name}, {platform.machine()}, {os.cpu_count()} cores")
    if options.folder.name == "orange_juice":
        rounds(options.folder)
    else:
        print(f"| | {' | '.join(SHOWN)} | |\n|{'---|' * (len(SHOWN) + 2)}")
        one_origin(options.folder, options)


if __name__ == "__main__":
    main()
