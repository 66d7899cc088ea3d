"""Who gets which arm: a hash puts each user at a place of a line, and the line is cut into pieces."""

import hashlib
from collections.abc import Sequence

UNITS = 1_000_000
"""The length of the line; shares are whole parts of it."""
Pieces = list[tuple[int, int]]
"""(length, arm) from the beginning of the line to its end."""


def sizes_of(weights: Sequence[float]) -> list[int]:
    """The units of each arm: as near to the weights as whole numbers can be, and `UNITS` together."""
    exact = [weight / sum(weights) * UNITS for weight in weights]
    sizes = [int(one) for one in exact]
    by_rest = sorted(range(len(sizes)), key=lambda arm: sizes[arm] - exact[arm])
    for arm in by_rest[: UNITS - sum(sizes)]:
        sizes[arm] += 1
    return sizes


def cut(pieces: Pieces, sizes: Sequence[int]) -> Pieces:
    """The line cut anew: arms that shrink give away what they have too much, and nothing else moves.

    Parameters
    ----------
    pieces : as it was cut before; empty at first
    sizes : the units that each arm is to have
    """
    if not pieces:
        return [(size, arm) for arm, size in enumerate(sizes) if size]
    lacking = {arm: size - held(pieces, arm) for arm, size in enumerate(sizes)}
    takers = [arm for arm, more in lacking.items() if more > 0]
    new: Pieces = []
    for length, arm in pieces:
        given = min(length, max(-lacking[arm], 0))
        lacking[arm] += given
        _add(new, length - given, arm)
        while given:
            taken = min(given, lacking[takers[0]])
            _add(new, taken, takers[0])
            lacking[takers[0]] -= taken
            given -= taken
            if not lacking[takers[0]]:
                takers.pop(0)
    return new


def held(pieces: Pieces, arm: int) -> int:
    """The units that an arm has."""
    return sum(length for length, one in pieces if one == arm)


def arm_of(pieces: Pieces, salt: str, user: str) -> int:
    """The arm of a user: the same for the same pieces and salt, at any time and in any process."""
    place = place_of(salt, user)
    for length, arm in pieces:
        if place < length:
            return arm
        place -= length
    raise AssertionError("pieces make up the whole line")


def place_of(salt: str, user: str) -> int:
    """A user's place on the line, from 0 to `UNITS` - 1, each as likely as the others."""
    digest = hashlib.blake2b(user.encode(), digest_size=8, key=_key(salt)).digest()
    return int.from_bytes(digest) * UNITS >> 64


def _key(salt: str) -> bytes:
    return hashlib.blake2b(salt.encode(), digest_size=32).digest()


def _add(pieces: Pieces, length: int, arm: int) -> None:
    """Add to the end of a line, if it is anything."""
    if pieces and pieces[-1][1] == arm:
        length += pieces.pop()[0]
    if length:
        pieces.append((length, arm))
