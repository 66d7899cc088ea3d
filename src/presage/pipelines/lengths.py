"""Lengths of time as people write them."""

import re

from presage.errors import shown

LONGEST_SECONDS = 99_999_999
"""As Amazon States Language has it: a little over three years."""
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def seconds(length: object, most: int = LONGEST_SECONDS) -> int:
    """A length of time in seconds: a number of them, or such as 90s, 30m, 2h, 1d. Raises ValueError.

    Parameters
    ----------
    most : so many seconds at most
    """
    found = re.fullmatch(r"(\d{1,12})\s*([smhd]?)", str(length).strip(), re.ASCII)
    if isinstance(length, bool) or not found or not int(found[1]):
        raise ValueError(f"{shown(length)} is no length of time; it must be such as 90s, 30m, 2h or 1d")
    n = int(found[1]) * _SECONDS[found[2] or "s"]
    if n > most:
        raise ValueError(f"{shown(length)} is too long; it may be {most} seconds")
    return n
