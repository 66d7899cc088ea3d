"""What a call takes besides its own right: buckets that it names are used as if its caller used them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from presage.wire.models import OPERATIONS, Operation
from presage.wire.shapes import Shape

READS, WRITES = ("s3:ListBucket", "s3:GetObject"), ("s3:PutObject",)
_LOCATIONS = ("S3Location", "S3Path")
"""How the service models call the shapes of `s3://` locations."""
Place = tuple[str, ...]
"""The members, each within the one before it, that lead to a location."""


def bucket_rights(operation: Operation, members: Mapping[str, Any]) -> Iterator[str]:
    """The actions on presage's own buckets that a request takes, for each location that it names."""
    for place, rights in _USED[operation.service, operation.name].items():
        if _is_given(members, place):
            yield from rights


def _is_given(members: Any, place: Place) -> bool:
    for name in place:
        if name not in members:
            return False
        members = members[name]
    return True


def places(shape: Shape, within: Place = ()) -> Iterator[Place]:
    """Where a structure may name locations."""
    if shape.name in _LOCATIONS:
        yield within
    elif shape.type_name == "structure":
        for name, member in shape.members.items():
            yield from places(member, (*within, name))


def _rights(place: Place) -> Sequence[str]:
    """What is called a destination is written; everything else is read."""
    return WRITES if any(name.endswith("Destination") for name in place) else READS


_USED: Mapping[tuple[str, str], Mapping[Place, Sequence[str]]] = {
    name: {place: _rights(place) for place in places(operation.input_shape)}
    for name, operation in OPERATIONS.items()
}
"""(service, operation) -> where its requests may name locations, and what using each takes."""
