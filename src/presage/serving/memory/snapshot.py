"""A group's memory on disk: one file, memory-mapped by every process that answers for the group.

It is derived data: the datasets hold all that it says, so a damaged one is deleted and built anew.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import structlog

from presage.artifacts import read_file, read_meta, write_file
from presage.features.texts import Names
from presage.recipes.data import Longs

from ..source import ITEMS, USERS
from .columns import Table
from .events import ARRAYS, Events
from .records import Records
from .rows import Version

FORMAT = 1
UNKNOWN = np.iinfo(np.int64).min
"""Stands for the time at which an item came to be of which nothing tells it."""
SUFFIX = ".safetensors"
logger = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """What a group's datasets held at a moment.

    Parameters
    ----------
    number : a later snapshot has a higher one
    events : each user's events of all types and values, imported or told
    records : dataset type -> every item that has a record or an event, every user that has a record
    created_at : (n_items,), seconds since 1970, UTC, or `UNKNOWN`
    uses : (n_items,), how many events are about each
    shown : (n_items,), how often each was shown beside what was used; 0 in files of an older presage
    versions : dataset type -> what its table held
    """

    number: int
    events: Events
    records: Mapping[str, Records]
    created_at: Longs
    uses: Longs
    shown: Longs
    versions: Mapping[str, Version]

    def place(self, dataset_type: str) -> int:
        """Up to which place of the log a dataset is in it; 0 = nothing that was told."""
        version = self.versions.get(dataset_type)
        return version["seq"] if version else 0

    def write(self, folder: Path) -> None:
        """Put it on disk in place of the older ones; processes that have mapped these keep them."""
        arrays = {f"events.{name}": getattr(self.events, name) for name in (*ARRAYS, "start")}
        arrays |= self.events.owners.arrays("events.owners") | self.events.items.arrays("events.items")
        arrays |= self.events.table.arrays("events.columns")
        arrays |= {"created_at": self.created_at, "uses": self.uses, "shown": self.shown}
        columns = {"events": list(self.events.table.columns)}
        for kind, records in self.records.items():
            arrays |= records.arrays(kind)
            columns[kind] = list(records.table.columns)
        meta = {"format": FORMAT, "columns": columns, "versions": self.versions}
        write_file(folder / f"{self.number}{SUFFIX}", arrays, meta)
        for number, file in _files(folder):
            if number < self.number:
                file.unlink(missing_ok=True)

    @classmethod
    def read(cls, file: Path) -> Self:
        """The snapshot in a file.

        Raises FileNotFoundError if it was replaced, ValueError if it cannot be trusted.
        """
        arrays, meta = read_file(file)
        if meta["format"] != FORMAT:
            raise ValueError(f"{file} has format {meta['format']!r}; this presage reads format {FORMAT}")
        columns = meta["columns"]
        events = Events(
            **{name: arrays[f"events.{name}"] for name in (*ARRAYS, "start")},
            owners=Names.from_arrays(arrays, "events.owners"),
            items=Names.from_arrays(arrays, "events.items"),
            table=Table.from_arrays(arrays, columns["events"], "events.columns"),
        )
        return cls(
            number=int(file.name.removesuffix(SUFFIX)),
            events=events,
            records={kind: Records.from_arrays(arrays, columns[kind], kind) for kind in (ITEMS, USERS)},
            created_at=arrays["created_at"],
            uses=arrays["uses"],
            shown=arrays.get("shown", np.zeros_like(arrays["uses"])),
            versions=meta["versions"],
        )


def newest_snapshot(folder: Path, after: int = 0) -> Snapshot | None:
    """The newest whole snapshot of a number above `after`; damaged ones are deleted, and the log says so."""
    while files := [(number, file) for number, file in _files(folder) if number > after]:
        file = max(files)[1]
        with suppress(FileNotFoundError):  # another process has replaced it: look again
            try:
                return Snapshot.read(file)
            except (ValueError, KeyError) as error:
                logger.error("a group's memory on disk is damaged; it is built anew", reason=str(error))
                file.unlink(missing_ok=True)
    return None


def newest_versions(folder: Path) -> Mapping[str, Version] | None:
    """What the newest snapshot holds of each dataset; None if there is none, or none that can be read."""
    for _, file in sorted(_files(folder), reverse=True):
        with suppress(OSError, ValueError, KeyError):
            return read_meta(file)["versions"]
    return None


def newest_number(folder: Path) -> int:
    """The number of the newest snapshot; 0 = there is none."""
    return max((number for number, _ in _files(folder)), default=0)


def _files(folder: Path) -> Iterator[tuple[int, Path]]:
    """(number, file) of every snapshot in a folder."""
    if folder.is_dir():
        for file in folder.iterdir():
            if file.name.endswith(SUFFIX) and file.name.removesuffix(SUFFIX).isdigit():
                yield int(file.name.removesuffix(SUFFIX)), file
