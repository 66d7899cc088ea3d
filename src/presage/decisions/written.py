"""What callers write in JSON, as typed structures."""

from msgspec import Struct


class Written(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True, dict=True):
    """What callers write in JSON: members in camel case, none but those that are declared."""
