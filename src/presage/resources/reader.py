"""What can be asked of the records."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, case, func, select

from presage.errors import ResourceNotFoundException

from .database import UNDER_WAY, aliases, layout, links, records, tags
from .record import Record, read_record
from .states import Motion, State


class Reader:
    """Looks records up, over the connections that a subclass gives."""

    @contextmanager
    def _connected(self) -> Generator[Connection]:
        raise NotImplementedError  # abstract
        yield

    def get(self, arn: str) -> Record | None:
        """The record with this ARN."""
        return self._first(select(records).where(records.c.arn == arn))

    def expect(self, arn: str) -> Record:
        """The record with this ARN; raises ResourceNotFoundException."""
        record = self.get(arn)
        if record is None:
            raise ResourceNotFoundException(f"Nothing has the ARN {arn} any more.")
        return record

    def find_alias(self, alias: str) -> Record | None:
        """The record that is also found by another name, such as a tracking id."""
        known = select(aliases.c.arn).where(aliases.c.alias == alias).scalar_subquery()
        return self._first(select(records).where(records.c.arn == known))

    def of_kind(
        self,
        service: str,
        kind: str,
        *,
        parent: str = "",
        state: State | None = None,
        before: int | None = None,
        limit: int | None = None,
    ) -> list[Record]:
        """The records of a kind, newest first.

        Parameters
        ----------
        parent : only those that refer to this ARN
        state : only those that rest in this state, or did before the motion that is under way
        before : only those whose number is smaller: the next page
        """
        query = select(records).where(*_is_of(service, kind)).order_by(records.c.number.desc())
        if parent:
            query = query.join(links, links.c.child == records.c.arn).where(links.c.parent == parent)
        if state is not None:
            query = query.where(records.c.state == state)
        if before is not None:
            query = query.where(records.c.number < before)
        return self._all(query.limit(limit))

    def children(self, arn: str, kind: str = "", *, under_way: bool = False) -> list[Record]:
        """The records that refer to this ARN, newest first, of one kind or of all.

        Parameters
        ----------
        under_way : only those of which something is under way
        """
        query = select(records).join(links, links.c.child == records.c.arn).where(links.c.parent == arn)
        if kind:
            query = query.where(records.c.kind == kind)
        if under_way:
            query = query.where(UNDER_WAY)
        return self._all(query.order_by(records.c.number.desc()))

    def under_way(self, service: str = "", kind: str = "", motion: Motion = Motion.NONE) -> list[Record]:
        """The records of which something is under way, oldest first; the empty string stands for any."""
        query = select(records).where(UNDER_WAY)
        if motion:
            query = query.where(records.c.motion == motion)
        if service:
            query = query.where(*_is_of(service, kind))
        return self._all(query.order_by(records.c.number))

    def due(self, now: float, limit: int = 100) -> list[Record]:
        """The records that upkeep should look at now, those that have waited longest first."""
        query = select(records).where(records.c.due_at <= now).order_by(records.c.due_at)
        return self._all(query.limit(limit))

    def counts(self) -> dict[tuple[str, str], int]:
        """(service, kind) -> how many records there are."""
        columns = records.c.service, records.c.kind
        query = select(*columns, func.count()).group_by(*columns)
        with self._connected() as connection:
            return {(service, kind): n for service, kind, n in connection.execute(query)}

    def revision(self) -> int:
        """A number that grows whenever a record is made, changed or removed, by whatever process."""
        with self._connected() as connection:
            return connection.execute(select(layout.c.revision)).scalar_one()

    def revisions(self, service: str, kind: str, state: State) -> dict[str, int]:
        """ARN -> revision of the records of a kind that rest in a state."""
        columns = select(records.c.arn, records.c.revision)
        query = columns.where(*_is_of(service, kind), records.c.state == state)
        with self._connected() as connection:
            return {arn: revision for arn, revision in connection.execute(query)}  # noqa: C416

    def standing(self) -> dict[tuple[str, str, str], int]:
        """(service, kind, how it stands) -> how many records: by the motion under way, else the state."""
        stands = case((UNDER_WAY, records.c.motion), else_=records.c.state).label("stands")
        of = (records.c.service, records.c.kind, stands)
        with self._connected() as connection:
            rows = connection.execute(select(*of, func.count()).group_by(*of)).all()
        return {(service, kind, str(state)): n for service, kind, state, n in rows}

    def tags(self, arn: str) -> dict[str, str]:
        """The tags of a resource, by key."""
        query = select(tags.c.key, tags.c.value).where(tags.c.arn == arn).order_by(tags.c.key)
        with self._connected() as connection:
            return {key: value for key, value in connection.execute(query)}  # noqa: C416

    def _all(self, query: Select[Any]) -> list[Record]:
        with self._connected() as connection:
            return [read_record(row) for row in connection.execute(query).mappings()]

    def _first(self, query: Select[Any]) -> Record | None:
        with self._connected() as connection:
            row = connection.execute(query).mappings().first()
        return read_record(row) if row else None


def _is_of(service: str, kind: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return records.c.service == service, records.c.kind == kind
