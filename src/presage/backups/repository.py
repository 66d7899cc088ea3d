"""Back-ups in a place: each file's content once, by its digest, and a manifest for each back-up.

    objects/3f/3f2a…                    what files hold; named by its SHA-256
    backups/2026-01-31T02-00-00Z.json   which path of the data folder holds what

A manifest is written when all that it names is there. So a back-up is whole or not there, whatever dies, and
one that follows another stores what is new alone.
"""

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from .places import Place

FORMAT = 1
_OBJECTS, _BACKUPS = "objects/", "backups/"
Progress = Callable[[str, float], None]
"""Told what is done, and how far it is, 0 to 1."""


class Entry(msgspec.Struct, frozen=True):
    """A file: the SHA-256 of what it holds, its bytes, and when it was written, in ns since 1970."""

    sha256: str
    size: int
    written_at: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """A back-up.

    Parameters
    ----------
    format : of the back-up
    presage : the version that made it
    at : when it began, seconds since 1970, UTC
    files : path below the data folder -> what it holds
    """

    format: int
    presage: str
    at: float
    files: dict[str, Entry]


class DamagedBackup(ValueError):
    """A back-up that cannot be trusted, or none at all."""


def names(place: Place) -> list[str]:
    """The back-ups in a place, the newest last."""
    return sorted(key.removeprefix(_BACKUPS).removesuffix(".json") for key in place.keys(_BACKUPS))


def read(place: Place, name: str = "") -> tuple[str, Manifest]:
    """The name and the manifest of a back-up; empty = the newest. Raises DamagedBackup."""
    found = names(place)
    chosen = name or (found[-1] if found else "")
    if chosen not in found:
        there = f"there are: {', '.join(found)}" if found else "there is none"
        raise DamagedBackup(f"no back-up is called {name!r}; {there}" if name else "there is no back-up here")
    with tempfile.TemporaryDirectory(prefix="presage-") as folder:
        file = Path(folder, "manifest")
        place.download(f"{_BACKUPS}{chosen}.json", file)
        try:
            manifest = msgspec.json.decode(file.read_bytes(), type=Manifest)
        except msgspec.DecodeError as error:
            raise DamagedBackup(f"the manifest of back-up {chosen} cannot be read: {error}") from None
    if manifest.format != FORMAT:
        raise DamagedBackup(
            f"back-up {chosen} has format {manifest.format}; this presage reads format {FORMAT}"
        )
    return chosen, manifest


def store(place: Place, folder: Path, *, at: float, presage: str, progress: Progress) -> str:
    """Make a back-up of all files in a folder; its name. It takes place in the place's `turn`."""
    name = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
    known = read(place)[1].files if names(place) else {}
    files = {one.relative_to(folder).as_posix(): one for one in sorted(folder.rglob("*")) if one.is_file()}
    entries: dict[str, Entry] = {}
    there = place.keys(_OBJECTS)
    total, done = max(1, sum(file.stat().st_size for file in files.values())), 0
    for path, file in files.items():
        progress(path, done / total)
        entry = entries[path] = _entry(file, known.get(path))
        if there.get(_key(entry.sha256)) != entry.size:
            place.upload(file, _key(entry.sha256))
            there[_key(entry.sha256)] = entry.size
        done += entry.size
    manifest = Manifest(format=FORMAT, presage=presage, at=at, files=entries)
    with tempfile.TemporaryDirectory(prefix="presage-") as scratch:
        written = Path(scratch, "manifest")
        written.write_bytes(msgspec.json.encode(manifest))
        place.upload(written, f"{_BACKUPS}{name}.json")
    return name


def prune(place: Place, keep: int) -> list[str]:
    """Forget all but the newest back-ups, and what only those held; the names of the forgotten."""
    gone = names(place)[:-keep] if keep else []
    place.delete(f"{_BACKUPS}{name}.json" for name in gone)
    needed = {_key(one.sha256) for name in names(place) for one in read(place, name)[1].files.values()}
    place.delete([key for key in place.keys(_OBJECTS) if key not in needed])
    return gone


def check(place: Place, name: str = "", *, progress: Progress) -> str:
    """Read all that a back-up needs; its name. Raises DamagedBackup naming what is lost or altered."""
    with tempfile.TemporaryDirectory(prefix="presage-") as scratch:
        chosen, manifest = read(place, name)
        for path, entry in _with_progress(manifest.files, progress):
            _fetch(place, path, entry, Path(scratch, "object"))
    return chosen


def restore(place: Place, into: Path, name: str = "", *, progress: Progress) -> str:
    """Write all files of a back-up into a folder; its name. Raises DamagedBackup."""
    chosen, manifest = read(place, name)
    for path, entry in _with_progress(manifest.files, progress):
        target = into / path
        if not target.resolve().is_relative_to(into.resolve()):
            raise DamagedBackup(f"back-up {chosen} names a file outside its folder: {path}")
        _fetch(place, path, entry, target)
    return chosen


def _fetch(place: Place, path: str, entry: Entry, target: Path) -> None:
    try:
        place.download(_key(entry.sha256), target)
    except FileNotFoundError:
        raise DamagedBackup(f"what {path} held is lost: {_key(entry.sha256)} is not there") from None
    if _digest(target) != entry.sha256:
        raise DamagedBackup(f"what {path} held is altered: {_key(entry.sha256)} does not have that digest")


def _with_progress(files: Mapping[str, Entry], progress: Progress) -> Iterator[tuple[str, Entry]]:
    """The files, telling how far they are."""
    total, done = max(1, sum(entry.size for entry in files.values())), 0
    for path, entry in files.items():
        progress(path, done / total)
        yield path, entry
        done += entry.size


def _entry(file: Path, before: Entry | None) -> Entry:
    """What a file holds; one that has its size and time as before is not read again."""
    found = file.stat()
    if before and (before.size, before.written_at) == (found.st_size, found.st_mtime_ns):
        return before
    return Entry(_digest(file), found.st_size, found.st_mtime_ns)


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _key(sha256: str) -> str:
    return f"{_OBJECTS}{sha256[:2]}/{sha256}"
