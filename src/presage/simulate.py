"""`presage simulate`: policies in worlds whose truth is known."""

import math
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.live import Live
from rich.table import Table

from presage.terminal import names_in, out, plain_errors

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from presage.simulations.regret import Row

simulate_command = typer.Typer(no_args_is_help=True, help="Policies in worlds whose truth is known.")
Seed = Annotated[int, typer.Option(help="Of the world and of all chance in it.", min=0)]
N_SHOWN = 12
N_REQUESTS = 10_000
FIRST_DAY = datetime(2026, 1, 5, tzinfo=UTC)
"""When the game begins: a Monday."""


@simulate_command.command(
    epilog="Example: presage simulate regret --periods 30 --agents Bayesian,factors --out regret.csv"
)
def regret(  # noqa: PLR0917, each is a flag
    users: Annotated[int, typer.Option(help="How many users there are.", min=1)] = 1_000,
    items: Annotated[int, typer.Option(help="How many items there are.", min=1)] = 1_000,
    features: Annotated[int, typer.Option(help="What tells users and items apart.", min=1)] = 10,
    noise: Annotated[float, typer.Option(help="The standard deviation of a rating.", min=0)] = 0.1,
    periods: Annotated[int, typer.Option(help="How often users ask and agents learn.", min=1)] = 50,
    requests: Annotated[
        int | None, typer.Option(help=f"Users who ask in a period; all, or {N_REQUESTS:,} of more.", min=1)
    ] = None,
    seed: Seed = 0,
    agents: Annotated[str, typer.Option(help="Names, with commas between; all if not given.")] = "",
    file: Annotated[Path | None, typer.Option("--out", help="The table as CSV; a page beside it.")] = None,
) -> None:
    """Users ask, agents recommend an item each and learn its rating: how much less than the best is it?"""
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # matrices are small: a second thread only waits
    with plain_errors():
        from presage.demo import regret_page  # noqa: PLC0415
        from presage.simulations.agents import AGENTS  # noqa: PLC0415
        from presage.simulations.regret import regrets  # noqa: PLC0415
        from presage.worlds.ratings import RatingWorld  # noqa: PLC0415

        asked = min(requests or N_REQUESTS, users)
        named = names_in(agents) or list(AGENTS)
        world = RatingWorld(n_users=users, n_items=items, n_features=features, noise=noise, seed=seed)
        rows: list[Row] = []
        with Live(console=out, auto_refresh=False) as live:
            for row in regrets(world, named, periods, asked):
                rows.append(row)
                live.update(_table(named, rows), refresh=True)
        out.print()
        out.print(_sums(named, rows))
        if file:
            about = f"{users:,} users, {items:,} items, {features} features, noise {noise:g}, seed {seed}"
            _keep(file, rows, regret_page(named, rows, about=about))


@simulate_command.command(epilog="Example: presage simulate offers --seeds 5 --policies linear,trees")
def offers(
    players: Annotated[int, typer.Option(help="How many players the game has.", min=1)] = 2_000,
    weeks: Annotated[int, typer.Option(help="How often each is shown an offer or none.", min=1)] = 20,
    seeds: Annotated[int, typer.Option(help="So many worlds are tried, from seed 0 on.", min=1)] = 5,
    policies: Annotated[str, typer.Option(help="Names, with commas between; all if not given.")] = "",
    file: Annotated[Path | None, typer.Option("--out", help="All weeks as CSV; a page beside it.")] = None,
) -> None:
    """Players are shown an offer a week, or none: what do they pay within seven days?"""
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # matrices are small: a second thread only waits
    with plain_errors():
        from presage.demo import simulated_page  # noqa: PLC0415
        from presage.simulations.comparing import FIGURES, compare  # noqa: PLC0415
        from presage.simulations.offers import SHOWS  # noqa: PLC0415
        from presage.worlds.game import GameWorld  # noqa: PLC0415

        worlds = [GameWorld(n_players=players, seed=seed) for seed in range(seeds)]
        table = Table(*FIGURES, header_style="dim", box=None, pad_edge=False)
        rows: list[dict[str, object]] = []
        figures: list[tuple[str, ...]] = []
        revenue: dict[str, list[float]] = {}
        with Live(table, console=out, refresh_per_second=4):
            for one in compare(worlds, names_in(policies) or list(SHOWS), weeks):
                table.add_row(*one.figures)
                figures.append(one.figures)
                revenue[one.name] = one.weekly
                rows.extend(
                    {"policy": one.name, "seed": seed, "week": week, "revenue": float(revenue)}
                    for seed, earned in enumerate(one.earned)
                    for week, revenue in enumerate(earned.revenue, start=1)
                )
        out.print()
        if file:
            about = f"{players:,} players, {weeks} weeks, {seeds} worlds"
            _keep(file, rows, simulated_page(FIGURES, figures, revenue, about=about, best="by_truth"))


@simulate_command.command(epilog="Example: presage simulate follows --people 500 --out follows.csv")
def follows(
    people: Annotated[int, typer.Option(help="How many people there are.", min=10, max=5_000)] = 300,
    periods: Annotated[int, typer.Option(help="How often each is suggested somebody.", min=1)] = 40,
    seed: Seed = 0,
    ways: Annotated[str, typer.Option(help="Names, with commas between; all if not given.")] = "",
    file: Annotated[Path | None, typer.Option("--out", help="The table as CSV; a page beside it.")] = None,
) -> None:
    """People are suggested somebody to follow: how often is the suggestion followed?"""
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # matrices are small: a second thread only waits
    with plain_errors():
        from presage.demo import follow_page  # noqa: PLC0415
        from presage.simulations.follows import SUGGESTS, regrets  # noqa: PLC0415
        from presage.worlds.follows import FollowWorld  # noqa: PLC0415

        named, rows = names_in(ways) or list(SUGGESTS), list[dict[str, float]]()
        with Live(console=out, auto_refresh=False) as live:
            for row in regrets(FollowWorld(n_people=people, seed=seed), named, periods):
                rows.append(row)
                live.update(_follows(named, rows), refresh=True)
        out.print()
        if file:
            _keep(file, rows, follow_page(named, rows, about=f"{people:,} people, seed {seed}"))


