"""Storage: what takes how much of the disk, and what cleaning would free."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.responses import Response

from presage.resources.record import Record

from ..newcomer.uploads import BUCKET
from ..page import Page
from ..visit import Visit

WHAT = {
    "tables": "datasets, with versions that trained models were made of",
    "models": "trained versions, predictors, forecasts",
    "buckets": "files that were uploaded",
    "memory": "what serving knows; it is built again if it is deleted",
    "decisions": "policies of offer campaigns; they are learned again from the log",
    "turns": "locks of those who write the log",
    "drafts": "what jobs are writing",
    "remote": "copies of what lies elsewhere",
}
"""Folder of the data folder -> what is in it."""
N_MODELS = 15


@dataclass(frozen=True)
class Part:
    """A part of the data folder."""

    name: str
    what: str
    n_bytes: int


@dataclass(frozen=True)
class Model:
    """A trained version, what it takes, and what uses it."""

    record: Record
    n_bytes: int
    users: Sequence[Record]


async def show(visit: Visit) -> Response:
    """The whole page; the disk is read for it."""
    return visit.page("storage.html", **await visit.beside(lambda: _storage(visit)))


def _storage(visit: Visit) -> dict[str, Any]:
    data = visit.server.config.data
    folders = [_part(path) for path in sorted(data.iterdir()) if path.is_dir()]
    files = sum(path.stat().st_size for path in data.iterdir() if path.is_file())
    models = sorted(_models(visit), key=lambda one: -one.n_bytes)
    disk = shutil.disk_usage(data)
    uploads = visit.server.stores.buckets.store.folder(BUCKET)
    return {
        "data": data,
        "folders": [
            *sorted(folders, key=lambda one: -one.n_bytes),
            Part("files", "records, jobs, the log", files),
        ],
        "models": models[:N_MODELS],
        "n_unused": sum(not one.users for one in models),
        "unused_bytes": sum(one.n_bytes for one in models if not one.users),
        "upload_bytes": _size(uploads),
        "free": disk.free,
        "total": disk.total,
    }


def _part(path: Path) -> Part:
    return Part(path.name, WHAT.get(path.name, ""), _size(path))


def _size(path: Path) -> int:
    """The bytes of all files below a folder; of files that go meanwhile none."""
    total = 0
    for one in path.rglob("*"):
        try:
            total += one.stat().st_size if one.is_file() else 0
        except OSError:
            continue
    return total


def _models(visit: Visit) -> list[Model]:
    stores = visit.server.stores
    return [
        Model(record, _size(stores.model_folder(record)), stores.records.children(record.arn))
        for record in stores.records.of_kind("personalize", "SolutionVersion")
        if "_folder" in record.body
    ]


PAGES = (
    Page(
        path="/storage", answer=show, demands=("presage:DescribeStorage",), title="Storage", section="Server"
    ),
)
