"""The online store in a Redis server, or one that speaks its protocol (Valkey).

Of each space, under `presage:online:{SPACE}:`

    mark           hash: place, note, and the number that the next record gets
    answers        hash: identity -> answer
    opened         hash: identity -> what changes with every event
    order:ID       sorted set of an identity's record keys, by number
    records:ID     hash: key -> record
    dropped        `opened` of a space that was dropped, until the records of those in it are gone
    turn           the lock of the process whose turn it is

and `presage:online:places`, a sorted set of spaces by the place of the log that they hold. A turn is one
transaction, sent at its end. The lock makes others wait. It may run out; then the transaction, which watches
the mark, is refused if anybody else has changed the space. A server that loses its last moments, or
everything, stands where it stood before, marks and states alike, and what the log has beyond the mark is
folded again.
"""

from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Any

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as ConnectionLost
from redis.exceptions import LockError, WatchError
from redis.retry import Retry

from .protocol import Mark, OnlineError
from .redis_turn import PREFIX, Names, RedisTurn

FORMAT = 1
ANSWER_SECONDS = 2.0
"""A server that does not answer for so long hangs, or cannot be reached."""
TURN_SECONDS, LEASE_SECONDS = 15.0, 5.0
"""How long to wait for a turn, and how long one lasts before another process may try its own."""
MOST_AT_ONCE = 1_000
_PLACES, _FORMAT = f"{PREFIX}:places", f"{PREFIX}:format"


class RedisStore:
    """The store in keys of a server; see `protocol.OnlineStore`.

    Parameters
    ----------
    url : as redis-py takes it; ValueError if it is none
    place : the URL as messages show it
    """

    is_remote = True

    def __init__(self, url: str, place: str) -> None:
        self._place = place
        self._is_fit = False
        try:
            self._redis: Any = Redis.from_url(
                url,
                socket_timeout=ANSWER_SECONDS,
                socket_connect_timeout=ANSWER_SECONDS,
                retry=Retry(NoBackoff(), 1, (ConnectionLost,)),  # the server was started again
            )
        except ValueError as error:
            raise ValueError(f"online_store is {place}, which is no URL for Redis: {error}") from None

    def find(self, space: str, identity: str) -> bytes | None:
        """The answer about an identity; None if there is none."""
        with self._used() as redis:
            return redis.hget(Names(space).answers, identity)

    def mark(self, space: str) -> Mark:
        """How far the space's log was folded."""
        with self._used() as redis:
            return _mark(redis.hmget(Names(space).mark, "place", "note"))

    @contextmanager
    def turn(self, space: str) -> Generator["RedisTurn"]:
        """Wait for the turn to change a space."""
        names = Names(space)
        with self._changing(names) as transaction:
            *found, number = transaction.hmget(names.mark, "place", "note", "number")
            transaction.multi()
            turn = RedisTurn(self._redis, transaction, names, _mark(found), int(number or 0))
            yield turn
            place, note = turn.mark
            values = {"place": place, "note": note, "number": turn.number}
            transaction.hset(names.mark, mapping=values)
            transaction.zadd(_PLACES, {space: place})

    def highest_place(self) -> int:
        """The highest place of the log that any space holds."""
        with self._used() as redis:
            found = redis.zrange(_PLACES, 0, 0, desc=True, withscores=True)
            return int(found[0][1]) if found else 0

    def drop(self, space: str) -> None:
        """Forget a space in one step; its records are taken away after it."""
        names = Names(space)
        with self._changing(names) as transaction:
            was_used = transaction.exists(names.opened)
            transaction.multi()
            transaction.unlink(names.mark, names.answers)
            transaction.zrem(_PLACES, space)
            if was_used:
                transaction.rename(names.opened, names.dropped)
        with self._used() as redis:
            _sweep(redis, names)

    def close(self) -> None:
        """Close the connections."""
        self._redis.close()

    @contextmanager
    def _used(self) -> Generator[Any]:
        """The client; what fails leaves as OnlineError."""
        try:
            if not self._is_fit:
                self._look_at_server()
                self._is_fit = True
            yield self._redis
        except RedisError as error:
            self._is_fit = False  # it may be another server when it is back
            raise OnlineError(f"the online store {self._place} cannot be used: {error}") from error

    def _look_at_server(self) -> None:
        """Raises RuntimeError if the server may lose single keys, or a newer presage wrote what it holds."""
        policy = self._redis.info("memory").get("maxmemory_policy", "")
        if policy.startswith("allkeys"):
            raise RuntimeError(
                f"the online store {self._place} drops keys when its memory is full"
                f" (maxmemory-policy is {policy}); features would be wrong: set it to noeviction"
            )
        found = int(self._redis.get(_FORMAT) or 0)
        if not found:
            self._redis.set(_FORMAT, FORMAT)
        if found > FORMAT:
            raise RuntimeError(
                f"the online store {self._place} was written by a newer presage (format {found});"
                f" this one knows up to {FORMAT}"
            )

    @contextmanager
    def _changing(self, names: "Names") -> Generator[Any]:
        """A transaction that is carried out at the end, unless another has changed the space meanwhile."""
        with self._used() as redis, _locked(redis, names.turn), redis.pipeline() as transaction:
            transaction.watch(names.mark, names.opened)
            if transaction.exists(names.dropped):
                _sweep(redis, names)
            yield transaction
            try:
                transaction.execute()
            except WatchError:
                raise OnlineError(f"another process has changed {names.space} meanwhile") from None


def _mark(found: list[bytes | None]) -> Mark:
    place, note = found
    return Mark() if place is None else Mark(int(place), note or b"")


@contextmanager
def _locked(redis: Any, name: str) -> Generator[None]:
    """Wait for a lock, which runs out by itself if this process dies."""
    lock = redis.lock(name, timeout=LEASE_SECONDS, sleep=0.02, blocking_timeout=TURN_SECONDS)
    if not lock.acquire():
        raise OnlineError(f"{name} was held for {TURN_SECONDS:g} s by others")
    try:
        yield
    finally:
        with suppress(LockError):  # it ran out
            lock.release()


def _sweep(redis: Any, names: Names) -> None:
    """Take away the records of identities whose space was dropped."""
    cursor = -1
    while cursor:
        cursor, some = redis.hscan(names.dropped, max(cursor, 0), count=MOST_AT_ONCE)
        if some:
            redis.unlink(*(name(one) for one in some for name in (names.order, names.records)))
    redis.unlink(names.dropped)
