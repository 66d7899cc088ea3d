"""The mark: how far places of the log are stored elsewhere. It outlives the log's own file.

Without it a log that was removed would begin again at 1, and whoever had stored "read through 500" would take
its first 500 records for known.
"""

from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from presage.files import write_whole

from .protocol import LogError

FILE = "log-mark.json"


@dataclass(frozen=True, kw_only=True)
class Mark:
    """Which log it was, and through which place its records are stored elsewhere, or are about to be."""

    identity: str
    place: int


def read_mark(folder: Path) -> Mark | None:
    """The mark of a data folder; None before the first. Raises LogError if it cannot be read."""
    path = folder / FILE
    try:
        return Mark(**orjson.loads(path.read_bytes()))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise LogError(
            f"{path} is damaged: {error}; remove it, so that it is made anew from the tables"
        ) from None


def write_mark(folder: Path, mark: Mark) -> None:
    """Put a mark in the place of the old one; it is on disk when this returns."""
    write_whole(folder / FILE, orjson.dumps(asdict(mark)))
