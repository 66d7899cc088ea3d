"""The records of all resources: what each is, where it stands, what it refers to, its tags.

Reading needs no lock. Writing is one transaction at a time over all processes that share the database, so
what a writer reads still holds when it writes: preconditions and quotas are decided there.
"""

import time
from collections.abc import Callable, Collection, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, insert, select, update

from presage.errors import ResourceAlreadyExistsException, ResourceInUseException, Unavailable

from .database import aliases, exclusive, layout, links, records, tags
from .migrations import FORMAT
from .reader import Reader
from .record import Body, Record, dump_body
from .states import ENDS_IN, FAILS_IN, Motion, Phase, State


class Writer(Reader):
    """One exclusive transaction: what it reads holds until it is over, what it writes is on disk then."""

    def __init__(self, connection: Connection, now: float) -> None:
        self.now = now
        self.afterwards: list[Callable[[], None]] = []
        self._connection = connection
        self._revision = 0

    @contextmanager
    def _connected(self) -> Generator[Connection]:
        yield self._connection

    def after(self, step: Callable[[], None]) -> None:
        """Call `step` once the transaction is on disk; not at all if it is undone."""
        self.afterwards.append(step)

    def add(
        self,
        service: str,
        kind: str,
        *,
        arn: str,
        name: str,
        body: Body,
        settled: bool = False,
        due_at: float | None = None,
        parents: Iterable[str] = (),
        other_names: Iterable[str] = (),
    ) -> Record:
        """Write a record whose making is about to begin; raises ResourceAlreadyExistsException.

        Parameters
        ----------
        settled : there is nothing to make: it is ACTIVE at once
        parents : the ARNs that it refers to
        other_names : what else it is found by
        """
        if self.get(arn) is not None:
            raise ResourceAlreadyExistsException(f"Another resource with Arn {arn} already exists.")
        row = {
            "arn": arn,
            "service": service,
            "kind": kind,
            "name": name,
            "state": State.ACTIVE if settled else State.NONE,
            "motion": Motion.NONE if settled else Motion.CREATE,
            "phase": Phase.NONE if settled else Phase.PENDING,
            "due_at": due_at,
            "created_at": self.now,
            "updated_at": self.now,
            "revision": self._changed(),
            "body": dump_body(body),
        }
        self._connection.execute(insert(records).values(**row))
        for parent in dict.fromkeys(parents):
            self.link(arn, parent)
        for alias in other_names:
            self._connection.execute(insert(aliases).values(alias=alias, arn=arn))
        return self.expect(arn)

    def begin(self, arn: str, motion: Motion, since: Collection[State], **changes: Any) -> Record:
        """Begin a motion.

        Parameters
        ----------
        since : the states from which it may begin
        changes : what the body holds from now on

        Raises ResourceInUseException when something else is under way, or it rests in another state.
        """
        record = self.expect(arn)
        if record.motion != Motion.NONE or record.state not in since:
            stands = f"{record.motion} {record.phase}" if record.motion else record.state
            raise ResourceInUseException(
                f"{arn} is {stands}, from where no {motion} can begin; wait until it has settled."
            )
        return self._write(record, body=changes, motion=motion, phase=Phase.PENDING)

    def step(self, arn: str, phase: Phase, since: Collection[Phase]) -> Record | None:
        """Take the motion that is under way to another phase; None when it is in none of `since` any more."""
        record = self.get(arn)
        if record is None or record.phase not in since:
            return None
        return self._write(record, phase=phase)

    def settle(self, record: Record, **changes: Any) -> Record | None:
        """End the motion of a record as it was read: it did what it was to do; an update's changes hold.

        Parameters
        ----------
        changes : what the body holds from now on; None takes a member away

        None when the record has moved on since it was read, and nothing is changed.
        """
        held = {**record.changes, **self._ended(record, State.ACTIVE), **changes, "_reason": None}
        return self._rest(record, ENDS_IN.get(record.motion, record.state), held)

    def settle_failed(self, record: Record, reason: str, **changes: Any) -> Record | None:
        """End the motion of a record as it was read: it failed, for a reason. See `settle`.

        An update that failed leaves all as it was, and has a reason of its own.
        """
        ended = self._ended(record, State.FAILED, reason) or {"_reason": reason or None}
        return self._rest(record, FAILS_IN.get(record.motion, record.state), {**ended, **changes})

    def settle_stopped(self, record: Record) -> Record | None:
        """End the making of a record as it was read: it was stopped. See `settle`."""
        return self._rest(record, State.STOPPED, {})

    def _ended(self, record: Record, state: State, reason: str = "") -> Body:
        """How the update of a record ended; empty if none was under way."""
        if record.motion != Motion.UPDATE or "_update" not in record.body:
            return {}
        ended = {**record["_update"], "state": state, "updated_at": self.now}
        return {"_update": {**ended, "reason": reason} if reason else ended}

    def _rest(self, record: Record, state: State, changes: Body) -> Record | None:
        current = self.get(record.arn)
        if current is None or current.number != record.number or current.motion != record.motion:
            return None
        return self._write(current, state=state, motion=Motion.NONE, phase=Phase.NONE, body=changes)

    def fail(self, arn: str, reason: str) -> Record:
        """Let a resource that rests be FAILED: it has turned out to be of no use, for a reason."""
        return self._write(self.expect(arn), state=State.FAILED, body={"_reason": reason})

    def change(self, arn: str, **changes: Any) -> Record:
        """Change members of a record's body; None takes one away."""
        return self._write(self.expect(arn), body=changes)

    def look_again(self, arn: str, due_at: float | None) -> None:
        """Let upkeep look at a record at another time; None = never."""
        self._connection.execute(update(records).where(records.c.arn == arn).values(due_at=due_at))

    def link(self, arn: str, parent: str) -> None:
        """Let a record refer to an ARN, if it does not already."""
        same = (links.c.child == arn, links.c.parent == parent)
        if self._connection.execute(select(links.c.child).where(*same)).first() is None:
            self._connection.execute(insert(links).values(child=arn, parent=parent))

    def unlink(self, arn: str, parent: str) -> None:
        """Let a record refer to an ARN no more."""
        self._connection.execute(delete(links).where(links.c.child == arn, links.c.parent == parent))

    def remove(self, arn: str) -> None:
        """Forget a record: what it refers to, its other names, its tags."""
        self._changed()
        for table, column in (
            (records, records.c.arn),
            (links, links.c.child),
            (aliases, aliases.c.arn),
            (tags, tags.c.arn),
        ):
            self._connection.execute(delete(table).where(column == arn))

    def put_tags(self, arn: str, new: Mapping[str, str]) -> int:
        """Set tags, over those with the same keys; how many the resource has now."""
        self.drop_tags(arn, list(new))
        rows = [{"arn": arn, "key": key, "value": value} for key, value in new.items()]
        if rows:
            self._connection.execute(insert(tags), rows)
        return self._connection.execute(select(func.count()).where(tags.c.arn == arn)).scalar_one()

    def drop_tags(self, arn: str, keys: Sequence[str]) -> None:
        """Take tags away; keys that are not there are no matter."""
        self._connection.execute(delete(tags).where(tags.c.arn == arn, tags.c.key.in_(keys)))

    def _write(self, record: Record, *, body: Body | None = None, **columns: Any) -> Record:
        kept = {**record.body, **(body or {})}
        columns["body"] = dump_body({member: value for member, value in kept.items() if value is not None})
        columns["updated_at"] = max(self.now, record.updated_at)
        columns["revision"] = self._changed()
        self._connection.execute(update(records).where(records.c.arn == record.arn).values(**columns))
        return self.expect(record.arn)

    def _changed(self) -> int:
        """The revision that this transaction makes.

        Raises Unavailable if a newer presage has brought the data to another format meanwhile.
        """
        if not self._revision:
            ours = update(layout).where(layout.c.format == FORMAT)
            if not self._connection.execute(ours.values(revision=layout.c.revision + 1)).rowcount:
                raise Unavailable(
                    "a newer presage has brought the records to a format that this one does not write:"
                    " start this server again with the newer version"
                )
            self._revision = self.revision()
        return self._revision


class Records(Reader):
    """The records in a database."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._exclusive = exclusive(engine)
        self._clock = clock

    def close(self) -> None:
        """Give the database's connections back."""
        self._engine.dispose()

    @contextmanager
    def writing(self) -> Generator[Writer]:
        """An exclusive transaction: on disk when the block ends, undone when it raises."""
        with self._exclusive.begin() as connection:
            writer = Writer(connection, self._clock())
            yield writer
        for step in writer.afterwards:
            step()

    @contextmanager
    def _connected(self) -> Generator[Connection]:
        with self._engine.connect() as connection:
            yield connection
