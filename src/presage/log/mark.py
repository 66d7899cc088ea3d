"""The mark: how far places of the log are stored elsewhere. It outlives the log's own file.

Without it a log that was removed would begin again at 1, and whoever had stored "read through 500" would take
its first 500 records for known.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson
import structlog

from presage.files import locked, write_whole

from .protocol import LogError

FILE = "log-mark.json"
_LOCK = "events.lock"
logger = structlog.get_logger()


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


@contextmanager
def locked_log(folder: Path) -> Generator[None]:
    """The turn of the only thread that may make, move or mark the log of a folder."""
    with locked(folder / _LOCK):
        yield


def raise_mark(folder: Path, identity: str, through: int) -> int:
    """Let the mark be no less than a place; where it stands now."""
    with locked_log(folder):
        found = read_mark(folder) or Mark(identity=identity, place=0)
        if found.place < through:
            found = Mark(identity=found.identity, place=through)
            write_mark(folder, found)
        return found.place


@contextmanager
def heeding_mark(
    folder: Path, log: str, *, found: tuple[str, int], is_new: bool, stored: Callable[[], int] | None
) -> Generator[int | None]:
    """The place after which a log goes on that is new, lost or older than the mark; None for any other.

    When this is over the folder's mark is of this log.

    Parameters
    ----------
    log : its name, for people
    found : its identity, and the highest place that it has ever given
    stored : the highest place that is stored outside the log; asked for when there is no mark
    """
    identity, ended_at = found
    mark = read_mark(folder) or Mark(identity="", place=stored() if stored else 0)
    is_lost = mark.identity not in ("", identity) or ended_at < mark.place
    yield mark.place if is_new or is_lost else None
    if is_lost:
        logger.warning(
            "the event log is new or an older copy; it goes on after the places stored elsewhere",
            log=log,
            ended_at=ended_at,
            goes_on_after=mark.place,
        )
    if mark.identity != identity:
        write_mark(folder, Mark(identity=identity, place=mark.place))
