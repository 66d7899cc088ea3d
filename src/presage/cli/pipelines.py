"""Pipelines from the shell: checked, put, run, looked at, resumed, cancelled."""

import contextlib
import json
import os
import time
from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.live import Live
from rich.markup import escape
from rich.table import Column, Table

from presage.errors import ServiceError
from presage.files import text_of
from presage.terminal import err, out, plain_errors

from .flags import Data, Database, opened

if TYPE_CHECKING:
    from rich.console import RenderableType

    from presage.resources.record import Record
    from presage.stores import Stores

pipeline_command = typer.Typer(
    no_args_is_help=True, help="Pipelines: what runs by itself, step after step, from a file."
)
FOLLOW_SECONDS = 0.3
LISTED = ("pipeline", "next run", "latest run", "stands", "since", "why")
Key = Annotated[
    str, typer.Option(help="The access key that runs act with; by default that of AWS_ACCESS_KEY_ID.")
]
Name = Annotated[str, typer.Argument(help="A pipeline, or PIPELINE.RUN; of a pipeline the latest run.")]


@pipeline_command.command(epilog="Example: presage pipeline validate daily.yaml")
def validate(files: list[Path]) -> None:
    """Check pipelines: what is wrong is named, each with its place."""
    from presage.pipelines.definitions import read_definition  # noqa: PLC0415
    from presage.pipelines.picture import names_of  # noqa: PLC0415

    with plain_errors():
        for file in files:
            try:
                definition = read_definition(text_of(file))
            except ValueError as error:
                raise ValueError("\n".join(f"{file}: {line}" for line in str(error).splitlines())) from None
            n_states = len(list(names_of(definition.machine)))
            due = f", runs at {definition.cron} ({definition.timezone})" if definition.cron else ""
            out.print(f"{file}: {n_states} states{due}", highlight=False, markup=False)


@pipeline_command.command(epilog="Example: presage pipeline put daily.yaml --data ./shop")
def put(
    file: Path,
    name: Annotated[str, typer.Option(help="Its name; by default what the file says, or the file's.")] = "",
    key: Key = "",
    data: Data = None,
    database: Database = None,
) -> None:
    """Make a pipeline of a file, or change it; one with a schedule runs by itself from now on."""
    with plain_errors(), _service_errors(), opened(data, database) as stores:
        record = _put(stores, file, name, _key(stores, key))
        due = f"; next at {_time(record.due_at)}" if record.due_at else ""
        out.print(f"{record.name}{due}", highlight=False, markup=False)


@pipeline_command.command(epilog="Example: presage pipeline run daily.yaml --data ./shop")
def run(  # noqa: PLR0917, each is a flag
    what: Annotated[str, typer.Argument(help="A file, which is put first, or the name of a pipeline.")],
    given: Annotated[str, typer.Option("--input", help="JSON that the run is given.")] = "{}",
    name: Annotated[str, typer.Option(help="The name of the run.")] = "",
    wait: Annotated[bool, typer.Option(help="Whether to follow it until it ends.")] = True,
    key: Key = "",
    data: Data = None,
    database: Database = None,
) -> None:
    """Run a pipeline on the server that has this data folder; ends with 1 if the run fails."""
    with plain_errors(), _service_errors(), opened(data, database) as stores:
        from presage.pipelines import keeping  # noqa: PLC0415

        own = _key(stores, key)
        file = Path(what)
        pipeline = _put(stores, file, "", own) if file.is_file() else keeping.find_pipeline(stores, what)
        started = keeping.start_run(stores, pipeline, key=own, given=_object(given), name=name)
        out.print(f"run {pipeline.name}.{started.name}", highlight=False, markup=False)
        if wait:
            _follow(stores, started)


@pipeline_command.command("list", epilog="Example: presage pipeline list --data ./shop")
def list_(data: Data = None, database: Database = None) -> None:
    """Show the pipelines, and how their latest runs stand."""
    with plain_errors(), _service_errors(), opened(data, database) as stores:
        from presage.pipelines import keeping  # noqa: PLC0415

        table = Table(*(Column(name, overflow="fold") for name in LISTED), box=None)
        for pipeline in reversed(stores.records.of_kind(keeping.SERVICE, keeping.PIPELINE)):
            latest = keeping.runs_of(stores, pipeline.name, most=1)
            due = _time(pipeline.due_at) if pipeline.due_at else ""
            cells = [pipeline.name, due, *(_cells(latest[0]) if latest else ("never", "", "", ""))]
            table.add_row(*(escape(cell) for cell in cells))
        out.print(table)


