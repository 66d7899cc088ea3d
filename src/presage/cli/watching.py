"""`presage health` and `presage alarms`: what is read now, what fires, and the drill."""

import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.table import Column, Table

from presage.terminal import out, plain_errors

from .flags import Data, Database, opened

if TYPE_CHECKING:
    from presage.health.alarms import Alarm
    from presage.health.drill import Drilled
    from presage.resources.alarms import Standing

health_command = typer.Typer(no_args_is_help=True, help="What is read of a server, and whether alarms work.")
alarms_command = typer.Typer(no_args_is_help=True, help="The alarms, and where they stand.")


@health_command.command("show", epilog="Example: presage health show --data ./shop")
def show(data: Data = None, database: Database = None) -> None:
    """Show what is read now of all that is stored; /metrics of the server has more."""
    with plain_errors():
        from presage.health.all import read_all  # noqa: PLC0415
        from presage.health.words import amount  # noqa: PLC0415

        with opened(data, database) as stores:
            table = Table("metric", "of", "value")
            for one in read_all(stores):
                table.add_row(one.metric, "/".join(one.subject), amount(one.metric, one.value))
        out.print(table)


@health_command.command("drill", epilog="Example: presage health drill --channel oncall")
def drill_alarms(
    channel: Annotated[
        list[str] | None, typer.Option(help="A channel to tell, in the place of each alarm's own; repeat it.")
    ] = None,
    alarm: Annotated[list[str] | None, typer.Option(help="Only this alarm; repeat it for more.")] = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Let each alarm fire and end by readings that are given to it, and see whether its notices arrive.

    The notices are real, and say [drill]. It ends with 1 if an alarm does not fire or a channel does not
    take its notices.
    """
    with plain_errors():
        from presage.health.alarms import channels_of  # noqa: PLC0415
        from presage.health.drill import drill  # noqa: PLC0415
        from presage.health.watch import alarms_of  # noqa: PLC0415

        with opened(data, database) as stores:
            config = stores.config
            known = {name: one for name, (one, _) in alarms_of(stores).items()}
        unknown = sorted(set(alarm or ()) - known.keys())
        if unknown:
            raise ValueError(f"there is no alarm {unknown[0]!r}; there are: {', '.join(known)}")
        wanted = [known[name] for name in alarm] if alarm else [one for one in known.values() if one.is_on]
        told = [
            msgspec.structs.replace(one, channels=channel or channels_of(one, config.channels))
            for one in wanted
        ]
        found = list(drill(told, config.channels, time.time()))
        out.print(drill_table(found))
    if not all(one.is_well for one in found):
        raise typer.Exit(1)


def drill_table(found: "Iterable[Drilled]") -> Table:
    """What became of each alarm."""
    from presage.health.words import bound  # noqa: PLC0415

    table = Table("alarm", "watches", "fires", "ends", "told")
    for one in found:
        told = [f"{name}: yes" for name in one.told]
        told += [f"{name}: {why}" for name, why in one.untold.items()]
        fires = "too early" if one.too_early else "yes" if one.fired else "no"
        watches = f"{one.alarm.metric} {bound(one.alarm)}"
        nobody = "nobody: it has no channel"
        table.add_row(one.alarm.name, watches, fires, "yes" if one.ended else "no", "\n".join(told) or nobody)
    return table


@alarms_command.command("list", epilog="Example: presage alarms list --data ./shop")
def list_(data: Data = None, database: Database = None) -> None:
    """Show the alarms that hold, and what fires."""
    with plain_errors():
        from presage.health.watch import alarms_of  # noqa: PLC0415

        with opened(data, database) as stores:
            standing, alarms = stores.alarms.standing(), alarms_of(stores)
        names = ("alarm", "watches", "of", "for", "from", "stands")
        table = Table(*(Column(name, overflow="fold") for name in names))
        for name, (alarm, origin) in alarms.items():
            stands = {subject: one for (of, subject), one in standing.items() if of == name}
            table.add_row(*_row(alarm), origin, _stands(alarm, stands))
        out.print(table)


def _row(alarm: "Alarm") -> tuple[str, str, str, str]:
    from presage.health.words import bound, duration  # noqa: PLC0415

    lasting = duration(alarm.for_seconds) if alarm.for_seconds else ""
    return alarm.name, f"{alarm.metric} {bound(alarm)}", alarm.subject, lasting


def _stands(alarm: "Alarm", standing: "dict[str, Standing]") -> str:
    from presage.health.words import amount  # noqa: PLC0415

    if not alarm.is_on:
        return "off"
    shown = [
        f"{one.state} {subject} {amount(alarm.metric, one.value)}".replace("  ", " ")
        for subject, one in sorted(standing.items())
    ]
    return "\n".join(shown) or "OK"


@alarms_command.command("notices", epilog="Example: presage alarms notices --most 20")
def notices(
    most: Annotated[int, typer.Option(help="So many of the latest.", min=1)] = 20,
    data: Data = None,
    database: Database = None,
) -> None:
    """Show what was said of alarms, newest first."""
    with plain_errors():
        with opened(data, database) as stores:
            found = stores.alarms.notices(most)
        table = Table("at (UTC)", "what", "sent")
        for one in found:
            at = datetime.fromtimestamp(one.at, UTC).strftime("%Y-%m-%d %H:%M:%S")
            sent = "nobody to tell" if not one.channels else "yes" if one.sent_at else one.error or "not yet"
            table.add_row(at, f"{one.title}\n{one.body.splitlines()[0]}", sent)
        out.print(table)


@alarms_command.command("check", epilog="Example: presage alarms check alarms.yaml")
def check(file: Path) -> None:
    """Say whether a file of alarms can be used, and what is wrong if not."""
    with plain_errors():
        from presage.health.alarms import read_alarms  # noqa: PLC0415

        found = read_alarms(file)
        out.print(f"{file}: {len(found.alarms)} alarms", highlight=False)
