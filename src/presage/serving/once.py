"""Things that are made once, by whoever needs them first."""

from collections import Counter
from collections.abc import Callable, Generator, Hashable
from contextlib import contextmanager
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Once(Generic[K, V]):
    """Things by key. Who needs one that is being made waits for it; others do not wait."""

    def __init__(self) -> None:
        self._made: dict[K, V] = {}
        self._wanted: Counter[K] = Counter()
        self._making: dict[K, Lock] = {}
        self._lock = Lock()

    @contextmanager
    def using(self, key: K, make: Callable[[], V]) -> Generator[V]:
        """The thing of a key, made if need be; while this lasts it is not dropped."""
        with self._lock:
            self._wanted[key] += 1
            making = self._making.setdefault(key, Lock())
        try:
            with making:
                made = self._made.get(key)
                if made is None:
                    made = self._made[key] = make()
            yield made
        finally:
            with self._lock:
                self._wanted[key] -= 1

    def values(self) -> list[V]:
        """All that is there."""
        with self._lock:
            return list(self._made.values())

    def drop_all_but(self, needed: set[K]) -> dict[K, V]:
        """Forget what is neither needed nor in use; what is forgotten."""
        with self._lock:
            unused = [key for key in self._making if key not in needed and not self._wanted[key]]
            for key in unused:
                del self._making[key], self._wanted[key]
            return {key: self._made.pop(key) for key in unused if key in self._made}
