"""What decisions read of a feature set: the features of an identity now, and what came after an instant."""

import threading
from datetime import UTC, datetime
from typing import Any

import orjson
import structlog
from cachetools import LRUCache

from presage.errors import InvalidInputException, few, shown
from presage.features.bts import TransformError
from presage.features.bts.windows import Row
from presage.online import OnlineError, Stored

from .documents import Documents
from .folding import loaded
from .live import FeatureSet, Live
from .lookups import unreachable
from .sets import documents_of

log = structlog.get_logger("presage.live")
MOST_READY = 32
"""Feature sets whose documents are kept ready for labels."""
_SECONDS = {"day": 86_400.0, "hour": 3_600.0}


class LiveSets:
    """The feature sets of a server, by name. Every method raises InvalidInputException for a name of none."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._labelling = threading.Lock()
        self._documents: LRUCache[str, Documents] = LRUCache(MOST_READY)

    async def look_up(self, name: str, identity: str) -> dict[str, Any]:
        """What is known of an identity now, as `GET /features/NAME/IDENTITY` tells; empty if nothing is."""
        try:
            found = await self._live.lookups.find(self._find(name).folding.name, identity)
        except OnlineError:
            raise unreachable() from None
        return {} if found is None else orjson.loads(found)

    def paths(self, name: str) -> list[str]:
        """What can be read of that: `records.AGGREGATE.FIELD`, `features.AGGREGATE.FIELD` of past windows."""
        documents = self._find(name).documents
        kept = [one.aggregate for one in documents.fold.aggregates.values()]
        past = [one for one in _windows(documents) if one.window_value <= 0]
        return [
            *(f"records.{one.name}.{field.name}" for one in kept for field in one.fields),
            *(f"features.{one.name}.{field.name}" for one in past for field in one.fields),
        ]

    def label_seconds(self, name: str, label: str) -> float:
        """So long after an instant all is known that counts for a label: its window, and late events.

        Raises InvalidInputException if no window of days or hours after an anchor has such a field.
        """
        documents = self._find(name).documents
        seconds = {
            f"{one.name}.{field.name}": one.window_value * _SECONDS[one.window_type]
            for one in _windows(documents)
            if one.window_value > 0 and one.window_type in _SECONDS
            for field in one.fields
        }
        if label not in seconds:
            raise InvalidInputException(
                f"label is {shown(label)}, which is no field of a window of days or hours after an anchor in"
                f" the feature set {name}; there are: {few(list(seconds)) or 'none'}"
            )
        return seconds[label] + documents.lateness.total_seconds()

    def label(self, name: str, label: str, identity: str, at: float) -> float | None:
        """The value of a label of an identity for an instant, in seconds since 1970, UTC.

        All that was told is folded first. None if nothing came in its window, or the documents fail. Raises
        OnlineError, and whatever keeps events from being folded: then nobody knows.
        """
        found = self._find(name)
        self._live.fold(found)
        with self._live.stores.online.turn(found.folding.name) as turn:
            stored = turn.load(identity)
        if stored is None:
            return None
        with self._labelling:
            row = self._row_after(found, identity, stored, datetime.fromtimestamp(at, UTC))
        value = None if row is None else row.get(label)
        return float(value) if isinstance(value, int | float) else None

    def _row_after(self, found: FeatureSet, identity: str, stored: Stored, at: datetime) -> Row | None:
        """What came of an instant; documents are for one thread at a time."""
        space = found.folding.name
        documents = self._documents.get(space)
        if documents is None:
            documents = self._documents[space] = documents_of(found.record["declared"])
        state, _ = loaded(documents, identity, stored)
        try:
            return None if documents.windows is None else documents.windows.after(state, at)
        except TransformError as error:
            log.warning(
                "a label cannot be told", feature_set=found.record.name, identity=identity, error=str(error)
            )
            return None

    def _find(self, name: str) -> FeatureSet:
        found = self._live.find(name)
        if found is None:
            known = few(sorted(self._live.sets())) or "none"
            raise InvalidInputException(f"there is no feature set named {shown(name)}; there are: {known}")
        return found


def _windows(documents: Documents) -> list[Any]:
    """The aggregates of the window document."""
    return [] if documents.windows is None else list(documents.windows.document.aggregates)
