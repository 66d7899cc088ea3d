"""A turn on a space in a Redis server: commands that wait until its end, and what they will bring about."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .protocol import Mark, Stored

PREFIX = "presage:online"


class Names:
    """The names of a space's keys; the braces keep them on one server of a cluster."""

    def __init__(self, space: str) -> None:
        self.space, begin = space, f"{PREFIX}:{{{space}}}"
        self.mark, self.answers, self.opened = f"{begin}:mark", f"{begin}:answers", f"{begin}:opened"
        self.dropped, self.turn = f"{begin}:dropped", f"{begin}:turn"
        self._order, self._records = f"{begin}:order:".encode(), f"{begin}:records:".encode()

    def order(self, identity: bytes) -> bytes:
        """Where the order of an identity's records is."""
        return self._order + identity

    def records(self, identity: bytes) -> bytes:
        """Where an identity's records are."""
        return self._records + identity


@dataclass
class _Own:
    """What a turn did to an identity.

    Parameters
    ----------
    is_anew : nothing counts that was kept before
    steps : (keys of records that it removed, records that it put then), in their order
    """

    opened: bytes | None = None
    is_anew: bool = False
    steps: list[tuple[list[bytes], Mapping[bytes, bytes]]] = field(
        default_factory=list[tuple[list[bytes], Mapping[bytes, bytes]]]
    )


class RedisTurn:
    """A transaction on one space; see `protocol.Turn`."""

    def __init__(self, redis: Any, transaction: Any, names: Names, mark: Mark, number: int) -> None:
        self._redis, self._transaction, self._names = redis, transaction, names
        self._own: dict[bytes, _Own] = {}
        self.mark, self.number = mark, number

    def load(self, identity: str) -> Stored | None:
        """What is kept of an identity; None if nothing is."""
        name = identity.encode()
        own = self._own.get(name, _Own())
        opened, records = (None, {}) if own.is_anew else self._kept(name)
        for removed, changed in own.steps:
            for key in removed:
                records.pop(key, None)
            records |= changed
        found = own.opened if own.opened is not None else opened
        return None if found is None else Stored(found, list(records.values()))

    def _kept(self, name: bytes) -> tuple[bytes | None, dict[bytes, bytes]]:
        """What was kept of an identity before the turn: (what is open, its records in their order)."""
        asked = self._redis.pipeline(transaction=False)
        asked.hget(self._names.opened, name)
        asked.zrange(self._names.order(name), 0, -1)
        asked.hgetall(self._names.records(name))
        opened, order, records = asked.execute()
        return opened, {key: records[key] for key in order}

    def put(
        self,
        identity: str,
        answer: bytes,
        opened: bytes,
        records: Mapping[str, bytes],
        removed: Iterable[str],
    ) -> None:
        """Keep an identity's answer and what changed of it."""
        name, transaction = identity.encode(), self._transaction
        own = self._own.setdefault(name, _Own())
        gone, changed = [key.encode() for key in removed], {k.encode(): v for k, v in records.items()}
        own.opened = opened
        own.steps.append((gone, changed))
        transaction.hset(self._names.answers, name, answer)
        transaction.hset(self._names.opened, name, opened)
        if gone:
            transaction.zrem(self._names.order(name), *gone)
            transaction.hdel(self._names.records(name), *gone)
        if changed:
            numbers = {key: self.number + one for one, key in enumerate(changed)}
            self.number += len(changed)
            transaction.zadd(self._names.order(name), numbers, nx=True)
            transaction.hset(self._names.records(name), mapping=changed)

    def forget(self, identity: str) -> None:
        """Keep nothing of an identity any more."""
        name, transaction = identity.encode(), self._transaction
        self._own[name] = _Own(is_anew=True)
        transaction.hdel(self._names.answers, name)
        transaction.hdel(self._names.opened, name)
        transaction.unlink(self._names.order(name), self._names.records(name))
