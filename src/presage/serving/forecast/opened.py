"""Forecasts that queries asked for lately stay open: a file is checked whole when it is opened."""

from pathlib import Path
from threading import Lock

from cachetools import LRUCache

from ..once import Once
from .stored import StoredForecast, load_forecast

MOST_OPEN = 64
"""So many forecasts stay open; each takes a file descriptor and address space, and memory as it is read."""


class OpenedForecasts:
    """Forecasts by folder; each is opened once, whoever asks first. A deleted one answers who has it open."""

    def __init__(self) -> None:
        self._opening: Once[Path, StoredForecast] = Once()
        self._opened: LRUCache[Path, StoredForecast] = LRUCache(MOST_OPEN)
        self._lock = Lock()

    def get(self, folder: Path) -> StoredForecast | None:
        """The forecast in a folder if it is open."""
        with self._lock:
            return self._opened.get(folder)

    def open(self, folder: Path) -> StoredForecast:
        """The forecast in a folder, opened if need be; raises what `load_forecast` raises."""
        if found := self.get(folder):
            return found
        with self._opening.using(folder, lambda: _ready(folder)) as found, self._lock:
            self._opened[folder] = found
        self._opening.drop_all_but(set())
        return found

    def close(self, folder: Path) -> None:
        """Let go of a forecast that is deleted."""
        with self._lock:
            self._opened.pop(folder, None)

    def close_gone(self) -> None:
        """Let go of forecasts that another process has deleted: while they are open they take space."""
        with self._lock:
            for folder in [one for one in self._opened if not one.exists()]:
                del self._opened[folder]


def _ready(folder: Path) -> StoredForecast:
    """The forecast in a folder, with what its first answer needs."""
    found = load_forecast(folder)
    found.row(found.dimensions)  # whatever its name: the index is there then
    _ = found.timestamps
    return found
