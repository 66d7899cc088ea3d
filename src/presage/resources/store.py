"""The one store of records: every kind of resource, its state, its parents and its tags."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, RowMapping, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from presage.errors import (
    ResourceAlreadyExistsException,
    ResourceInUseException,
    ResourceNotFoundException,
    TooManyTagKeysException,
    TooManyTagsException,
)

from .database import links, records, tags
from .kinds import PENDING, Kind

MAX_TAGS = 50
Body = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Record:
    """One resource as it stands.

    Parameters
    ----------
    number : counts up over all records; the order in which they were made
    status : its state; empty for a kind without states
    created_at, updated_at : seconds since 1970, UTC
    body : everything else about it, under AWS's member names; what callers must not see starts with `_`
    """

    number: int
    arn: str
    kind: str
    name: str
    status: str
    created_at: float
    updated_at: float
    body: Body

    def __getitem__(self, member: str) -> Any:
        return self.body[member]

    def get(self, member: str, default: Any = None) -> Any:
        """What the body holds under `member`."""
        return self.body.get(member, default)


class Store:
    """Records in a database; every change is one transaction."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._clock = clock

    def close(self) -> None:
        """Give the database's connections back."""
        self._engine.dispose()

    def add(
        self,
        kind: Kind,
        *,
        arn: str,
        name: str,
        body: Body,
        parents: Iterable[str] = (),
        tags: Iterable[Mapping[str, str]] = (),
    ) -> Record:
        """Write a record in its first state; raises ResourceAlreadyExistsException when the ARN is taken."""
        now = self._clock()
        row: dict[str, Any] = {
            "arn": arn,
            "kind": kind.name,
            "name": name,
            "status": PENDING if kind.walk else "",
            "created_at": now,
            "updated_at": now,
            "body": _dump(body),
        }
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(records).values(**row))
                for parent in dict.fromkeys(parents):
                    connection.execute(insert(links).values(child=arn, parent=parent))
                _put_tags(connection, arn, tags)
        except IntegrityError:
            raise ResourceAlreadyExistsException(f"Another resource with Arn {arn} already exists.") from None
        return self.find(kind, arn)

    def find(self, kind: Kind, arn: str) -> Record:
        """The record of this kind; raises ResourceNotFoundException."""
        record = self.get(arn)
        if record is None or record.kind != kind.name:
            raise ResourceNotFoundException(f"No {kind.label} has the ARN {arn}.")
        return record

    def get(self, arn: str) -> Record | None:
        """The record with this ARN, whatever its kind."""
        with self._engine.connect() as connection:
            row = connection.execute(select(records).where(records.c.arn == arn)).mappings().first()
        return _record(row) if row else None

    def list(
        self,
        kind: Kind,
        *,
        parent: str = "",
        statuses: Sequence[str] = (),
        before: int | None = None,
        limit: int | None = None,
    ) -> list[Record]:
        """The records of a kind, newest first.

        Parameters
        ----------
        parent : only those with this parent's ARN
        statuses : only those in one of these states
        before : only those whose number is smaller: the next page
        """
        query = select(records).where(records.c.kind == kind.name).order_by(records.c.number.desc())
        if parent:
            query = query.join(links, links.c.child == records.c.arn).where(links.c.parent == parent)
        if statuses:
            query = query.where(records.c.status.in_(statuses))
        if before is not None:
            query = query.where(records.c.number < before)
        if limit is not None:
            query = query.limit(limit)
        with self._engine.connect() as connection:
            return [_record(row) for row in connection.execute(query).mappings()]

    def move(self, arn: str, to: str, *, walk: frozenset[tuple[str, str]], **changes: Any) -> Record:
        """Take a record to another state and change members of its body, in one transaction.

        Raises ResourceInUseException when its walk knows no step from where it stands to `to`, and
        ResourceNotFoundException when it is gone.
        """
        with self._locked(arn) as (connection, record):
            if (record.status, to) not in walk:
                raise ResourceInUseException(
                    f"{arn} is {record.status}, from where it cannot become {to}; wait until it has settled."
                )
            self._write(connection, record, status=to, body={**record.body, **changes})
        return self._found(arn)

    def change(self, arn: str, edit: Callable[[Record], Body]) -> Record:
        """Replace a record's body by what `edit` makes of the record, in one transaction."""
        with self._locked(arn) as (connection, record):
            self._write(connection, record, status=record.status, body=edit(record))
        return self._found(arn)

    def link(self, arn: str, parent: str) -> None:
        """Make `parent` a parent of a record, if it is not one already."""
        with self._engine.begin() as connection:
            known = connection.execute(select(links).where(links.c.child == arn, links.c.parent == parent))
            if known.first() is None:
                connection.execute(insert(links).values(child=arn, parent=parent))

    def remove(self, arn: str) -> None:
        """Forget a record, its links and its tags."""
        with self._engine.begin() as connection:
            connection.execute(delete(records).where(records.c.arn == arn))
            connection.execute(delete(links).where(links.c.child == arn))
            connection.execute(delete(tags).where(tags.c.arn == arn))

    def tags(self, arn: str) -> dict[str, str]:
        """The tags of a resource, by key."""
        query = select(tags.c.key, tags.c.value).where(tags.c.arn == arn).order_by(tags.c.key)
        with self._engine.connect() as connection:
            return {key: value for key, value in connection.execute(query)}  # noqa: C416

    def tag(self, arn: str, new: Iterable[Mapping[str, str]]) -> None:
        """Set tags, over those with the same keys; raises TooManyTagsException."""
        with self._engine.begin() as connection:
            _put_tags(connection, arn, new)

    def untag(self, arn: str, keys: Sequence[str]) -> None:
        """Take tags away; raises TooManyTagKeysException."""
        if len(keys) > MAX_TAGS:
            raise TooManyTagKeysException(
                f"{len(keys)} tag keys in one request; at most {MAX_TAGS} are allowed."
            )
        with self._engine.begin() as connection:
            connection.execute(delete(tags).where(tags.c.arn == arn, tags.c.key.in_(keys)))

    @contextmanager
    def _locked(self, arn: str) -> Any:
        with self._engine.begin() as connection:
            if connection.dialect.name == "sqlite":  # take the write lock before reading
                connection.execute(update(records).where(records.c.arn == arn).values(arn=arn))
            row = (
                connection.execute(select(records).where(records.c.arn == arn).with_for_update())
                .mappings()
                .first()
            )
            if row is None:
                raise ResourceNotFoundException(f"Nothing has the ARN {arn} any more.")
            yield connection, _record(row)

    def _write(self, connection: Connection, record: Record, *, status: str, body: Body) -> None:
        now = max(self._clock(), record.updated_at)
        connection.execute(
            update(records)
            .where(records.c.arn == record.arn)
            .values(status=status, body=_dump(body), updated_at=now)
        )

    def _found(self, arn: str) -> Record:
        record = self.get(arn)
        if record is None:
            raise ResourceNotFoundException(f"Nothing has the ARN {arn} any more.")
        return record


def _put_tags(connection: Connection, arn: str, new: Iterable[Mapping[str, str]]) -> None:
    wanted = {tag["tagKey"]: tag["tagValue"] for tag in new}
    if not wanted:
        return
    connection.execute(delete(tags).where(tags.c.arn == arn, tags.c.key.in_(wanted)))
    kept = connection.execute(select(func.count()).where(tags.c.arn == arn)).scalar_one()
    if kept + len(wanted) > MAX_TAGS:
        raise TooManyTagsException(
            f"{arn} would carry {kept + len(wanted)} tags; at most {MAX_TAGS} are allowed."
        )
    connection.execute(insert(tags), [{"arn": arn, "key": k, "value": v} for k, v in wanted.items()])


def _dump(body: Body) -> str:
    return orjson.dumps(dict(body)).decode()


def _record(row: RowMapping) -> Record:
    return Record(**{**row, "body": orjson.loads(row["body"])})
