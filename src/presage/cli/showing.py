"""Demonstrations, and a forecast of a file: each with a server of its own beside it."""

import contextlib
import tempfile
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from presage.config import load_config
from presage.terminal import out, plain_errors

from .flags import Workers

showing = typer.Typer()
SHORT_SECONDS = 14.0
"""So long the shop's demonstration may train the forecast that it ends with."""


@showing.command(epilog="Example: presage demo && presage demo lab8")
def demo(
    what: Annotated[
        str,
        typer.Argument(
            help="retail: a shop; forecast: its demand; offers: a game; company: its week; lab8: a workshop."
        ),
    ] = "retail",
    data: Annotated[Path, typer.Option(help="The demonstration's own data folder.")] = Path(
        "presage-data/demo"
    ),
    page: Annotated[Path | None, typer.Option(help="Where the page with the plots goes.")] = None,
    workers: Workers = None,
) -> None:
    """Real data in, trained models, live recommendations out, with a page to look at."""
    with plain_errors():
        from presage.beside import free_port, progress_in, server_beside  # noqa: PLC0415
        from presage.demo import run_demo, run_forecast_demo, run_lab8, run_offers_demo  # noqa: PLC0415

        shows = {
            "retail": run_demo,
            "forecast": run_forecast_demo,
            "offers": run_offers_demo,
            "lab8": run_lab8,
        }
        if what == "company":
            _show_company(data, page, workers, is_short=False)
            return
        if what not in shows:
            known = ", ".join([*shows, "company"])
            raise ValueError(f"there is no demonstration {what!r}; there are: {known}")
        short = {"auto_predictor_seconds": SHORT_SECONDS} if what == "retail" else {}
        flags = {"data": data, "host": "127.0.0.1", "port": free_port(), "workers": workers, **short}
        config = load_config(flags)
        config.data.mkdir(parents=True, exist_ok=True)
        with server_beside(config):
            out_page = page or Path(f"demo-{what}.html")
            shows[what](config.url, out=out_page, console=out, progress_of=progress_in(config))
        if what == "retail":
            out.rule("A company's nights")
            _show_company(data, None, workers, is_short=True)


def _show_company(data: Path, page: Path | None, workers: int | None, *, is_short: bool) -> None:
    """A company's first week, whose clock is turned by a server that is started anew."""
    from presage.beside import free_port, server_beside  # noqa: PLC0415
    from presage.demo import SMALL, Machine, run_company_demo  # noqa: PLC0415

    @contextlib.contextmanager
    def serve(
        folder: Path, ahead: float, channels: dict[str, str], databases: dict[str, str]
    ) -> Generator[str]:
        flags = {"data": folder, "host": "127.0.0.1", "port": free_port(), "workers": workers}
        config = replace(
            load_config(flags), clock_ahead_seconds=ahead, channels=channels, databases=databases
        )
        config.data.mkdir(parents=True, exist_ok=True)
        with server_beside(config):
            yield config.url

    machine = Machine(data=data / "company", serve=serve, mail_port=free_port())
    run_company_demo(
        machine, out=page or Path("demo-company.html"), console=out, size=SMALL if is_short else None
    )


@showing.command(epilog="Example: presage forecast sales.csv --horizon 14")
def forecast(  # noqa: PLR0917, each is a flag
    file: Annotated[
        Path, typer.Argument(help="CSV or Parquet: times, values and, if there are several, items.")
    ],
    horizon: Annotated[int, typer.Option(help="How many steps ahead.", min=1, max=500)],
    frequency: Annotated[str, typer.Option(help="What a step is: D, W, 15min; found if not given.")] = "",
    item: Annotated[str, typer.Option(help="The column of items; found if not given.")] = "",
    time: Annotated[str, typer.Option(help="The column of times; found if not given.")] = "",
    value: Annotated[str, typer.Option(help="The column of values; found if not given.")] = "",
    workers: Workers = None,
) -> None:
    """Forecast the series in a file: a table and a fan chart here, a CSV and a page beside the file."""
    with plain_errors():
        from presage.beside import free_port, progress_in, server_beside  # noqa: PLC0415
        from presage.demo import Steps, page_of, read_series, run_forecast  # noqa: PLC0415

        series = read_series(file, item=item, time=time, value=value, frequency=frequency)
        named = zip(("items", "times", "values"), series.columns, strict=True)
        found = ", ".join(f"{what}: {name}" for what, name in named if name)
        out.print(
            f"{file}: {found}; frequency {series.frequency}", markup=False, highlight=False, style="dim"
        )
        with tempfile.TemporaryDirectory(prefix="presage-") as folder:
            data = {"data": Path(folder), "host": "127.0.0.1", "port": free_port(), "workers": workers}
            config = load_config(data)
            with server_beside(config):
                steps = Steps(out, progress_in(config))
                outlook = run_forecast(config.url, series, horizon=horizon, steps=steps)
        table, page = file.with_suffix(".forecast.csv"), file.with_suffix(".forecast.html")
        outlook.forecast.write_csv(table, datetime_format="%Y-%m-%d %H:%M:%S")
        page.write_text(page_of(outlook, file.name), encoding="utf-8")
        out.print(
            f"\n[bold]{table}[/] holds every step; the page with the charts: [bold]{page}[/]", soft_wrap=True
        )
