"""A catalogue that is made anew when what it tells of has changed."""

import time
from collections.abc import Callable

from .catalogue import Catalogue
from .histories import Histories
from .memory import GroupMemory, ItemsNow

RECOUNT_SECONDS = 60.0
"""How often the items' ages and uses are looked at when no item has changed."""
LEAST_SECONDS = 1.0
LEAST_REST = 10.0
"""A catalogue lasts at least a second, and ten times as long as it took to make."""


class Renewed:
    """The catalogue of a memory, as it is at the moment.

    Attributes
    ----------
    histories : what users did last; of the thread that answers
    catalogue : replaced, never changed
    """

    def __init__(self, memory: GroupMemory, make: Callable[[ItemsNow], Catalogue]) -> None:
        self.memory, self._make = memory, make
        self.histories = Histories(memory)
        self.catalogue = self._new_catalogue()

    def refresh(self) -> None:
        """Take in items that were told, and count events anew; any thread but that of the event loop."""
        passed = time.monotonic() - self._made_at
        if passed < max(LEAST_SECONDS, LEAST_REST * self._took):
            return
        is_counted = passed < RECOUNT_SECONDS or self._arrivals == self.memory.arrivals
        if self._changes != self.memory.item_changes or not is_counted:
            self.catalogue = self._new_catalogue(self.catalogue)

    def _new_catalogue(self, before: Catalogue | None = None) -> Catalogue:
        """What there is now, with the columns ready that were asked of an older one."""
        begun = time.monotonic()
        self._changes, self._arrivals = self.memory.item_changes, self.memory.arrivals
        catalogue = self._make(self.memory.items_now(time.time()))
        if before is not None:
            catalogue.cells.prepare(before.cells)
        self._made_at = time.monotonic()
        self._took = self._made_at - begun
        return catalogue
