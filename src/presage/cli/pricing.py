"""`presage price`: what AWS would have charged for what this server did, and a company's table of costs."""

import time
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from presage.terminal import out, plain_errors

from .flags import Data, Database, opened

if TYPE_CHECKING:
    from presage.health.prices import Charge
    from presage.health.study import Costs

price_command = typer.Typer(invoke_without_command=True)
LISTS = "A price list: published, or study-2021."
ROWS = (
    ("Data ingestion", "personalize-import-gb"),
    ("Training", "personalize-training-hour"),
    ("Real-time recommendations", "personalize-tps-hour"),
    ("Batch recommendations", "personalize-batch-user"),
)


@price_command.callback(epilog="Example: presage price --month 2026-11 --data ./shop; presage price table")
def price(
    context: typer.Context,
    month: Annotated[str, typer.Option(help="Such as 2026-11; the one that is now if not given.")] = "",
    prices: Annotated[str, typer.Option(help=LISTS)] = "published",
    data: Data = None,
    database: Database = None,
) -> None:
    """Show what this server was used for in a month, and what AWS would have charged."""
    if context.invoked_subcommand:
        return
    with plain_errors():
        from presage.health.prices import bill, price_list, total  # noqa: PLC0415
        from presage.health.usage import month_of, used  # noqa: PLC0415

        (since, until), chosen = month_of(month, time.time()), price_list(prices)
        with opened(data, database) as stores:
            charges = bill(used(stores, since, until), chosen)
    out.print(charges_table(charges))
    unpriced = sum(one.usd is None for one in charges)
    left_out = f", without {unpriced} that the list has no price for" if unpriced else ""
    out.print(f"this month on AWS: [bold]USD {total(charges):,}[/]{left_out}", highlight=False)
    out.print(f"{chosen.title}; {chosen.source}", style="dim", highlight=False)


def charges_table(charges: "Sequence[Charge]") -> Table:
    """A bill."""
    table = Table("what", "how much", "USD")
    for one in charges:
        usd = "no price known" if one.usd is None else f"{one.usd:,.4f}"
        table.add_row(one.unit, f"{one.quantity.normalize():,f}"[:24], usd)
    return table


@price_command.command("table", epilog="Example: presage price table --prices published")
def table(prices: Annotated[str, typer.Option(help=LISTS)] = "study-2021") -> None:
    """Show what a company pays as it grows: recommendations in real time, or in batches; where they meet."""
    with plain_errors():
        from presage.health.prices import price_list  # noqa: PLC0415
        from presage.health.study import SIZES, break_even, costs  # noqa: PLC0415

        chosen = price_list(prices)
        found = [costs(size, chosen) for size in SIZES]
        out.print(costs_table(found))
        for tps in sorted({size.tps for size in SIZES}):
            users = f"{break_even(tps, chosen):,} users"
            out.print(
                f"From {users} on, real time at {tps} TPS costs no more than batches.",
                highlight=False,
            )
        out.print(f"{chosen.title}; {chosen.source}", style="dim", highlight=False)


def costs_table(found: "Sequence[Costs]") -> Table:
    """The study's table: usage of a day, cost of a month."""
    shown = Table("", *(f"{one.size.users:,} users" for one in found))
    for label, item in ROWS:
        cells = [f"{_usage(one, item)}: {_plain(one.charges[item].usd or Decimal(0))}" for one in found]
        shown.add_row(label, *cells)
    shown.add_section()
    shown.add_row("Total for real time", *(f"${one.real_time:,}" for one in found))
    shown.add_row("Total for batches", *(f"${one.batch:,}" for one in found))
    return shown


def _usage(one: "Costs", item: str) -> str:
    size = one.size
    return {
        "personalize-import-gb": f"{size.import_gb} GB a day",
        "personalize-training-hour": f"{size.training_hours} hours a day",
        "personalize-tps-hour": f"{size.tps} TPS",
        "personalize-batch-user": f"{size.users:,} a day",
    }[item]


def _plain(usd: Decimal) -> str:
    return f"{usd.normalize():,f}"
