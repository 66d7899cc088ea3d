"""Users as a version knows them: states that move on with each event that is told."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from cachetools import LRUCache

from presage.columns import EVENT_TYPE, EVENT_VALUE
from presage.recipes.data import Feature, Floats, History, UserModel

from .catalogue import Catalogue
from .memory import Event, GroupMemory
from .version import Version

MOST_USERS = 50_000
"""So many users' states are kept, of those asked about last. One takes about 500 bytes, 8 more per hidden
dimension once it has moved on, and as many once its session has ended: 145 MB together at 149."""
MOST_READ = 16
"""At most so many histories are read at a time, for each takes a millisecond or more."""
MOST_USERS_BY_NAME = 2_000_000
"""A dictionary of so many users takes 200 MB, and finds one ten times as fast."""
LONGEST = 500
"""Of a longer history only so many of the latest events are read."""
MOST_STEPS = 64
"""Of a user with more news the whole history is read instead, which takes fewer products of matrices."""
NEVER = -1
"""Stands for the time of the last event of a user without one."""
Counted: TypeAlias = tuple[Event, int]
"""An event that counts for the model, and the row of its item."""


@dataclass(slots=True)
class UserState:
    """What a version makes of a user.

    Parameters
    ----------
    state : (state_size,)
    last_at : when the last event that counts was, seconds since 1970; -1 = never
    features : the user's record, one row a column
    ended : (state_size,), the state once its session has ended, from the first question on that needs it
    arrival, epoch : how much of the group's memory is in it, see `GroupMemory`
    """

    state: Floats
    last_at: int
    features: Mapping[str, Feature]
    arrival: int
    epoch: int
    ended: Floats | None = None

    def after(self, silence: float, model: UserModel) -> tuple[Floats, float]:
        """The state after a silence as far as it is worked out, and the silence still to be reckoned with."""
        if self.ended is None or silence <= model.gap:
            return self.state, silence
        return self.ended, 0.0


class UserStates:
    """The states of one version's users. It belongs to one event loop.

    Parameters
    ----------
    is_frozen : whether the memory is told nothing any more; then histories are read however many there are,
        and users of whom nothing was told since the training are not looked for
    """

    def __init__(self, version: Version, memory: GroupMemory, *, is_frozen: bool = False) -> None:
        self._version, self._memory = version, memory
        self._kept: LRUCache[str, UserState] = LRUCache(MOST_USERS)
        self._most_read = None if is_frozen else MOST_READ
        self._changed = memory.changed_since(version.place) if is_frozen else None
        users = version.vocabulary.users
        self._row = (
            {user: row for row, user in enumerate(users)}.get
            if is_frozen and len(users) <= MOST_USERS_BY_NAME
            else users.row
        )
        self._has_records = bool(version.vocabulary.user)
        facts = version.facts
        self._admitted: Sequence[Sequence[Any]] = facts.get("events") or [
            [facts.get("eventType"), facts.get("eventValueThreshold")]
        ]

    def up_to_date(self, users: Iterable[str], catalogue: Catalogue) -> dict[str, UserState]:
        """The users' states after all that was told of them; of users to be read at most `MOST_READ`.

        If the memory is frozen, all are read.
        """
        arrival = self._memory.arrivals
        found: dict[str, UserState] = {}
        behind: dict[str, Sequence[Counted]] = {}
        unread: list[str] = []
        for user in dict.fromkeys(users):
            known, told = self._known(user)
            news = self._counting(told, catalogue) if told else ()
            if known is None or (news and not _follows(known, news)):
                unread.append(user)
                continue
            found[user] = known
            if news:
                behind[user] = news
        self._advance({user: found[user] for user in behind}, behind, catalogue)
        found |= self._read(unread[: self._most_read], catalogue)
        for user, state in found.items():
            state.arrival = arrival
            self._kept[user] = state
        return found

    def history(self, user: str, catalogue: Catalogue) -> tuple[Sequence[Event], History]:
        """The events of a user that the model may see, and the same as it reads them."""
        counted = self._counting(self._memory.events(user), catalogue)[-LONGEST:]
        return [event for event, _ in counted], self._history(counted, self._record(user)[1])

    def _known(self, user: str) -> tuple[UserState | None, Sequence[Event]]:
        """A user's state as far as it is known, and what was told since; None if the history must be read."""
        memory, kept = self._memory, self._kept.get(user)
        if kept is None or kept.epoch != memory.epoch:
            return self._trained(user)
        if kept.arrival == memory.arrivals:
            return kept, ()
        if memory.is_rearranged(user, kept.arrival, record=self._has_records):
            return None, ()
        return kept, memory.news(user, kept.arrival)

    def _trained(self, user: str) -> tuple[UserState | None, Sequence[Event]]:
        """A user's state after the training data, and what was told since."""
        version, memory = self._version, self._memory
        row = self._row(user)
        if version.states is None or row is None:
            return None, ()
        has_changed = self._changed is None or user in self._changed
        if has_changed and memory.is_rearranged(user, 0, record=self._has_records):
            return None, ()
        place, features = self._record(user)
        if place > version.place:
            return None, ()
        state = UserState(
            state=version.states[row],
            last_at=int(version.last_at[row]),
            features=features,
            arrival=0,
            epoch=memory.epoch,
        )
        return state, memory.events(user, beyond=version.place) if has_changed else ()

    def _record(self, user: str) -> tuple[int, Mapping[str, Feature]]:
        """The place in the log of a user's record, and the record as features."""
        found = self._memory.user(user) if self._has_records else None
        return (found[0], self._version.vocabulary.encode_user(found[1])) if found else (0, {})

    def _counting(self, events: Iterable[Event], catalogue: Catalogue) -> Sequence[Counted]:
        """The events that the model may see, of items that it knows."""
        counted = ((event, catalogue.row(event.item_id)) for event in events if self._counts(event))
        return [(event, row) for event, row in counted if row is not None]

    def _counts(self, event: Event) -> bool:
        kind, value = (event.row.get(EVENT_TYPE) or "").upper(), event.row.get(EVENT_VALUE)
        return any(
            (not event_type or event_type.upper() == kind)
            and (threshold is None or (value is not None and value >= threshold))
            for event_type, threshold in self._admitted
        )

    def _advance(
        self, states: Mapping[str, UserState], news: Mapping[str, Sequence[Counted]], catalogue: Catalogue
    ) -> None:
        """Move users' states on by their news, the first events of all together, then the second ones, ..."""
        try:
            for step in range(max(map(len, news.values()), default=0)):
                pairs = [(states[user], events[step]) for user, events in news.items() if step < len(events)]
                self._step(pairs, catalogue)
        except BaseException:
            for user in states:
                self._kept.pop(user, None)
            raise

    def _step(self, pairs: Sequence[tuple[UserState, Counted]], catalogue: Catalogue) -> None:
        """Move some states on by an event each."""
        model = catalogue.model
        before = [state.after(silence(state, event.time), model) for state, (event, _) in pairs]
        after = model.advance(
            np.stack([state for state, _ in before]),
            np.array([row for _, (_, row) in pairs], np.int32),
            np.array([silent for _, silent in before], np.float32),
            [self._version.vocabulary.encode_events([event.row]) for _, (event, _) in pairs],
        )
        for (state, (event, _)), moved in zip(pairs, after, strict=True):
            state.state, state.last_at, state.ended = moved.copy(), event.time, None

    def _read(self, users: Sequence[str], catalogue: Catalogue) -> dict[str, UserState]:
        """The states of users whose histories are read."""
        if not users:
            return {}
        records = [self._record(user)[1] for user in users]
        events = [self._counting(self._memory.events(user), catalogue)[-LONGEST:] for user in users]
        histories = [self._history(*pair) for pair in zip(events, records, strict=True)]
        epoch = self._memory.epoch
        return {
            user: UserState(
                state=state.copy(),
                last_at=counted[-1][0].time if counted else NEVER,
                features=features,
                arrival=0,
                epoch=epoch,
            )
            for user, counted, features, state in zip(
                users, events, records, catalogue.model.read(histories), strict=True
            )
        }

    def _history(self, events: Sequence[Counted], features: Mapping[str, Feature]) -> History:
        return History(
            item=np.array([row for _, row in events], np.int32),
            time=np.array([event.time for event, _ in events], np.int64),
            context=self._version.vocabulary.encode_events([event.row for event, _ in events]),
            user_features=features,
        )


def _follows(state: UserState, news: Sequence[Counted]) -> bool:
    """Whether a state can move on by its news: they are later than what is in it, and few."""
    return news[0][0].time >= state.last_at and len(news) <= MOST_STEPS


def end_sessions(states: Iterable[tuple[UserState, float]], model: UserModel) -> None:
    """Work out the ends of the sessions that a silence of so many seconds ended."""
    ending = [state for state, silent in states if silent > model.gap and state.ended is None]
    if ending:
        for state, ended in zip(ending, model.end_sessions(np.stack([s.state for s in ending])), strict=True):
            state.ended = ended.copy()


def silence(state: UserState, now: float) -> float:
    """Seconds since a user's last event; 0 for a user without one."""
    return now - state.last_at if state.last_at != NEVER else 0.0
