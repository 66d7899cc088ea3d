"""Describe and List, the same for every kind: they follow from its declaration."""

import base64
import binascii
from collections.abc import Callable
from typing import Any

import orjson

from presage.errors import InvalidNextTokenException
from presage.resources.kinds import Kind
from presage.resources.store import Record

from .server import Server

Request = dict[str, Any]
Answer = dict[str, Any]
Operation = Callable[[Server, Request], Answer | None]
Show = Callable[[Server, Record], Answer]
PAGE = 100


def view(kind: Kind, record: Record) -> Answer:
    """What callers see of a record; the answer's shape drops the members that it does not know."""
    body = {member: value for member, value in record.body.items() if not member.startswith("_")}
    name = record.name or None
    return {
        **body,
        "name": name,
        "jobName": name,
        kind.key: record.arn,
        "status": record.status or None,
        "creationDateTime": record.created_at,
        "lastUpdatedDateTime": record.updated_at,
    }


def describing(kind: Kind, extra: Show | None = None) -> Operation:
    """Describe<kind>: one record by its ARN, and what `extra` derives."""

    def describe(server: Server, request: Request) -> Answer:
        record = server.resources.find(kind, request[kind.key])
        derived = extra(server, record) if extra else {}
        return {kind.member: view(kind, record) | derived}

    return describe


def listing(kind: Kind, *, must_exist: Kind | None = None) -> Operation:
    """List<kind>s: newest first, in pages, of one parent if its ARN is given.

    Parameters
    ----------
    must_exist : the parent's kind, where an unknown parent is an error rather than an empty list
    """
    member = f"{kind.member}s"

    def list_(server: Server, request: Request) -> Answer:
        parent = request.get(kind.parent, "") if kind.parent else ""
        if must_exist and parent:
            server.resources.find(must_exist, parent)
        limit = request.get("maxResults", PAGE)
        before = _read_token(request.get("nextToken"), kind, parent)
        found = server.resources.list(kind, parent=parent, before=before, limit=limit + 1)
        answer: Answer = {member: [view(kind, record) for record in found[:limit]]}
        if len(found) > limit:
            answer["nextToken"] = _write_token(kind, parent, found[limit - 1].number)
        return answer

    return list_


def _write_token(kind: Kind, parent: str, number: int) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([kind.name, parent, number])).decode()


def _read_token(token: str | None, kind: Kind, parent: str) -> int | None:
    if token is None:
        return None
    try:
        found = orjson.loads(base64.urlsafe_b64decode(token))
    except (ValueError, binascii.Error):
        found = None
    match found:
        case [kind.name, str(of), int(number)] if of == parent and 0 < number < 2**62:
            return number
        case _:
            raise InvalidNextTokenException(
                f"The nextToken is none that List{kind.name}s gave out for these parameters; ask without it."
            )
