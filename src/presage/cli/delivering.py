"""`presage deliver` and `presage deliveries`: messages to users, and what they led to."""

import os
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from presage.config import Config, load_config
from presage.terminal import out, plain_errors

from .flags import Data, Database, Host, Port, group_of, opened

if TYPE_CHECKING:
    from presage.deliveries import Outcome, Sent, Spec
    from presage.stores import Stores

delivering = typer.Typer()


@delivering.command(epilog="Example: presage deliver weekly.yaml --dry-run --data ./shop")
def deliver(  # noqa: PLR0917, each is a flag
    delivery: Annotated[str, typer.Argument(help="Its YAML file, or the name under which it is kept.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Send nothing; show who would get what.")
    ] = False,
    show: Annotated[int, typer.Option(help="So many users of each kind a dry run shows.")] = 5,
    data: Data = None,
    database: Database = None,
    host: Host = None,
    port: Port = None,
) -> None:
    """Send each user of an audience a message, once a period, however often this is run.

    Recommendations are asked of the server at PRESAGE_ENDPOINT, else at host and port.
    """
    with plain_errors(), opened(data, database) as stores:
        from presage.deliveries import deliver as run  # noqa: PLC0415

        spec = _spec(stores, delivery)
        means = _means(stores, load_config({"host": host, "port": port}))
        with Progress(console=out, transient=True) as progress:
            task = progress.add_task("", total=1.0)

            def report(step: str, done: float) -> None:
                progress.update(task, description=step, completed=done)

            outcome = run(spec, means, report, dry_run=dry_run)
        _show(outcome, show)


def _spec(stores: "Stores", named: str) -> "Spec":
    """The delivery in a file; a name without an ending that is no file is one that the server keeps."""
    from presage.deliveries import read_file  # noqa: PLC0415
    from presage.deliveries.kept import find_spec  # noqa: PLC0415

    file = Path(named)
    return read_file(file) if file.suffix or file.exists() else find_spec(stores.records, named)


def _means(stores: "Stores", config: Config) -> Any:
    from presage.deliveries import Means  # noqa: PLC0415
    from presage.works.audience import users_of  # noqa: PLC0415

    return Means(
        engine=stores.engine,
        client=lambda service: _client(config, service),
        clock=stores.clock,
        channels=stores.config.channels,
        databases=stores.config.databases,
        users_of=partial(users_of, stores),
    )


def _client(config: Config, service: str) -> Any:
    """A client with the keys of AWS's own variables, or any at a server without keys."""
    import boto3  # noqa: PLC0415

    keys: dict[str, Any] = {}
    if "AWS_ACCESS_KEY_ID" not in os.environ and "AWS_PROFILE" not in os.environ:
        keys = {"aws_access_key_id": "presage", "aws_secret_access_key": "presage"}
    endpoint = os.environ.get("PRESAGE_ENDPOINT") or config.url
    session = boto3.Session(region_name=config.region, **keys)
    return session.client(service, endpoint_url=endpoint)  # pyright: ignore


def _show(outcome: "Outcome", most: int) -> None:
    """How many had which fate, and of a dry run some of each."""
    if outcome.lines:
        table = Table("", "user", "channel", "message, or why there is none", box=None, pad_edge=False)
        shown = Counter[str]()
        for line in outcome.lines:
            shown[line.fate] += 1
            if shown[line.fate] <= most:
                table.add_row(line.fate.value, escape(line.user), line.channel, escape(line.said))
        out.print(table)
    counts = "  ".join(f"{fate} {n}" for fate, n in outcome.counts.items()) or "nobody is in the audience"
    out.print(f"[bold]{outcome.delivery}[/] {outcome.period}: {counts}", highlight=False)


@delivering.command(epilog="Example: presage deliveries weekly --group shop --data ./shop")
def deliveries(  # noqa: PLR0917, each is a flag
    name: Annotated[str, typer.Argument(help="Of this delivery alone.")] = "",
    group: Annotated[
        str, typer.Option(help="A dataset group (name or ARN): show what its events were led to by.")
    ] = "",
    forget_user: Annotated[str, typer.Option(help="Leave nothing that tells of a user.")] = "",
    forget_before: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Delete what was sent before a day (UTC).")
    ] = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Show what deliveries sent, and how many of their messages led to events.

    An event belongs to a message if it carries the recommendationId of the message.
    """
    with plain_errors(), opened(data, database) as stores:
        from presage.deliveries import forget, history  # noqa: PLC0415
        from presage.deliveries import forget_before as forget_older  # noqa: PLC0415

        if forget_user:
            n = forget(stores.engine, [forget_user], stores.clock())
            out.print(f"forgot {n} messages of {forget_user}", markup=False, highlight=False)
        if forget_before:
            n = forget_older(stores.engine, forget_before.replace(tzinfo=UTC).timestamp())
            out.print(f"deleted {n} rows from before {forget_before:%Y-%m-%d}")
        out.print(_history_table(history(stores.engine, name)))
        if group:
            out.print(_conversions_table(stores, group, name))


def _history_table(sent: Sequence["Sent"]) -> Table:
    from presage.deliveries.outbox import State  # noqa: PLC0415

    states = (State.SENT, State.FAILED, State.DOUBT, State.SENDING)
    names = (state.lower() for state in states)
    table = Table("delivery", "period", "channel", *names, "last (UTC)", box=None, pad_edge=False)
    for one in sent:
        counts = (str(one.states.get(state, "")) for state in states)
        last = datetime.fromtimestamp(one.last_at, UTC).strftime("%Y-%m-%d %H:%M")
        table.add_row(one.delivery, one.period, one.channel, *counts, last)
    return table


def _conversions_table(stores: "Stores", group: str, name: str) -> Table:
    from presage.deliveries import conversions  # noqa: PLC0415
    from presage.works.conversions import told_recommendations, wilson  # noqa: PLC0415

    columns = ("delivery", "period", "event", "messages", "led to it", "share", "95 % interval")
    table = Table(*columns, box=None, pad_edge=False)
    for one in conversions(stores.engine, told_recommendations(stores, group_of(stores, group))):
        if name in ("", one.delivery):
            low, high = wilson(one.n_converted, one.n_messages)
            share = f"{one.n_converted / one.n_messages:.2%}"
            interval = f"{low:.2%} to {high:.2%}"
            counts = (str(one.n_messages), str(one.n_converted))
            table.add_row(one.delivery, one.period, one.event_type, *counts, share, interval)
    return table
