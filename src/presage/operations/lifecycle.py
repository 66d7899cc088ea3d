"""How resources come to be, change and go: a step is a transaction; what waits is taken up again."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from presage.errors import JobFailure, ResourceInUseException
from presage.resources.kinds import (
    ACTIVE,
    DELETE_IN_PROGRESS,
    DELETE_PENDING,
    FAILED,
    IN_PROGRESS,
    PENDING,
    STOPPING,
    UNDER_WAY,
    Kind,
)
from presage.resources.store import Body, Record

from .server import Server


def create(
    server: Server,
    kind: Kind,
    *,
    name: str,
    body: Body,
    fields: Mapping[str, str] = {},
    parents: Iterable[str] = (),
    tags: Iterable[Mapping[str, str]] = (),
) -> Record:
    """Write the record and set it on its way to ACTIVE; the caller is answered at once."""
    arn = server.arn(kind.resource.format(name=name, **fields))
    present = {member: value for member, value in body.items() if value is not None}
    record = server.resources.add(kind, arn=arn, name=name, body=present, parents=parents, tags=tags)
    start(server, kind, record)
    return record


def start(server: Server, kind: Kind, record: Record) -> None:
    """Queue the job that makes the record ACTIVE, or walk it there when that needs no job."""
    if kind.job:
        server.jobs.submit(kind.job, record.arn)
    elif kind.walk:
        server.later(lambda: settle(server, kind, record.arn))


def settle(server: Server, kind: Kind, arn: str) -> None:
    """Walk a record that needs no job to ACTIVE, or to CREATE FAILED with the reason."""
    store = server.resources
    record = store.get(arn)
    if record is None or record.status not in UNDER_WAY:
        return
    if record.status == PENDING:
        record = store.move(arn, IN_PROGRESS, walk=kind.walk)
    try:
        server.hooks_of(kind).activate(server, record)
    except JobFailure as failure:
        store.move(arn, FAILED, walk=kind.walk, failureReason=str(failure))
    else:
        store.move(arn, ACTIVE, walk=kind.walk)


def update(server: Server, kind: Kind, record: Record, changes: Body) -> None:
    """Change a resource while it stays ACTIVE: `latest<Kind>Update` walks, then the changes hold.

    Raises ResourceInUseException while the resource or its last update has not settled.
    """
    member = f"latest{kind.name}Update"
    last = record.get(member, {}).get("status")
    if record.status not in (ACTIVE, FAILED) or last in UNDER_WAY:
        state = record.status if last not in UNDER_WAY else f"being updated ({last})"
        raise ResourceInUseException(f"{record.arn} is {state}; wait until it is ACTIVE.")
    present = {name: value for name, value in changes.items() if value is not None}
    now = server.clock()
    begun = {**present, "status": PENDING, "creationDateTime": now, "lastUpdatedDateTime": now}
    server.resources.change(record.arn, lambda r: {**r.body, member: begun})
    server.later(lambda: settle_update(server, kind, record.arn))


def settle_update(server: Server, kind: Kind, arn: str) -> None:
    """Walk a waiting update to ACTIVE, or to CREATE FAILED with the reason; old values serve meanwhile."""
    member = f"latest{kind.name}Update"

    def state(status: str, **more: Any) -> Callable[[Record], Body]:
        def edit(record: Record) -> Body:
            moved = {**record[member], "status": status, "lastUpdatedDateTime": server.clock(), **more}
            public = {k: v for k, v in moved.items() if k not in _OF_THE_UPDATE}
            return {**record.body, **(public if status == ACTIVE else {}), member: moved}

        return edit

    record = server.resources.get(arn)
    if record is None or record.get(member, {}).get("status") not in UNDER_WAY:
        return
    record = server.resources.change(arn, state(IN_PROGRESS))
    try:
        server.hooks_of(kind).apply(server, record)
    except JobFailure as failure:
        server.resources.change(arn, state(FAILED, failureReason=str(failure)))
    else:
        server.resources.change(arn, state(ACTIVE))


_OF_THE_UPDATE = ("status", "creationDateTime", "lastUpdatedDateTime", "failureReason")


def delete(server: Server, kind: Kind, arn: str) -> None:
    """Start a deletion; raises ResourceInUseException while something needs the resource."""
    record = server.resources.find(kind, arn)
    for name in kind.blocked_by:
        _refuse_while(record, server.resources.list(server.kinds[name], parent=arn, limit=1))
    for name in kind.blocked_while:
        _refuse_while(record, server.resources.list(server.kinds[name], parent=arn, statuses=UNDER_WAY))
    if not kind.walk:
        server.resources.remove(arn)
        return
    server.resources.move(arn, DELETE_PENDING, walk=kind.walk)
    server.later(lambda: dispose(server, kind, arn))


def _refuse_while(record: Record, children: Iterable[Record]) -> None:
    for child in children:
        state = f" ({child.status})" if child.status else ""
        raise ResourceInUseException(
            f"{record.arn} is used by {child.arn}{state}; delete or stop that first."
        )


def dispose(server: Server, kind: Kind, arn: str) -> None:
    """Finish a deletion that has begun."""
    record = server.resources.get(arn)
    if record is None:
        return
    if record.status == DELETE_PENDING:
        record = server.resources.move(arn, DELETE_IN_PROGRESS, walk=kind.walk)
    server.hooks_of(kind).clean_up(server, record)
    server.resources.remove(arn)
    server.jobs.forget(arn)


def _start_again(server: Server, kind: Kind, record: Record) -> None:
    """Start what waits; a job that ended without moving its record is asked for anew."""
    if kind.job and server.jobs.state(record.arn) in ("DONE", "FAILED", "CANCELLED"):
        current = server.resources.get(record.arn)
        if current is None or current.status not in UNDER_WAY:
            return
        server.jobs.forget(record.arn)
    start(server, kind, record)


def take_up(server: Server) -> None:
    """Take up whatever was left on its way when a server stopped: creations, updates and deletions."""
    for kind in server.kinds.values():
        for record in server.resources.list(kind):
            if record.status in UNDER_WAY:
                _start_again(server, kind, record)
            elif record.status == STOPPING:
                server.jobs.cancel(record.arn)
            elif record.status in (DELETE_PENDING, DELETE_IN_PROGRESS):
                server.later(partial(dispose, server, kind, record.arn))
            elif record.get(f"latest{kind.name}Update", {}).get("status") in UNDER_WAY:
                server.later(partial(settle_update, server, kind, record.arn))
