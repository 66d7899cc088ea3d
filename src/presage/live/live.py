"""The feature sets of one server: what is told goes into the log, and from there into the online store."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any

import structlog

from presage.errors import InvalidInputException
from presage.features.bts import TransformError
from presage.log import NoSuchStream
from presage.online import Mark, OnlineError
from presage.resources.record import Record
from presage.stores import Stores
from presage.works.forgetting import forget_identities

from .documents import Documents
from .folding import MOST_PER_TURN, Counts, Folding, placed
from .lookups import LookUps
from .sets import documents_of

POLL_SECONDS = 0.5
"""What this process was told is folded at once; so soon what one that died was told, and sets are known."""
MOST_FAULTS = 10
log = structlog.get_logger()


@dataclass
class FeatureSet:
    """A registered feature set in use: its events are checked in any thread, and folded in one."""

    record: Record
    documents: Documents
    folding: Folding
    _checking: threading.Lock = field(default_factory=threading.Lock)

    def check(self, events: list[dict[str, Any]]) -> None:
        """Raises InvalidInputException that says which events have no identity or time."""
        faults: list[str] = []
        with self._checking:
            for number, event in enumerate(events, 1):
                try:
                    placed(self.documents, event)
                except TransformError as error:
                    faults.append(f"event {number}: {error}")
        if faults:
            more = f"; and {len(faults) - MOST_FAULTS} more" if len(faults) > MOST_FAULTS else ""
            raise InvalidInputException("; ".join(faults[:MOST_FAULTS]) + more)


def _deleted(record: Record) -> InvalidInputException:
    return InvalidInputException(f"the feature set {record.name} has been deleted")


class Live:
    """Every feature set, as the records say."""

    def __init__(self, stores: Stores) -> None:
        self.stores = stores
        self.lookups = LookUps(stores)
        self._sets: dict[str, FeatureSet] = {}
        self._revision = -1
        self._refreshing = threading.Lock()
        self._stepping = threading.Lock()
        self._is_closed = False
        self._is_cut_off = False
        self._told: asyncio.Event | None = None

    def find(self, name: str) -> FeatureSet | None:
        """The feature set of a name."""
        return self._sets.get(name) or self.sets().get(name)

    def sets(self) -> dict[str, FeatureSet]:
        """All feature sets by name, as they are now."""
        with self._refreshing:
            revision = self.stores.records.revision()
            if revision != self._revision:
                found = map(self._ready, self.stores.feature_sets())
                self._sets = {one.record.name: one for one in found if one is not None}
                self._revision = revision
            return self._sets

    def _ready(self, record: Record) -> FeatureSet | None:
        known = self._sets.get(record.name)
        if known and known.record["_folder"] == record["_folder"]:
            return known
        try:
            documents, others = (documents_of(record["declared"]) for _ in range(2))
        except (InvalidInputException, TransformError):  # another presage took them
            log.exception("a feature set cannot be used; delete it", feature_set=record.name)
            return None
        folding = Folding(record["_folder"], others, self.stores.log, self.stores.online)
        return FeatureSet(record, documents, folding)

    async def tell(self, told: FeatureSet, events: list[dict[str, Any]]) -> None:
        """Log events: they are on disk when this returns, and folded a moment later.

        Raises InvalidInputException for events that cannot be folded or logged; then none is.
        """
        await asyncio.to_thread(told.check, events)
        try:
            await asyncio.wrap_future(self.stores.log.append(told.folding.name, events))
        except TypeError as error:  # whole numbers beyond 64 bits
            raise InvalidInputException(f"an event cannot be logged: {error}") from None
        except NoSuchStream:
            raise _deleted(told.record) from None
        self.wake()

    async def feed(self, group: str, events: Callable[[], list[dict[str, Any]]]) -> None:
        """Log events of a dataset group for each feature set that names it; on disk when this returns.

        Those without identity or time are counted as dropped: who calls PutEvents knows of no documents.
        """
        for one in list(self._sets.values()):
            if one.record["declared"].get("datasetGroupArn") == group:
                with suppress(NoSuchStream):  # deleted a moment ago
                    await asyncio.wrap_future(self.stores.log.append(one.folding.name, events()))
                self.wake()

    def forget(self, told: FeatureSet, identity: str) -> None:
        """Forget an identity: on disk when this returns, and gone from what is answered a moment later.

        Raises InvalidInputException if the set has been deleted.
        """
        try:
            forget_identities(self.stores, told.record, [identity])
        except NoSuchStream:
            raise _deleted(told.record) from None

    def wake(self) -> None:
        """Let what was told be folded at once."""
        if self._told is not None:
            self._told.set()

    def describe(self, told: FeatureSet, *, is_new: bool = False) -> dict[str, Any]:
        """What a set was declared as, and how its events fared, of which a new one has none."""
        mark = Mark() if is_new else self.stores.online.mark(told.folding.name)
        lateness = told.documents.lateness.total_seconds()
        declared = {**told.record["declared"], "latenessSeconds": lateness}
        return {"name": told.record.name, **declared, "events": asdict(Counts.of(mark))}

    def step(self) -> int:
        """Fold what was told since; how many records of the set that had most."""
        with self._stepping:
            sets = {} if self._is_closed else self.sets()
            try:
                most = max(map(self._step, sets.values()), default=0)
            except OnlineError as error:
                self._say_if_cut_off(str(error))
                return 0
            self._say_if_cut_off("")
            return most

    def fold(self, told: FeatureSet) -> None:
        """Fold all that a set was told until now; raises whatever prevents it."""
        with self._stepping:
            while told.folding.step():
                pass

    def close(self) -> None:
        """Fold no more; what is being folded is done when this returns."""
        self.lookups.close()
        with self._stepping:
            self._is_closed = True

    def _say_if_cut_off(self, reason: str) -> None:
        """Log that the online store is gone, and that it is back."""
        if bool(reason) != self._is_cut_off:
            self._is_cut_off = bool(reason)
            if reason:
                log.warning("the online store is gone; the log keeps what is told meanwhile", reason=reason)
            else:
                log.info("the online store is back")

    def _step(self, one: FeatureSet) -> int:
        try:
            return one.folding.step()
        except OnlineError:
            raise
        except Exception:
            log.exception("events could not be folded; the log keeps them", feature_set=one.record.name)
            return 0

    async def follow(self) -> None:
        """Fold whatever is told, until cancelled."""
        self._told = asyncio.Event()
        while True:
            if await asyncio.to_thread(self.step) < MOST_PER_TURN:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._told.wait(), POLL_SECONDS)
            self._told.clear()
