"""A forecast as it reads in a terminal, and its fan chart."""

import math
from collections.abc import Sequence
from typing import Any

import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from .forecasting import Outlook
from .page import render
from .series import TIME, VALUE
from .service import Record

MOST_COLUMNS, N_ROWS = 72, 10


def show_accuracy(console: Console, accuracy: dict[str, Record]) -> None:
    """What each predictor's errors were in the backtests, the best one first; the lowest of each in bold."""
    rows = {name: _figures(metrics) for name, metrics in accuracy.items()}
    table = Table("predictor", *next(iter(rows.values())), box=None, header_style="dim", pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for name, figures in sorted(rows.items(), key=lambda row: row[1]["wQL"]):
        lowest = {metric: min(one[metric] for one in rows.values()) for metric in figures}
        table.add_row(
            name,
            *(f"[bold]{v:.4f}[/]" if v == lowest[metric] else f"{v:.4f}" for metric, v in figures.items()),
        )
    console.print(table)


def _figures(metrics: Record) -> dict[str, float]:
    errors = metrics["ErrorMetrics"][0]
    return {
        "wQL": metrics["AverageWeightedQuantileLoss"],
        **{name: errors[name] for name in ("WAPE", "MASE", "RMSE")},
    }


def show_outlook(console: Console, outlook: Outlook, n_items: int) -> None:
    """The largest items: a fan of each, and the first steps in numbers."""
    for item in outlook.largest(n_items):
        history, ahead = outlook.of_item(item)
        console.print(f"\n[bold]{escape(item)}[/]  [dim]history •  median ━  8 in 10 ░[/]")
        for line in fan_lines(
            history[VALUE].to_list(), *(ahead[name].to_list() for name in ("p10", "p50", "p90"))
        ):
            console.print(line, markup=False, highlight=False)
        console.print(_first_steps(ahead))


def _first_steps(ahead: pl.DataFrame, n: int = 5) -> Table:
    table = Table(
        "date", "low (p10)", "median", "high (p90)", "mean", box=None, header_style="dim", pad_edge=False
    )
    for column in table.columns[1:]:
        column.justify = "right"
    for row in ahead.head(n).iter_rows(named=True):
        numbers = (f"{row[name]:,.2f}" for name in ("p10", "p50", "p90", "mean"))
        table.add_row(f"{row['date']:%Y-%m-%d %H:%M}", *numbers)
    return table


def page_of(outlook: Outlook, name: str, *, n_items: int = 6, source: str = "") -> str:
    """The HTML page of a forecast."""
    fans = fans_of(outlook, n_items)
    return render("forecast.html", story=outlook, name=name, fans=fans, source=source)


def fans_of(outlook: Outlook, n_items: int) -> list[tuple[str, list[Any], list[Any]]]:
    """The largest items, each with its history and its forecast as pages draw them."""
    return [(item, *_points(outlook, item)) for item in outlook.largest(n_items)]


def _points(outlook: Outlook, item: str) -> tuple[list[Any], list[Any]]:
    """An item's latest history and its forecast as `charts.forecast_fan` draws them."""
    history, ahead = outlook.of_item(item)
    form = "%Y-%m-%d" if outlook.series.frequency[-1] in "DWMY" else "%Y-%m-%d %H:%M"
    latest = history.tail(max(4 * outlook.horizon, 24))
    when = latest[TIME].dt.strftime(form)
    to_come = ahead.select("p10", "p50", "p90").to_numpy()
    return list(zip(when, latest[VALUE], strict=True)), list(
        zip(ahead["date"].dt.strftime(form), to_come, strict=True)
    )


def fan_lines(
    history: Sequence[float | None], low: Sequence[float], middle: Sequence[float], high: Sequence[float]
) -> list[str]:
    """A fan chart of characters, a column a step: the latest history, then the median in its band.

    A step without a value is blank; values stand at the left of the first and the last line.
    """
    shown = history[-max(MOST_COLUMNS - len(middle), 8) :]
    known = [value for value in shown if value is not None and math.isfinite(value)]
    top, bottom = max([*known, *high]), min([*known, *low])
    span = (top - bottom) or 1.0

    def line(value: float) -> int:
        return round((top - value) / span * (N_ROWS - 1))

    grid = [[" "] * (len(shown) + len(middle)) for _ in range(N_ROWS)]
    for column, value in enumerate(shown):
        if value is not None and math.isfinite(value):
            grid[line(value)][column] = "•"
    for column, (below, mid, above) in enumerate(zip(low, middle, high, strict=True), start=len(shown)):
        for place in range(line(above), line(below) + 1):
            grid[place][column] = "░"
        grid[line(mid)][column] = "━"
    labels = {0: f"{top:,.4g}", N_ROWS - 1: f"{bottom:,.4g}"}
    width = max(map(len, labels.values()))
    return [f"{labels.get(number, ''):>{width}} {''.join(row)}".rstrip() for number, row in enumerate(grid)]
