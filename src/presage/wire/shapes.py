"""What this room reads of a shape of a service model: the part of botocore's classes that it relies on."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol


class Shape(Protocol):
    """A shape: a structure has `members` and `required_members`, a list `member`, a map `key` and `value`.

    `type_name` is its kind, such as `structure` or `timestamp`; `metadata` holds its constraints by their
    names in the model; `serialization` says how it travels.
    """

    name: str
    type_name: str
    metadata: Mapping[str, Any]
    serialization: Mapping[str, Any]
    members: Mapping[str, "Shape"]
    required_members: Sequence[str]
    member: "Shape"
    key: "Shape"
    value: "Shape"
