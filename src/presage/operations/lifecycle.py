"""How resources come to be, change and go: what may begin is decided in the transaction that writes it."""

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from typing import Any
from uuid import uuid4

from presage.errors import (
    LimitExceededException,
    ResourceAlreadyExistsException,
    ResourceInUseException,
    ResourceNotFoundException,
)
from presage.resources.reader import Reader
from presage.resources.record import Body, Record
from presage.resources.records import Writer
from presage.resources.states import Motion, Phase, State

from .kinds import Kind, in_words
from .server import Server
from .tags import put_tags
from .walks import set_out

Request = Mapping[str, Any]
Check = Callable[[Writer], None]
Also = Callable[[Writer, Record], None]
Parents = Callable[[Writer], Iterable[str]]


def no_parents(_records: Writer) -> Iterable[str]:
    """No ARN."""
    return ()


def nothing_else(_records: Writer, _record: Record) -> None:
    """Write nothing."""


def find(records: Reader, kind: Kind, arn: str) -> Record:
    """The resource of this kind; raises ResourceNotFoundException."""
    record = records.get(arn)
    if record is None or (record.service, record.kind) != (kind.service, kind.name):
        raise ResourceNotFoundException(kind.dialect.not_found.format(kind=kind.label, arn=arn))
    return record


def find_active(records: Reader, kind: Kind, arn: str) -> Record:
    """The resource of this kind; raises ResourceInUseException while it cannot be used.

    What is being made without any work is as good as there.
    """
    record = find(records, kind, arn)
    making = kind.moves[Motion.CREATE]
    is_coming = record.motion == Motion.CREATE and not making.job and not making.work
    if not record.is_active and not is_coming:
        raise ResourceInUseException(f"{arn} is {kind.dialect.spell(record)}; wait until it is ACTIVE.")
    return record


def create(
    server: Server,
    kind: Kind,
    request: Request,
    body: Body | None = None,
    *,
    parents: Parents = no_parents,
    due_at: float | None = None,
    check: Check | None = None,
    also: Also = nothing_else,
) -> Record:
    """Write a resource down and set it on its way to ACTIVE; the caller is answered at once.

    Parameters
    ----------
    body : what it holds besides, and over, the members of the request; None leaves a member out
    parents : gives the ARNs that it refers to besides those that its kind declares, as they stand in the
        transaction that writes it; raises what speaks against it
    due_at : when upkeep should look at it
    check : raises what speaks against it, in the transaction that writes it
    also : writes what comes with it, in that transaction
    """
    names = kind.dialect.names(kind.name)
    name = next((request[member] for member in names if member in request), "")
    tags_member = kind.dialect.member("Tags")
    given = {**request, **(body or {})}
    held = {m: value for m, value in given.items() if value is not None and m not in (*names, tags_member)}
    with server.records.writing() as records:
        referred = {member: _referred(server, records, kind, member, held) for member in kind.refers}
        _check_quotas(records, kind, held)
        if check:
            check(records)
        record = records.add(
            kind.service,
            kind.name,
            arn=_free(records, kind, _arn(server, kind, {**held, **_names(referred), "name": name})),
            name=name,
            body=held,
            settled=kind.moves[Motion.CREATE].at_once,
            due_at=due_at,
            parents=[*(r.arn for group in referred.values() for r in group), *parents(records)],
            other_names=[held[member] for member in kind.aliases if member in held],
        )
        put_tags(records, kind.dialect, record.arn, request.get(tags_member, ()))
        set_out(server, records, record)
        also(records, record)
    return record


def attach(server: Server, records: Writer, kind: Kind, *, name: str, body: Body, parent: str) -> Record:
    """Write a resource down, and set it on its way, in the transaction that writes what it belongs to."""
    _check_quotas(records, kind, body)
    arn = _free(records, kind, _arn(server, kind, {**body, "name": name}))
    record = records.add(kind.service, kind.name, arn=arn, name=name, body=body, parents=[parent])
    set_out(server, records, record)
    return record


def _referred(server: Server, records: Writer, kind: Kind, member: str, held: Body) -> list[Record]:
    """What a new resource refers to by a member, which may be a list; it must be usable."""
    value = held.get(member, ())
    arns: list[str] = [value] if isinstance(value, str) else list(value)
    other = server.kinds[kind.service, kind.refers[member]]
    return [find_active(records, other, arn) for arn in arns]


def _check_quotas(records: Writer, kind: Kind, held: Body) -> None:
    if kind.most_under_way:
        under_way = records.under_way(kind.service, kind.name, Motion.CREATE)
        if len(under_way) >= kind.most_under_way:
            text = kind.dialect.too_many_under_way
            raise LimitExceededException(text.format(most=kind.most_under_way, kinds=in_words(kind.listed)))
    if kind.one_per:
        for other in records.children(held[kind.one_per], kind.name):
            raise ResourceAlreadyExistsException(
                f"{held[kind.one_per]} has a {kind.label} already: {other.arn}."
            )