@simulate_command.command(epilog="Example: presage simulate events --players 200 --weeks 4 --out game.jsonl")
def events(
    file: Annotated[Path, typer.Option("--out", help="Where the events go, as JSON lines.")],
    players: Annotated[int, typer.Option(help="How many players the game has.", min=1)] = 200,
    weeks: Annotated[int, typer.Option(help="How long it is played.", min=1)] = 4,
    seed: Seed = 0,
) -> None:
    """Raw events of the game, a random offer a week to every player: what a Blurr Transform Spec reads."""
    with plain_errors():
        import orjson  # noqa: PLC0415

        from presage.simulations.offers import events as events_of  # noqa: PLC0415
        from presage.worlds.game import GameWorld  # noqa: PLC0415

        count = 0
        with file.open("wb") as lines:
            for event in events_of(GameWorld(n_players=players, seed=seed), weeks, FIRST_DAY):
                lines.write(orjson.dumps(event) + b"\n")
                count += 1
        out.print(f"[bold]{file}[/] holds {count:,} events of {players:,} players")


@simulate_command.command(epilog="Example: presage simulate demand --items 50 --days 730 --out sales.csv")
def demand(
    file: Annotated[Path, typer.Option("--out", help="Where the sales go, as CSV.")],
    items: Annotated[int, typer.Option(help="How many items the shop has.", min=1)] = 50,
    days: Annotated[int, typer.Option(help="How long it sells.", min=14)] = 365,
    seed: Seed = 0,
) -> None:
    """Daily sales and prices of a shop's items, and how well the last week can be forecast at all."""
    with plain_errors():
        import numpy as np  # noqa: PLC0415

        from presage.worlds.demand import DemandWorld  # noqa: PLC0415

        world = DemandWorld(n_items=items, n_days=days, seed=seed)
        sales = world.sales(np.random.default_rng([seed, 20]))
        world.table(sales).write_csv(file)
        out.print(f"[bold]{file}[/] holds {items:,} items over {days:,} days")
        last, foreseen = sales[:, -7:], {"the truth": world.expected, "the week before": np.roll(sales, 7, 1)}
        for name, values in foreseen.items():
            error = np.abs(last - values[:, -7:]).sum() / last.sum()
            out.print(f"WAPE of the last week, forecast by {name}: {error:.3f}", highlight=False)


def _keep(file: Path, rows: "Sequence[Mapping[str, object]]", page: str) -> None:
    """Write all rows as CSV, and the page with the plots beside it."""
    import polars as pl  # noqa: PLC0415

    beside = file.with_suffix(".html")
    pl.DataFrame(rows).write_csv(file)
    beside.write_text(page, encoding="utf-8")
    out.print(f"[bold]{file}[/] holds the table; the page with the plots: [bold]{beside}[/]")


def _table(agents: "Sequence[str]", rows: "Sequence[Row]") -> Table:
    """The latest periods; with room for it, the error of predicted ratings and the seconds too."""
    has_room = out.width >= 26 * len(agents)
    caption = "mean regret" + (", (mean squared error of predictions), seconds" if has_room else "")
    table = Table("period", *agents, header_style="dim", caption=caption, box=None, pad_edge=False)
    for column in table.columns:
        column.justify = "right"
    for number in range(max(0, len(rows) - N_SHOWN), len(rows)):
        cells = (_cell(name, rows[number], has_room=has_room) for name in agents)
        table.add_row(str(number + 1), *cells)
    return table


def _cell(name: str, row: "Row", *, has_room: bool) -> str:
    regret, error = f"[bold]{row[f'mean_regret_{name}']:.3f}[/]", row[f"ratings_mse_{name}"]
    if not has_room:
        return regret
    seconds = row[f"inference_time_{name}"] + row[f"training_time_{name}"]
    return f"{regret} ({'-' if math.isnan(error) else f'{error:.2g}'}) [dim]{seconds:.2f}[/]"


def _sums(agents: "Sequence[str]", rows: "Sequence[Row]") -> Table:
    """What came together over all periods."""
    table = Table("agent", "regret of all periods", "seconds", header_style="dim", box=None, pad_edge=False)
    for name in agents:
        lost = sum(row[f"mean_regret_{name}"] for row in rows)
        seconds = sum(row[f"{part}_time_{name}"] for row in rows for part in ("inference", "training"))
        table.add_row(name, f"{lost:.2f}", f"{seconds:.1f}")
    return table


def _follows(ways: "Sequence[str]", rows: "Sequence[Row]") -> Table:
    """What has come of each way until now."""
    headings = ("way to suggest", f"regret in period {len(rows)}", "followed of 100", "of all periods")
    table = Table(*headings, header_style="dim", box=None, pad_edge=False)
    for name in ways:
        followed = [100 * row[f"followed_{name}"] for row in rows]
        cells = (rows[-1][f"mean_regret_{name}"], followed[-1], sum(followed) / len(followed))
        table.add_row(name, f"{cells[0]:.3f}", f"{cells[1]:.1f}", f"{cells[2]:.1f}")
    return table
