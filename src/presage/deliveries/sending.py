"""Sending: some messages at the same time, each in the outbox before it leaves."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from queue import Empty, SimpleQueue

from presage.notices import Channel, NoticeError, Refused, Session, Unreachable

from .errors import DeliveryError
from .limits import exceeded, longest_seconds
from .outbox import Ended, Entry, Outbox, State
from .outcome import Fate
from .planning import Planner, Ready
from .spec import Spec

MOST_FAILURES = 10
"""So many in a row, and a channel is given up for this run."""
_FATES = {State.SENT: Fate.SENT, State.FAILED: Fate.FAILED, State.DOUBT: Fate.IN_DOUBT}


class Sessions:
    """Open channels; each session is used by one thread at a time."""

    def __init__(self, channels: Mapping[str, Channel]) -> None:
        self._channels = channels
        self._free: dict[str, SimpleQueue[Session]] = {name: SimpleQueue() for name in channels}

    def send(self, ready: Ready) -> Ended:
        """Send a message, and tell what became of it; raises nothing."""
        entry = ready.entry
        session = self._take(entry.channel)
        try:
            session.send(ready.receiver, ready.message)
        except Unreachable as error:
            return Ended(entry, State.FAILED, str(error), counts=False)
        except Refused as error:
            return Ended(entry, State.FAILED, str(error))
        except NoticeError as error:
            return Ended(entry, State.DOUBT, str(error))
        except Exception as error:  # a library's: what it did before is not known
            return Ended(entry, State.DOUBT, f"{type(error).__name__}: {error}")
        finally:
            self._free[entry.channel].put(session)
        return Ended(entry, State.SENT)

    def close(self) -> None:
        """Close those that are open; nobody may be sending."""
        for free in self._free.values():
            while not free.empty():
                free.get().close()

    def _take(self, channel: str) -> Session:
        try:
            return self._free[channel].get_nowait()
        except Empty:
            return self._channels[channel].open()


class Sender:
    """Sends what is ready, in groups of `at_once`."""

    def __init__(
        self,
        spec: Spec,
        *,
        planner: Planner,
        outbox: Outbox,
        sessions: Sessions,
        pool: Executor,
        clock: Callable[[], float],
    ) -> None:
        self._spec = spec
        self._planner = planner
        self._outbox = outbox
        self._sessions = sessions
        self._pool = pool
        self._clock = clock
        self._ended: list[Ended] = []
        self._failures: Counter[str] = Counter()
        self._next_at = 0.0

    def send(self, ready: Sequence[Ready]) -> None:
        """Send them; raises DeliveryError when a channel fails again and again."""
        size = self._spec.at_once
        for first in range(0, len(ready), size):
            self._send_group(ready[first : first + size])

    def close(self) -> None:
        """Store how the last messages ended."""
        self._outbox.turn(self._ended, [], self._clock())
        self._ended = []

    def _send_group(self, group: Sequence[Ready]) -> None:
        self._pace(len(group))
        now = self._clock()
        claimed = self._claimed([one for one in group if self._planner.admits(one, now)], now)
        self._ended = list(self._pool.map(self._sessions.send, claimed))
        for one in self._ended:
            self._planner.leave(one.entry.user, [one.entry.channel], _FATES[one.state], one.reason)
        for one in self._ended:
            self._watch(one)

    def _claimed(self, wanted: Sequence[Ready], now: float) -> list[Ready]:
        """Those that are in the outbox as SENDING by now; how earlier ones ended is stored with it."""
        limits = self._spec.limits
        span = longest_seconds(limits)
        entries = self._outbox.turn(
            self._ended,
            [one.entry for one in wanted],
            now,
            since=now - span if span else 0.0,
            may_get=lambda got: exceeded(limits, got, now) is None,
        )
        self._ended = []
        claimed = set(map(_key, entries))
        for one in wanted:
            if _key(one.entry) not in claimed:
                self._planner.leave(one.entry.user, [one.entry.channel], Fate.LIMITED)
        return [one for one in wanted if _key(one.entry) in claimed]

    def _watch(self, one: Ended) -> None:
        """Count failures in a row, by channel."""
        channel = one.entry.channel
        self._failures[channel] = 0 if one.state == State.SENT else self._failures[channel] + 1
        if self._failures[channel] >= MOST_FAILURES:
            raise DeliveryError(
                f"the channel {channel!r} failed {MOST_FAILURES} times in a row, at last with: {one.reason}"
            )

    def _pace(self, n: int) -> None:
        """Wait until so many more may be sent."""
        if self._spec.a_second is None:
            return
        time.sleep(max(0.0, self._next_at - time.monotonic()))
        self._next_at = time.monotonic() + n / self._spec.a_second


def _key(entry: Entry) -> tuple[str, str]:
    return entry.user, entry.channel
