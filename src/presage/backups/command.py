"""`presage backup` and `presage restore`."""

import shutil
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, TaskProgressColumn, TextColumn
from rich.progress import Progress as Bar

from presage import __version__
from presage.config import Config, load_config
from presage.files import locked, make_folder, sync
from presage.terminal import out, plain_errors

from . import repository
from .repository import Progress

backups = typer.Typer()
SHARED = {"tables": "tables", "models": "models", "buckets/data": "buckets"}
"""The folders of a data folder that an object store holds where there is one, and what it calls them."""
_UNDER_WAY = "restore-under-way"
"""Lies in an object store until it is filled."""
_MOST_SHOWN = 40
Data = Annotated[Path | None, typer.Option("--data", help="The data folder.")]
Database = Annotated[
    str | None, typer.Option("--database", help="postgresql:// URL; empty = SQLite files in the data folder.")
]
Objects = Annotated[
    str | None, typer.Option("--object-store", help="s3://bucket/prefix of tables and models.")
]
Name = Annotated[str, typer.Option("--name", help="Which back-up, as --list shows them; else the newest.")]


@backups.command(epilog="Example: presage backup /mnt/backups/shop --data ./shop --keep 14")
def backup(  # noqa: PLR0917, each is a flag
    to: Annotated[str, typer.Argument(help="A folder, or s3://bucket/prefix.")],
    data: Data = None,
    database: Database = None,
    object_store: Objects = None,
    keep: Annotated[int, typer.Option(help="Forget all but so many of the newest; 0 = none.", min=0)] = 0,
    name: Name = "",
    check: Annotated[bool, typer.Option("--check", help="Make none: read one that is there.")] = False,
    listed: Annotated[bool, typer.Option("--list", help="Make none: show those that are there.")] = False,
    without_database: Annotated[
        bool, typer.Option("--without-database", help="Leave out what is in Postgres; dump it first.")
    ] = False,
) -> None:
    """Make a back-up of a data folder while servers run on it.

    All that was acknowledged before it began is in it. What was stored by an earlier back-up is not stored
    again; a back-up is whole or not there. It holds access keys: keep it where nobody else reads.
    """
    with plain_errors():
        from .places import open_place  # noqa: PLC0415  (`presage --help` must be quick)

        config = load_config({"data": data, "database": database, "object_store": object_store})
        place = open_place(to, config)
        if listed:
            for one in repository.names(place):
                typer.echo(one)
        elif check:
            with _progress() as progress:
                chosen = repository.check(place, name, progress=progress)
            out.print(f"{chosen} is whole")
        else:
            _make(to, config, keep, with_database=not without_database)


def _make(to: str, config: Config, keep: int, *, with_database: bool) -> None:
    from presage.stores import open_stores  # noqa: PLC0415

    from .places import open_place  # noqa: PLC0415
    from .snapshot import take_snapshot  # noqa: PLC0415

    if not config.data.is_dir():
        raise ValueError(f"there is no data folder {config.data}; name it with --data")
    place, at = open_place(to, config), time.time()
    with place.turn(), _scratch(config.data) as folder:
        with open_stores(config) as stores:
            take_snapshot(stores, folder, with_database=with_database)
        with _progress() as progress:
            made = repository.store(place, folder, at=at, presage=__version__, progress=progress)
        gone = repository.prune(place, keep) if keep else []
    out.print(f"{made} is in {to}" + (f"; forgotten: {', '.join(gone)}" if gone else ""), soft_wrap=True)


@contextmanager
def _scratch(data: Path) -> Generator[Path]:
    """An empty folder on the disk of the data folder; what a killed back-up left there goes."""
    folder = data / ".backup"
    with locked(data / ".backup.lock"):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@backups.command(epilog="Example: presage restore /mnt/backups/shop --data ./shop-again")
def restore(
    source: Annotated[str, typer.Argument(metavar="FROM", help="A folder, or s3://bucket/prefix.")],
    data: Data = None,
    database: Database = None,
    object_store: Objects = None,
    name: Name = "",
) -> None:
    """Make a data folder of a back-up, wherever it was made.

    With a database set, records, log and live features are there; with an object store, tables, models and
    uploads. Both must be new. One that broke off can be run again.
    """
    with plain_errors():
        from .places import open_place  # noqa: PLC0415

        config = load_config({"data": data, "database": database, "object_store": object_store})
        target = config.data
        if target.is_dir() and any(target.iterdir()):
            raise ValueError(f"{target} is not empty; name a folder that is, or that is not there")
        draft = target.with_name(f".{target.name}.restoring")
        shutil.rmtree(draft, ignore_errors=True)
        make_folder(draft)
        draft.chmod(0o700)
        with _progress() as progress:
            chosen = repository.restore(open_place(source, config), draft, name, progress=progress)
            _share(config, draft, progress)
        sync(*draft.rglob("*"), draft)
        if target.is_dir():
            target.rmdir()
        draft.rename(target)
        sync(target.absolute().parent)
        out.print(
            f"{target} is as it was at {chosen}; start it with: presage serve --data {target}", soft_wrap=True
        )


def _share(config: Config, draft: Path, progress: Progress) -> None:
    """Move what a database and an object store hold into them."""
    from .snapshot import RECORDS  # noqa: PLC0415

    with _shared_files(config, draft, progress):
        if config.postgres and (draft / RECORDS).exists():
            from .databases import fill_database  # noqa: PLC0415  (its driver may be missing)

            fill_database(config, draft, progress)


@contextmanager
def _shared_files(config: Config, draft: Path, progress: Progress) -> Generator[None]:
    """Upload what an object store holds; what a restore that broke off left there goes first."""
    from presage.remote import ObjectStore  # noqa: PLC0415

    if not config.object_store:
        yield
        return
    endpoint = config.object_store_endpoint or config.s3_endpoint
    store = ObjectStore(config.object_store, endpoint=endpoint, region=config.region)
    there = store.list("")
    if there and _UNDER_WAY not in there:
        raise ValueError(f"{config.object_store} is in use already; name another prefix")
    (draft / _UNDER_WAY).touch()
    store.upload(draft / _UNDER_WAY, _UNDER_WAY)
    (draft / _UNDER_WAY).unlink()
    store.delete([key for key in there if key != _UNDER_WAY])
    for name, prefix in SHARED.items():
        for file in sorted((draft / name).rglob("*")):
            if file.is_file():
                key = f"{prefix}/{file.relative_to(draft / name).as_posix()}"
                progress(key, 1.0)
                store.upload(file, key)
        shutil.rmtree(draft / name, ignore_errors=True)
    yield
    store.delete([_UNDER_WAY])


@contextmanager
def _progress() -> Generator[Progress]:
    """A bar, where somebody looks."""
    columns = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn()
    with Bar(*columns, console=out, transient=True, disable=not out.is_terminal) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda what, fraction: bar.update(task, description=what[-_MOST_SHOWN:], completed=fraction)
