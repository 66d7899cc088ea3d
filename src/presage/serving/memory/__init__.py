"""What is known of a dataset group: one memory, however many campaigns answer from it.

columns      exact, nullable values as arrays
records      items or users by id
events       events in columns, those of each user side by side
snapshot     all of it on disk, memory-mapped; `build` makes it from the datasets, `rows` reads these
recent       what was told lately, a row at a time; `told` reads much at once
sessions     whose a session turned out to be
items        what is known of the items at a moment
held, group  all of it together; `limits` says how much is kept
"""

from .build import build_snapshot, wants_snapshot
from .events import Event, Row
from .group import GroupMemory
from .items import ItemsNow
from .limits import Limits

__all__ = ["Event", "GroupMemory", "ItemsNow", "Limits", "Row", "build_snapshot", "wants_snapshot"]
