"""Under which key a record is stored."""

from datetime import datetime
from typing import NamedTuple

from .errors import TransformError


class Key(NamedTuple):
    """The key of a record within its identity: an aggregate, and either dimensions or a start time."""

    group: str
    dimensions: tuple[str, ...] = ()
    at: datetime | None = None

    def text(self, identity: str) -> str:
        """`identity/group/dimensions/timestamp`; what stands between is not escaped, as Blurr has it."""
        at = self.at.isoformat() if self.at else ""
        return f"{identity}/{self.group}/{':'.join(self.dimensions)}/{at}"


def check_identity(identity: object) -> str:
    """The identity itself; raises TransformError unless it is text that is not blank."""
    if not isinstance(identity, str):
        raise TransformError(
            f"Identity: {identity!r:.100} is {type(identity).__name__} and no text; write str(...)"
        )
    if not identity.strip():
        raise TransformError(f"Identity: {identity!r:.100} is blank; a key needs text")
    return identity
