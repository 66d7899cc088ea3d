"""What the records of presage's own resources hold, as their calls take and tell it."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import fields

from presage.resources.record import Record

from ..kinds import Kind


def members_of(record: Record, declared: type[Struct]) -> dict[str, Any]:
    """The members that a structure declares, as callers write them, as far as a record holds them."""
    known = {field.encode_name for field in fields(declared)}
    held = {member: value for member, value in record.body.items() if member in known}
    return held | {"name": record.name}


def summary_of(kind: Kind, record: Record) -> dict[str, Any]:
    """What is told of a resource in a list, by the names of the members here."""
    return {
        "name": record.name,
        f"{kind.name.lower()}_arn": record.arn,
        "status": kind.dialect.spell(record),
        "creation_date_time": record.created_at,
    }


def tags_held(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as a new record holds them."""
    return [{"tagKey": key, "tagValue": value} for key, value in tags.items()]