def _names(referred: Mapping[str, list[Record]]) -> dict[str, str]:
    """Member -> the name of the one resource that it refers to."""
    return {member: group[0].name for member, group in referred.items() if len(group) == 1}


def _arn(server: Server, kind: Kind, parts: Mapping[str, Any]) -> str:
    return server.arn(kind.arn_service or kind.service, kind.arn.format(**{**parts, "id": uuid4().hex[:8]}))


def _free(records: Writer, kind: Kind, arn: str) -> str:
    """The ARN itself; raises ResourceAlreadyExistsException when it is taken."""
    if records.get(arn) is not None:
        raise ResourceAlreadyExistsException(kind.dialect.taken.format(kind=kind.label, arn=arn))
    return arn


def update(server: Server, kind: Kind, arn: str, changes: Body, *, check: Check | None = None) -> Record:
    """Let a resource change: what it holds now serves until the update has succeeded.

    Parameters
    ----------
    changes : what it will hold; None = no change
    check : raises what speaks against it, in the transaction that writes it

    Raises ResourceInUseException while something else is under way.
    """
    wanted = {member: value for member, value in changes.items() if value is not None}
    with server.records.writing() as records:
        find(records, kind, arn)
        if check:
            check(records)
        now = records.now
        began = {"changes": wanted, "state": Phase.PENDING, "created_at": now, "updated_at": now}
        record = records.begin(arn, Motion.UPDATE, kind.moves[Motion.UPDATE].since, _update=began)
        set_out(server, records, record)
    return record


def begin(server: Server, kind: Kind, arn: str, motion: Motion) -> Record:
    """Stop or start a resource; raises ResourceInUseException from a state where that cannot begin."""
    with server.records.writing() as records:
        find(records, kind, arn)
        record = records.begin(arn, motion, kind.moves[motion].since)
        set_out(server, records, record)
    return record


def delete(server: Server, kind: Kind, arn: str, *, check: Check | None = None) -> None:
    """Start a deletion; raises ResourceInUseException while something needs the resource.

    Parameters
    ----------
    check : raises what speaks against it, in the transaction that writes it
    """
    with server.records.writing() as records:
        record = find(records, kind, arn)
        if record.motion == Motion.DELETE and kind.dialect.deletes_again:
            return
        refuse_if_used(server, records, record)
        if check:
            check(records)
        begin_deletion(server, records, record)


def refuse_if_used(
    server: Server, records: Writer, record: Record, *, apart_from: Collection[str] = ()
) -> None:
    """Raise ResourceInUseException if something stands in the way of a deletion.

    Parameters
    ----------
    apart_from : the ARNs of what does not
    """
    users = users_of(server, records, record)
    refuse_for(server, record, [user for user in users if user.arn not in apart_from])


def users_of(server: Server, records: Reader, record: Record) -> list[Record]:
    """What stands in the way of a deletion, as far as its kind says."""
    kind = server.kind_of(record)
    users = [user for name in kind.blocked_by for user in records.children(record.arn, name)]
    return users + [
        user for name in kind.blocked_while for user in records.children(record.arn, name, under_way=True)
    ]


def begin_deletion(server: Server, records: Writer, record: Record) -> None:
    """Write down that a deletion has begun; raises ResourceInUseException from where it cannot begin."""
    move = server.kind_of(record).moves[Motion.DELETE]
    begun = records.begin(record.arn, Motion.DELETE, move.since)
    if move.at_once:
        records.remove(record.arn)
    else:
        set_out(server, records, begun)


def refuse_for(server: Server, record: Record, users: Iterable[Record]) -> None:
    """Raise ResourceInUseException if anything uses a record that is to be deleted."""
    for user in users:
        state = server.kind_of(user).dialect.spell(user)
        raise ResourceInUseException(
            f"{record.arn} is used by {user.arn} ({state}); delete or stop that first."
        )


def stop_creation(server: Server, kind: Kind, arn: str) -> None:
    """Stop the job that makes a resource: one that waits never starts, one that runs is ended.

    Raises ResourceInUseException when it is not being made.
    """
    with server.records.writing() as records:
        record = find(records, kind, arn)
        if record.motion != Motion.CREATE or record.phase == Phase.STOPPING:
            raise ResourceInUseException(
                f"{arn} is {kind.dialect.spell(record)}; only what is being made can be stopped."
            )
        if record.phase == Phase.PENDING:
            records.settle_stopped(record)
        else:
            records.step(arn, Phase.STOPPING, (Phase.IN_PROGRESS,))
        records.after(partial(server.stores.jobs.cancel, arn))


def newest(records: Reader, kind: Kind, parent: str, state: State = State.ACTIVE) -> Record | None:
    """The newest resource of a kind that refers to an ARN and rests in a state."""
    found = records.of_kind(kind.service, kind.name, parent=parent, state=state, limit=1)
    return found[0] if found else None
