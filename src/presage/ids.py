"""Ids that nobody else has given, quickly made: they are unique, not secret."""

import random

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_id() -> str:
    """A random UUID as text, at half the cost of `uuid.uuid4`, which asks the system for each.

    A process that was forked draws others than its parent: `random` sees to that.
    """
    digits = f"{random.getrandbits(128):032x}"
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def new_ulid(at: float) -> str:
    """A ULID: 26 characters that sort by time, then at random. Source: https://github.com/ulid/spec.

    Parameters
    ----------
    at : seconds since 1970, UTC
    """
    number = int(at * 1000) << 80 | random.getrandbits(80)
    return "".join(_CROCKFORD[number >> 5 * place & 31] for place in range(25, -1, -1))
