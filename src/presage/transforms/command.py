"""`presage features run` and `presage features validate`."""

import contextlib
import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from presage.terminal import err, plain_errors

if TYPE_CHECKING:
    from presage.features.bts import Streaming, Window

    from .out import Line

features_command = typer.Typer(
    no_args_is_help=True, help="Features of events, as Blurr Transform Specs (BTS) say."
)
_DOCUMENTS = (".yml", ".yaml")


STOPPED = 1
"""The exit code of the original, whatever stops it."""


@features_command.command("run", epilog="Example: presage features run sessions.yml rows.yml events.jsonl.gz")
def run(  # noqa: PLR0917, each is a flag
    files: Annotated[
        list[Path],
        typer.Argument(
            help="STREAM.yml, perhaps WINDOW.yml, then events: JSON lines (also .gz, .bz2), .csv or .parquet."
        ),
    ],
    out: Annotated[
        Path | None, typer.Option(help="A .jsonl, .csv or .parquet file; else JSON lines here.")
    ] = None,
    data_processor: Annotated[str, typer.Option(help="What a line is: simple or ipfix.")] = "simple",
    compat: Annotated[bool, typer.Option("--compat", help="Keep the quirks of Blurr 0.4.1.")] = False,
    processes: Annotated[int, typer.Option(help="So many at most; 0: one for each core.", min=0)] = 0,
    spark: Annotated[
        str, typer.Option(help="Run on this Spark master, such as local-cluster[2,1,1024].")
    ] = "",
) -> None:
    """Fold events into records, or with a window file into rows of features."""
    with plain_errors(STOPPED), _without_collecting(), _held_back(out) as write:
        from presage.features.bts import Transform  # noqa: PLC0415  (`presage --help` must be quick)

        from .out import column_types  # noqa: PLC0415

        texts, events = _split(files)
        streaming, window = _documents(texts, compat=compat)
        Transform(streaming, window, compat=compat)  # all its faults, before anything is read
        types = column_types(streaming, window)
        if spark:
            from .spark import run_spark  # noqa: PLC0415

            lines = run_spark(
                spark, texts, events, processor=data_processor, compat=compat, dropped=_say_dropped
            )
            write(lines, types)
        else:
            write(_local(streaming, window, events, data_processor, compat, processes), types)


def _local(  # noqa: PLR0917
    streaming: "Streaming",
    window: "Window | None",
    files: list[Path],
    processor: str,
    compat: bool,
    processes: int,
) -> "Generator[Line]":
    from presage.features.bts import Reader, Transform  # noqa: PLC0415

    from .files import read_events  # noqa: PLC0415
    from .local import run_local  # noqa: PLC0415

    transform, reader = Transform(streaming, window, compat=compat), Reader(streaming, processor)
    with _progress() as progress:
        reading = progress.add_task("reading", total=None)
        groups = read_events(
            files, reader, dropped=_say_dropped, advance=lambda n: progress.advance(reading, n)
        )
        n_events = sum(map(len, groups.values()))
        progress.update(reading, total=n_events, completed=n_events)
        folding = progress.add_task("folding", total=len(groups))
        for n_done, lines in run_local(transform, groups, processes or os.cpu_count() or 1):
            progress.advance(folding, n_done)
            yield from lines


def _progress() -> Progress:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,}"),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=err, transient=True, disable=not err.is_terminal)


@contextlib.contextmanager
def _without_collecting() -> Generator[None]:
    """Spare the search for cycles: events are many small objects without any."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _say_dropped(reason: str) -> None:
    print(f"ERROR - {reason}", file=sys.stderr)  # noqa: T201, a line for each, as the original logs it


@contextlib.contextmanager
def _held_back(out: Path | None) -> "Generator[Callable[[Iterable[Line], dict[str, str]], None]]":
    """What writes the lines where they belong, after the run: one that stops writes nothing."""
    from .out import WRITERS, write_lines  # noqa: PLC0415

    if out is not None and out.suffix not in WRITERS:
        raise ValueError(f"{out}: the suffix {out.suffix!r} is none of {', '.join(WRITERS)}")
    with tempfile.TemporaryDirectory(prefix="presage-", dir=out.parent if out else None) as folder:
        draft = Path(folder, "out")
        yield lambda lines, types: (WRITERS[out.suffix] if out else write_lines)(lines, draft, types)
        if out is not None:
            draft.replace(out)
        else:
            _print(draft)


def _print(path: Path) -> None:
    """Copy a file to stdout, as far as somebody reads it."""
    try:
        with path.open("rb") as file:
            shutil.copyfileobj(file, sys.stdout.buffer)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _split(files: list[Path]) -> tuple[list[str], list[Path]]:
    """The texts of the documents, one or two, and the files of events."""
    n_documents = 2 if len(files) > 1 and files[1].suffix.lower() in _DOCUMENTS else 1
    documents, events = files[:n_documents], files[n_documents:]
    if not events:
        raise ValueError(f"there are no events: name files after {documents[-1]}")
    for path in events:
        if path.suffix.lower() in _DOCUMENTS:
            raise ValueError(
                f"{path}: a run takes one streaming and at most one window document, before all events"
            )
        path.stat()
    return [_text(path) for path in documents], events


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is no UTF-8 text: {error}") from None


def _documents(texts: list[str], *, compat: bool) -> "tuple[Streaming, Window | None]":
    from presage.features.bts import load, parse_streaming, parse_window  # noqa: PLC0415

    streaming = parse_streaming(load(texts[0]), compat=compat)
    return streaming, parse_window(load(texts[1]), compat=compat) if texts[1:] else None


@features_command.command("validate", epilog="Example: presage features validate sessions.yml rows.yml")
def validate(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Documents; those of this folder if none is named.")
    ] = None,
) -> None:
    """Say what is wrong with documents, everything at once; ends with 1 if anything is."""
    with plain_errors(STOPPED):
        found = files or sorted(path for path in Path().iterdir() if path.suffix.lower() in _DOCUMENTS)
        if not found:
            raise ValueError("there is no .yml or .yaml file in this folder; name a document")
        are_valid = [_is_valid(path) for path in found]
    if not all(are_valid):
        raise typer.Exit(1)


def _is_valid(path: Path) -> bool:
    """Whether a document has no fault; says those that it has."""
    from presage.features.bts import TransformError, faults_of, load, warnings_of  # noqa: PLC0415

    try:
        loaded = load(_text(path))
    except (TransformError, OSError, ValueError) as error:
        typer.echo(f"{path}: {error}", err=True)
        return False
    faults = faults_of(loaded)
    for fault in faults:
        typer.echo(f"{path}: {fault}", err=True)
    if not faults:
        for warning in warnings_of(loaded):
            typer.echo(f"{path}: warning: {warning}", err=True)
        typer.echo(f"{path}: valid")
    return not faults