@pipeline_command.command(epilog="Example: presage pipeline show daily --data ./shop")
def show(
    name: Name,
    history: Annotated[bool, typer.Option(help="Whether to show all that happened.")] = False,
    svg: Annotated[Path | None, typer.Option(help="Where its picture goes, as SVG.")] = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Show a run: its states, how they stand, and how long they took."""
    with plain_errors(), _service_errors(), opened(data, database) as stores:
        from presage.pipelines import keeping, stored  # noqa: PLC0415

        record = keeping.find_run(stores, name)
        out.print(_picture(stores, record))
        if svg:
            from presage.pipelines.drawing import svg_of  # noqa: PLC0415

            svg.write_text(svg_of(keeping.picture_of(stores, record), stores.clock()), encoding="utf-8")
        for _, event in stored.history(stores.engine, record.arn, most=stored.MOST_EVENTS) if history else ():
            line = f"{_time(event.at)} {event.kind:8} {event.path}/{event.state} {event.text}"
            out.print(line, highlight=False, markup=False, soft_wrap=True)


@pipeline_command.command(epilog="Example: presage pipeline resume daily --data ./shop")
def resume(
    name: Name,
    wait: Annotated[bool, typer.Option(help="Whether to follow it until it ends.")] = True,
    data: Data = None,
    database: Database = None,
) -> None:
    """Let a run that failed or was cancelled go on at the step where it ended."""
    with plain_errors(), _service_errors(), opened(data, database) as stores:
        from presage.pipelines import keeping  # noqa: PLC0415

        record = keeping.resume_run(stores, keeping.find_run(stores, name))
        out.print(f"resumed {record.name}", highlight=False, markup=False)
        if wait:
            _follow(stores, record)


@pipeline_command.command(epilog="Example: presage pipeline cancel daily --data ./shop")
def cancel(name: Name, data: Data = None, database: Database = None) -> None:
    """End a run; it may be resumed."""
    with plain_errors(), _service_errors(), opened(data, database) as stores:
        from presage.pipelines import keeping  # noqa: PLC0415

        record = keeping.cancel_run(stores, keeping.find_run(stores, name))
        out.print(f"cancelled {name}: {record.name}", highlight=False, markup=False)


@pipeline_command.command(epilog="Example: presage pipeline delete daily --data ./shop")
def delete(name: str, data: Data = None, database: Database = None) -> None:
    """Delete a pipeline and all that is known of its runs."""
    with plain_errors(), _service_errors(), opened(data, database) as stores:
        from presage.pipelines import keeping  # noqa: PLC0415

        keeping.delete_pipeline(stores, name)
        out.print(f"deleted {name}", highlight=False, markup=False)


@contextlib.contextmanager
def _service_errors() -> Generator[None]:
    """What the rooms say to callers of the door is said in the shell as any other mistake."""
    try:
        yield
    except ServiceError as error:
        raise ValueError(error.message) from None


def _put(stores: "Stores", file: Path, name: str, key: str) -> "Record":
    """The pipeline of a file."""
    from presage.pipelines import keeping  # noqa: PLC0415
    from presage.pipelines.definitions import read_definition  # noqa: PLC0415

    text = text_of(file)
    own = name or read_definition(text).name or file.name.partition(".")[0]
    return keeping.put_pipeline(stores, own, text, key=key, is_local=True, source=str(file))


def _key(stores: "Stores", key: str) -> str:
    """The id of the access key that runs act with; empty if the server knows none."""
    known = {one.access_key_id for one in stores.keys.list()}
    found = key or os.environ.get("AWS_ACCESS_KEY_ID", "")
    if not known:
        return ""
    if found not in known:
        raise ValueError(
            f"runs act with an access key, and {found!r} is none; `presage keys list` shows them"
        )
    return found


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise ValueError(f"--input is no JSON: {error}") from None
    if not isinstance(found, dict):
        raise ValueError(f"--input is {text[:100]!r}; it must be an object")
    return found


def _follow(stores: "Stores", started: "Record") -> None:
    """Show a run until it ends; ends with 1 unless it succeeds."""
    with Live(_picture(stores, started), console=out, auto_refresh=False) as live:
        record = started
        while record.motion:
            time.sleep(FOLLOW_SECONDS)
            record = stores.records.expect(started.arn)
            live.update(_picture(stores, record), refresh=True)
    if not out.is_terminal:
        out.print()  # Live ends its last line in a terminal alone
    if not record.is_active:
        err.print(record.get("_reason") or "it was cancelled", style="red", markup=False, highlight=False)
        raise typer.Exit(1)


def _cells(run: "Record") -> tuple[str, str, str, str]:
    """A run's name, how it stands, since when, and why it failed."""
    from presage.pipelines.keeping import status_of  # noqa: PLC0415

    return run.name, status_of(run), _time(run.updated_at), run.get("_reason") or ""


def _picture(stores: "Stores", record: "Record") -> "RenderableType":
    from presage.pipelines.keeping import picture_of  # noqa: PLC0415
    from presage.pipelines.terminal import drawn  # noqa: PLC0415

    return drawn(picture_of(stores, record), now=stores.clock())


def _time(at: float | None) -> str:
    return datetime.fromtimestamp(at or 0.0, UTC).strftime("%Y-%m-%d %H:%M:%S")
