"""Forecasts of a file, from the command line to a table and a page."""

import io
import subprocess
import sys

import polars as pl
import pytest
from rich.console import Console

from presage.demo import DemoError, Steps, run_forecast, run_forecast_demo
from presage.demo.demand import ALGORITHMS, demand
from presage.demo.retail import bundled_lines
from presage.demo.series import read_series


@pytest.fixture(scope="module")
def sales(tmp_path_factory):
    """Two products that sell by the day of the week."""
    path = tmp_path_factory.mktemp("sales") / "sales.csv"
    days = pl.date_range(pl.date(2024, 1, 1), pl.date(2024, 3, 31), "1d", eager=True).to_list()
    rows = [
        f"{day},{product},{base + 5 * day.weekday()}"
        for product, base in (("tea", 10), ("cup", 40))
        for day in days
    ]
    path.write_text("day,product,units\n" + "\n".join(rows) + "\n")
    return path


def test_a_file_is_forecast_at_the_command_line(sales):
    command = [sys.executable, "-m", "presage", "forecast", str(sales), "--horizon", "7"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "items: product, times: day, values: units; frequency D" in " ".join(done.stdout.split())
    assert "AutoPredictor" in done.stdout
    assert "░" in done.stdout
    table = pl.read_csv(sales.with_suffix(".forecast.csv"), try_parse_dates=True)
    assert table.columns == ["item_id", "date", "mean", "p10", "p50", "p90"]
    tea = table.filter(pl.col("item_id") == "tea")
    assert tea["p50"].to_list() == pytest.approx([10 + 5 * day for day in range(7)], abs=2)
    page = sales.with_suffix(".forecast.html").read_text()
    assert page.count("<polygon") == 2
    assert "tea" in page


def test_the_demonstration_judges_single_algorithms_beside_the_automatic_predictor(server, tmp_path):
    console = Console(file=io.StringIO(), width=120)
    run_forecast_demo(server.url, out=tmp_path / "page.html", console=console, n_products=2)
    told, page = console.file.getvalue(), (tmp_path / "page.html").read_text()
    for name in ("AutoPredictor", *ALGORITHMS):
        assert name in told
        assert f"<b>{name}</b>" in page
    assert page.count("<polygon") == 2
    assert "presage demo forecast" in page


def test_what_the_server_refuses_is_said_in_one_line(server, sales):
    steps = Steps(Console(quiet=True))
    with pytest.raises(DemoError, match="ForecastHorizon"):
        run_forecast(server.url, read_series(sales), horizon=60, steps=steps)


def test_demand_has_a_row_for_each_product_and_day():
    series = demand(bundled_lines(), 3)
    assert series.frequency == "D"
    n_days = series.rows["timestamp"].n_unique()
    assert series.rows.height == 3 * n_days
    assert n_days > 370
    assert series.rows["target_value"].min() == 0
