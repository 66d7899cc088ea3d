"""What a data folder holds: jobs, trials, answers and models, looked at from the shell."""

import contextlib
import json
import shutil
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.live import Live
from rich.table import Table

from presage.terminal import out, plain_errors

from .flags import Data, Database, group_of, opened

if TYPE_CHECKING:
    from presage.health.widgets import Rate
    from presage.jobs.queue import Job

looking = typer.Typer()
FOLLOW_SECONDS = 0.5


@looking.command(
    "save-model", epilog="Example: presage save-model arn:aws:forecast:...:predictor/p ./shop --data ./d"
)
def save_model(
    arn: str,
    folder: Annotated[Path, typer.Argument(help="Where the model goes; another presage reads it there.")],
    data: Data = None,
    database: Database = None,
) -> None:
    """Copy the model of a Forecast predictor, for the setting `pretrained` of another presage."""
    with plain_errors(), opened(data, database) as stores:
        record = stores.records.get(arn)
        if record is None or record.kind != "Predictor" or not record.is_active:
            raise ValueError(f"{arn} is no predictor that is ACTIVE")
        shutil.copytree(stores.model(record) / "model", folder / "model")
        out.print(f"{folder / 'model'}: set `pretrained` to {folder.parent} on the other server")


@looking.command(epilog="Example: presage trials arn:aws:personalize:...:solution/best/1a2b3c4d --data ./d")
def trials(arn: str, data: Data = None, database: Database = None) -> None:
    """Show what the training of a solution version with HPO or AutoML tried, and what it chose."""
    with plain_errors(), opened(data, database) as stores:
        record = stores.records.get(arn)
        if record is None or not record.get("_trials"):
            raise ValueError(f"{arn} is no solution version whose training has tried several candidates")
        out.print(_trials_table(record["_trials"], record["_candidate"]))


@looking.command(epilog="Example: presage explain --campaign shop --user 12584 --item 22423 --data ./shop")
def explain(  # noqa: PLR0917, each is a flag
    campaign: Annotated[str, typer.Option(help="A campaign or recommender: name or ARN.")],
    user: Annotated[str, typer.Option(help="For whom.")],
    item: Annotated[str, typer.Option(help="Which item.")],
    most: Annotated[int, typer.Option(help="So many events are shown.")] = 10,
    data: Data = None,
    database: Database = None,
) -> None:
    """Show which events of a user carry an item's score: what it would be without each of them."""
    with plain_errors(), opened(data, database) as stores:
        from presage.works.explaining import explain_answer  # noqa: PLC0415

        found = explain_answer(stores, campaign, user, item)
        out.print(f"{item}: rank {found.rank} of {found.n_items} for {user}, score {found.score:.3%}")
        if not found.events:
            out.print("No event of this user carries it: the model looks at none, or the user has none.")
            return
        table = Table("event", "item", "when (UTC)", "score without it", "change")
        for one in found.events[:most]:
            at = datetime.fromtimestamp(one.event.time, UTC).strftime("%Y-%m-%d %H:%M:%S")
            change = f"{one.without / found.score - 1:+.1%}" if found.score else ""
            kind = str(one.event.row.get("EVENT_TYPE") or "")
            table.add_row(kind, one.event.item_id, at, f"{one.without:.3%}", change)
        out.print(table)
        out.print(f"without the first three together {found.without_strongest:.3%}")
        out.print(f"for somebody without a history {found.without_all:.3%}")


@looking.command(epilog="Example: presage jobs --follow --data ./shop")
def jobs(
    follow: Annotated[bool, typer.Option("--follow", help="Show it again and again, until Ctrl-C.")] = False,
    ended: Annotated[int, typer.Option(help="So many of the jobs that ended last are shown too.")] = 5,
    data: Data = None,
    database: Database = None,
) -> None:
    """Show imports, trainings and other jobs: what they do, how far they are, how long they take still."""
    with plain_errors(), opened(data, database) as stores, contextlib.suppress(KeyboardInterrupt):
        if not follow:
            out.print(_jobs_table(stores.jobs.listed(ended)))
            return
        with Live(console=out, auto_refresh=False) as live:
            while True:
                live.update(_jobs_table(stores.jobs.listed(ended)), refresh=True)
                time.sleep(FOLLOW_SECONDS)


def _jobs_table(listed: "Sequence[Job]") -> Table:
    table = Table("job", "for", "state", "done", "step", "left", "tries")
    now = time.time()
    for job in listed:
        left = job.seconds_left(now)
        shown = "" if left is None else f"{timedelta(seconds=round(left))}"
        name = job.arn.partition(":personalize:")[2].split(":")[-1] or job.arn
        done = f"{job.fraction:.0%}" if job.state == "RUNNING" else ""
        step = job.reason or job.step
        table.add_row(job.kind, name, job.state, done, step, shown, str(job.tries + job.interruptions or ""))
    return table


@looking.command(epilog="Example: presage conversions shop --out conversions.html --data ./shop")
def conversions(
    group: Annotated[str, typer.Argument(help="A dataset group alone: name or ARN.")] = "",
    file: Annotated[Path | None, typer.Option("--out", help="A page with the charts, by day.")] = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Show how often campaigns, recommenders and deliveries were displayed, and what that led to.

    A display led to an event when the event carries its recommendationId.
    """
    with plain_errors():
        from presage.health.chart import page  # noqa: PLC0415
        from presage.health.widgets import widgets  # noqa: PLC0415

        with opened(data, database) as stores:
            found = widgets(stores, group_of(stores, group) if group else None)
        table = Table("widget", "event", "displays", "actions", "share", "95 % interval")
        for one in found:
            table.add_row(f"{one.kind} {one.name}", one.event_type, *_in_cells(one.total))
        out.print(table)
        if file:
            file.write_text(page(found), encoding="utf-8")
            out.print(f"the charts by day: {file}", markup=False, highlight=False)


def _in_cells(rate: "Rate") -> tuple[str, str, str, str]:
    low, high = rate.interval
    share = "" if rate.share is None else f"{rate.share:.2%}"
    return f"{rate.displays:,}", f"{rate.actions:,}", share, f"{low:.2%} to {high:.2%}"


@looking.command("export-user", epilog="Example: presage export-user 12584 --group shop > 12584.json")
def export_user(
    user: str,
    group: Annotated[str, typer.Option(help="The dataset group: name or ARN.")],
    data: Data = None,
    database: Database = None,
) -> None:
    """Print all that a dataset group holds of a user, as JSON; CreateDataDeletionJob deletes it."""
    with plain_errors(), opened(data, database) as stores:
        from presage.works.user_data import user_data  # noqa: PLC0415

        found = user_data(stores, group_of(stores, group), user)
        typer.echo(json.dumps(found, indent=1, ensure_ascii=False))


def _trials_table(tried: list[dict[str, Any]], chosen: dict[str, Any]) -> Table:
    table = Table("", "recipe", "settings", "score", "seconds", "")
    for trial in tried:
        is_chosen = {name: trial[name] for name in chosen} == chosen
        settings = "  ".join(f"{name} {value}" for name, value in trial["settings"].items())
        score = "" if trial["score"] is None else f"{trial['score']:.4f}"
        outcome = "chosen" if is_chosen else trial["reason"] or trial["state"]
        table.add_row(
            str(trial["number"]), trial["recipe"], settings, score, f"{trial['seconds']:.1f}", outcome
        )
    return table
