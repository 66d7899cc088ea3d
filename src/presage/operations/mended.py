"""What callers got wrong and the server put right: counted, and said in the log now and then."""

from collections import Counter

import structlog
from cachetools import TTLCache

SILENT_SECONDS = 60.0
MOST_COUNTED = 10_000
"""So many mistakes of different callers are counted; then the counts begin anew."""
log = structlog.get_logger()


class Mended:
    """Counts mistakes of one kind and place; the log tells of each once a minute, with its count so far."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        self._said: TTLCache[tuple[str, str], bool] = TTLCache(MOST_COUNTED, SILENT_SECONDS)

    def note(self, what: str, where: str) -> None:
        """A mistake was put right.

        Parameters
        ----------
        what : the mistake, and what was made of it
        where : the ARN of what it was made in
        """
        key = what, where
        if len(self.counts) >= MOST_COUNTED:
            self.counts.clear()
        self.counts[key] += 1
        if key not in self._said:
            self._said[key] = True
            log.warning(what, where=where, so_far=self.counts[key])
