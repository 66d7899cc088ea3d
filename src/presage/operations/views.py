"""Describe and List, the same for every kind: they follow from its declaration and the model's shapes."""

import base64
import binascii
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import orjson

from presage.errors import InvalidInputException, InvalidNextTokenException
from presage.resources.record import Record
from presage.resources.states import Motion, Phase, State
from presage.wire.models import Operation
from presage.wire.shapes import Shape

from .kinds import Kind
from .lifecycle import find
from .server import Server

Request = dict[str, Any]
Answer = dict[str, Any]
Handler = Callable[[Server, Request], Answer | None]
PAGE = 100


def view(kind: Kind, record: Record, shape: Shape, now: float | None = None) -> Answer:
    """What callers see of a record in a structure of the model.

    Parameters
    ----------
    now : seconds since 1970, UTC; when a record changed that is being worked on, where a service has it so
    """
    dialect = kind.dialect
    is_changing = dialect.changes_while_under_way and record.phase in (Phase.IN_PROGRESS, Phase.STOPPING)
    held: Answer = {member: value for member, value in record.body.items() if not member.startswith("_")}
    held |= dict.fromkeys(dialect.names(kind.name), record.name or None)
    held |= {
        kind.key: record.arn,
        dialect.status: dialect.spell(record),
        dialect.reason: record.get("_reason"),
        dialect.created_at: record.created_at,
        dialect.updated_at: now if now is not None and is_changing else record.updated_at,
    }
    beside = dialect.member(f"Latest{kind.name}Update")
    if record.get("_update") and beside in shape.members:
        held[beside] = _update_view(kind, record, shape.members[beside])
    return _known(held, shape)


def _known(held: Answer, shape: Shape) -> Answer:
    """What there is for the members of a structure."""
    return {member: held[member] for member in shape.members if held.get(member) is not None}


def _update_view(kind: Kind, record: Record, shape: Shape) -> Answer:
    """The update that is under way, or the last one, where it walks beside the resource."""
    dialect, last = kind.dialect, record["_update"]
    if record.motion == Motion.UPDATE:
        status = dialect.phase(Motion.CREATE, record.phase)
    elif last["state"] in set(State):
        status = dialect.rests[State(last["state"])]
    else:
        status = dialect.phase(Motion.CREATE, Phase(last["state"]))
    held = {
        **last["changes"],
        dialect.status: status,
        dialect.reason: last.get("reason"),
        dialect.created_at: last["created_at"],
        dialect.updated_at: record.updated_at if record.motion == Motion.UPDATE else last["updated_at"],
    }
    return _known(held, shape)


def describing(kind: Kind, operation: Operation) -> Handler:
    """Describe<kind>: one record by its ARN, and what its kind derives."""
    output = _shape(operation)
    wrapper = kind.dialect.member(kind.name)
    is_nested = wrapper in output.members and output.members[wrapper].type_name == "structure"
    shape = output.members[wrapper] if is_nested else output

    def describe(server: Server, request: Request) -> Answer:
        record = find(server.records, kind, request[kind.key])
        derived = kind.show(server, record) if kind.show else {}
        shown = view(kind, record, shape, server.clock()) | dict(derived)
        return {wrapper: shown} if is_nested else shown

    return describe


def listing(kind: Kind, operation: Operation) -> Handler:
    """List<kind>s: newest first, in pages, of what the request names or filters."""
    member, result = kind.dialect.member, listed_member(operation)
    summary = _shape(operation).members[result].member
    referred = {**kind.refers, **kind.lists_by}
    parents = {m: other for m, other in referred.items() if m in operation.input_shape.members}
    page, token = member("MaxResults"), member("NextToken")

    def list_(server: Server, request: Request) -> Answer:
        parent = next((request[name] for name in parents if name in request), "")
        if parent and "ResourceNotFoundException" in operation.errors:
            _must_exist(server, kind, parents, request)
        matches = _matching(kind, request.get("Filters", ()))
        limit = request.get(page, PAGE)
        before = read_token(request.get(token), operation.action, parent)
        some = partial(server.records.of_kind, kind.service, kind.name, parent=parent)
        found = _matched(some, before, limit, matches)
        now = server.clock()
        answer: Answer = {result: [view(kind, record, summary, now) for record in found[:limit]]}
        if len(found) > limit:
            answer[token] = write_token(operation.action, parent, found[limit - 1].number)
        return answer

    return list_


def listed_member(operation: Operation) -> str:
    """The member of a List's answer that holds what it lists."""
    return next(name for name, shape in _shape(operation).members.items() if shape.type_name == "list")


def _matched(
    of_kind: Callable[..., list[Record]],
    before: int | None,
    limit: int,
    matches: Callable[[Record], bool] | None,
) -> list[Record]:
    """One record more than the limit, if there are so many, that match."""
    found: list[Record] = []
    while len(found) <= limit:
        some = of_kind(before=before, limit=limit + 1 - len(found))
        found += [record for record in some if matches is None or matches(record)]
        if matches is None or not some:
            return found
        before = some[-1].number
    return found


def _matching(kind: Kind, filters: list[Mapping[str, str]] | tuple[()]) -> Callable[[Record], bool] | None:
    """Whether a record passes Forecast's filters, all of them; None without any."""
    if not filters:
        return None
    known = {*kind.refers, *kind.lists_by, *kind.filtered_by, kind.key, kind.dialect.status}
    for one in filters:
        if one["Key"] not in known:
            raise InvalidInputException(
                f"Filters has the key {one['Key']!r}; it must be one of: {', '.join(sorted(known))}"
            )

    def passes(record: Record) -> bool:
        held = {**record.body, kind.key: record.arn, kind.dialect.status: kind.dialect.spell(record)}
        return all((held.get(one["Key"]) == one["Value"]) == (one["Condition"] == "IS") for one in filters)

    return passes


def _must_exist(server: Server, kind: Kind, parents: Mapping[str, str], request: Request) -> None:
    for member, other in parents.items():
        if member in request:
            find(server.records, server.kinds[kind.service, other], request[member])


def _shape(operation: Operation) -> Shape:
    assert operation.output_shape is not None  # what describes or lists answers something
    return operation.output_shape


def write_token(action: str, of: str, number: int) -> str:
    """The token of the page that begins at a number of what `of` names.

    Parameters
    ----------
    action : the call that lists, such as `personalize:ListSolutions`
    """
    return base64.urlsafe_b64encode(orjson.dumps([action, of, number])).decode()


def read_token(token: str | None, action: str, of: str) -> int | None:
    """The number at which a page begins, None = the first page; raises InvalidNextTokenException."""
    if token is None:
        return None
    try:
        found = orjson.loads(base64.urlsafe_b64decode(token))
    except (ValueError, binascii.Error):
        found = None
    match found:
        case [str(lister), str(parent), int(number)] if (
            (lister, parent) == (action, of) and 0 < number < 2**62 and not isinstance(number, bool)
        ):
            return number
        case _:
            lists = action.rpartition(":")[2]
            raise InvalidNextTokenException(
                f"The token is none that {lists} gave out for these parameters; ask without it."
            )
