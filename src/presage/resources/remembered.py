"""Answers that may be a moment old: what the request path asks the database at most once in a while."""

import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
MAX_KEPT = 10_000


class Remembered(Generic[K, V]):
    """The answers of `find`, each kept for a while.

    Parameters
    ----------
    find : looks an answer up
    seconds : how long an answer holds; so long does a change by another process stay unseen
    """

    def __init__(self, find: Callable[[K], V], *, seconds: float) -> None:
        self._find = find
        self._seconds = seconds
        self._kept: dict[K, tuple[float, V]] = {}

    def get(self, key: K) -> V:
        """The answer for `key`."""
        now = time.monotonic()
        kept = self._kept.get(key)
        if kept and now - kept[0] < self._seconds:
            return kept[1]
        if len(self._kept) >= MAX_KEPT:
            self._kept.clear()
        answer = self._find(key)
        self._kept[key] = now, answer
        return answer
