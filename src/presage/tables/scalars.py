"""How a text becomes a boolean or a number: the same in CSV files as in what is told one by one.

Files are read at speed by Polars, whose rules these are.
"""

import re

import numpy as np

from .layout import Kind

BOOLEANS = {"true": True, "false": False}
"""In lower case; any case is read."""
BITS = {"int": 32, "long": 64}
_WHOLE = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_MOST = {"float": float(np.finfo(np.float32).max), "double": float(np.finfo(np.float64).max)}


def boolean(text: str) -> bool | None:
    """The boolean that a text says; None if it says none."""
    return BOOLEANS.get(text.strip().lower())


def whole(text: str, kind: Kind) -> int | None:
    """The number of a kind of `BITS` that a text says; None if it says none, or one that does not fit."""
    text = text.strip()
    if len(text) > 40 or not _WHOLE.fullmatch(text):
        return None
    return fitting_whole(int(text), kind)


def fitting_whole(number: int, kind: Kind) -> int | None:
    """The number, None if it does not fit a kind of `BITS`."""
    most = 2 ** (BITS[kind] - 1)
    return number if -most <= number < most else None


def number(text: str, kind: Kind) -> float | None:
    """The finite number that a text says; None if it says none, or one that does not fit the kind."""
    text = text.strip()
    return fitting_number(float(text), kind) if _NUMBER.fullmatch(text) else None


def fitting_number(value: float, kind: Kind) -> float | None:
    """The number as a kind of number holds it, None if it is not finite there."""
    return float(value) if abs(value) <= _MOST[kind] else None
