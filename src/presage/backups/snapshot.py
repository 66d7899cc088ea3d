"""All that a data folder must not lose, as it is at a moment, in a folder of second names.

Whoever serves or works goes on meanwhile. The order makes the parts fit: what refers comes before what it
refers to, and the event log before the tables that it is folded into. So nothing that was acknowledged before
is missing, a record that was folded meanwhile is in both, which the next fold knows, and the mark, which
outruns the tables, comes last.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from presage.files import link_or_copy
from presage.stores import Stores

LOG, MARK = "events.sqlite", "log-mark.json"
MODELS, BUCKETS, TABLES, RECORDS = "models", "buckets", "tables", "records.sqlite"
INDEX = f"{BUCKETS}/index.sqlite"


def take_snapshot(stores: Stores, into: Path, *, with_database: bool = True) -> None:
    """Fill an empty folder of the same disk with what a data folder must have.

    What follows from the rest is left out: jobs, memory, live features, policies of offer campaigns, drafts.

    Parameters
    ----------
    with_database : whether what Postgres holds is taken too, if it holds anything: records, log, index of
        the buckets
    """
    data, in_postgres = stores.config.data, stores.config.postgres
    _link_all(stores, into)
    if not in_postgres:
        _copy_database(data / RECORDS, into / RECORDS)
        _copy_database(data / LOG, into / LOG)
    elif with_database:
        from .databases import dump_database  # noqa: PLC0415  (its driver may be missing)

        dump_database(stores, into)
    if not (in_postgres and stores.config.object_store):
        _copy_database(data / INDEX, into / INDEX)
    _link_all(stores, into)
    for name, table in stores.tables().items():
        table.link(into / TABLES / name)
    with suppress(FileNotFoundError):
        link_or_copy(data / MARK, into / MARK)


def _link_all(stores: Stores, into: Path) -> None:
    """Models and uploads; once more for those that came to be while the records were taken."""
    _link(stores.models.pull(), into / MODELS, lambda name: not name.startswith("."))
    _link(stores.buckets.store.files.bring_all(), into / BUCKETS / "data", lambda _: True)


def _link(folder: Path, into: Path, is_kept: Callable[[str], bool]) -> None:
    for file in folder.rglob("*"):
        if file.is_file() and all(map(is_kept, file.relative_to(folder).parts)):
            target = into / file.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileNotFoundError):  # deleted a moment ago
                if target.exists() and not target.samefile(file):
                    target.unlink()
                with suppress(FileExistsError):
                    link_or_copy(file, target)


def _copy_database(source: Path, target: Path) -> None:
    """Copy an SQLite database as it is at a moment; writers do not wait."""
    if not source.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with (
        closing(sqlite3.connect(f"file:{source.absolute()}?mode=rw", uri=True, timeout=60)) as database,
        closing(sqlite3.connect(target)) as copy,
    ):
        database.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
