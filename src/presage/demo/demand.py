"""Demand of a shop's products, day by day: `presage demo forecast`; and the series of any file."""

import time
from pathlib import Path

import polars as pl
from rich.console import Console

from .forecast_page import page_of, show_accuracy, show_outlook
from .forecasting import Forecasting, Outlook
from .retail import bundled_lines, clean
from .series import ITEM, TIME, VALUE, Series
from .service import plain_errors
from .steps import ProgressOf, Steps, unknown

N_PRODUCTS, N_SHORT, HORIZON = 20, 4, 14
ALGORITHMS = ("presage-seasonal-naive", "NPTS", "ETS")
CREDITS = (
    "Data: Daqing Chen, Online Retail, UCI Machine Learning Repository, 2015, doi:10.24432/C5BW33, licensed"
    " under CC BY 4.0; units a day of the products sold on most days."
)


def run_forecast_demo(
    endpoint: str,
    *,
    out: Path,
    console: Console,
    progress_of: ProgressOf = unknown,
    n_products: int = N_PRODUCTS,
) -> None:
    """Units a day of a real shop's best-selling products, two weeks ahead, beside single algorithms.

    Raises DemoError, in one line, when the server refuses or fails.
    """
    steps = Steps(console, progress_of)
    with steps.step("Units a day of the best-selling products") as step:
        series = demand(bundled_lines(), n_products)
        step.result = f"{n_products} products, {series.rows[TIME].n_unique()} days"
    outlook = run_forecast(endpoint, series, horizon=HORIZON, steps=steps, algorithms=ALGORITHMS)
    out.write_text(page_of(outlook, "Demand of a gift shop", source=CREDITS), encoding="utf-8")
    console.print(f"\nThe page with the fan charts: [bold]{out.resolve()}[/]", soft_wrap=True)


def run_short_forecast(endpoint: str, lines: pl.DataFrame, steps: Steps) -> Outlook:
    """Units a day of a few products, beside last week's, as a part of another demonstration.

    Raises DemoError, in one line, when the server refuses or fails.
    """
    series = demand(lines, N_SHORT)
    return run_forecast(endpoint, series, horizon=HORIZON, steps=steps, algorithms=ALGORITHMS[:1], n_shown=1)


def run_forecast(
    endpoint: str,
    series: Series,
    *,
    horizon: int,
    steps: Steps,
    algorithms: tuple[str, ...] = (),
    n_shown: int = 3,
) -> Outlook:
    """Forecast series through the API, and show what comes of it.

    Parameters
    ----------
    n_shown : how many items are drawn

    Raises DemoError, in one line, when the server refuses or fails.
    """
    with plain_errors(endpoint):
        project = f"forecast_{time.time_ns() // 1_000_000}"
        outlook = Forecasting(endpoint=endpoint, steps=steps, project=project).run(
            series, horizon, algorithms
        )
    show_accuracy(steps.console, outlook.accuracy)
    show_outlook(steps.console, outlook, n_shown)
    return outlook


def demand(lines: pl.DataFrame, n_products: int) -> Series:
    """Units a day of the products that were sold on most days; a day without a sale is a 0.

    Parameters
    ----------
    lines : as `bundled_lines` gives them
    """
    sold = lines.filter(pl.col("Quantity") > 0).select(
        item="StockCode",
        day=pl.col("InvoiceDate").dt.truncate("1d").cast(pl.Datetime("ms")),
        units="Quantity",
    )
    names = clean(lines).items.select(item="ITEM_ID", name="NAME")
    daily = sold.join(names, on="item").group_by("name", "day").agg(pl.col("units").sum())
    often = (
        daily.group_by("name").len().sort("len", "name", descending=[True, False])["name"].head(n_products)
    )
    days = pl.select(
        pl.datetime_range(pl.lit(daily["day"].min()), pl.lit(daily["day"].max()), "1d", time_unit="ms")
    ).to_series()
    grid = pl.DataFrame({"name": often}).join(pl.DataFrame({"day": days}), how="cross")
    rows = grid.join(daily, on=["name", "day"], how="left").select(
        pl.col("name").alias(ITEM),
        pl.col("day").alias(TIME),
        pl.col("units").fill_null(0).cast(pl.Float64).alias(VALUE),
    )
    return Series(rows=rows.sort(ITEM, TIME), frequency="D", columns=("StockCode", "InvoiceDate", "Quantity"))
