"""What callers write in JSON, as typed structures, and the types of their members."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

Name = Annotated[str, Meta(pattern=r"^[a-zA-Z0-9][a-zA-Z0-9_\-]{0,62}$")]
Id = Annotated[str, Meta(min_length=1, max_length=256)]
Label = Annotated[str, Meta(max_length=256)]
Amount = Annotated[float, Meta(ge=0, le=1e9)]
MOST = 1e12
"""The largest number of a context or a reward, and with a minus the least."""
Number = Annotated[float, Meta(ge=-MOST, le=MOST)]
Instant = Annotated[datetime, Meta(tz=True, description="ISO 8601 with a time zone")]
Cap = Annotated[int, Meta(ge=1, le=10**12)]


class Written(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True, dict=True):
    """What callers write in JSON: members in camel case, none but those that are declared."""
