"""Who is to get what now, and who is left out and why."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from presage.errors import shown
from presage.notices import AddressError, Channel, Message, Receiver

from .content import Found, Source
from .databases import Row
from .errors import DeliveryError
from .limits import exceeded, longest_seconds
from .outbox import MAY_HAVE_ARRIVED, Entry, Outbox, Standing, State, message_id
from .outcome import Fate, Line, Outcome
from .periods import is_quiet
from .rendering import Messages, Unrenderable
from .spec import Spec, zone_of

LONGEST_USER = 256


@dataclass(frozen=True, kw_only=True)
class Ready:
    """A message that may leave.

    Parameters
    ----------
    zone : where its user is
    is_new : whether the user has got it by no channel before this run
    """

    entry: Entry
    receiver: Receiver
    message: Message
    zone: ZoneInfo
    is_new: bool


@dataclass(frozen=True)
class _Candidate:
    """A user who may get the message, and the channels by which he has not got it."""

    user: str
    row: Row
    zone: ZoneInfo
    channels: Sequence[str]
    is_new: bool


@dataclass(kw_only=True)
class Planner:
    """Decides for some users at a time.

    Parameters
    ----------
    source : gives what messages are about; None = they are about nothing
    outcome : is told who is left out
    n_users : how many users got the message in this period
    is_dry : whether `outcome` is told of each, too
    """

    spec: Spec
    period: str
    channels: Mapping[str, Channel]
    messages: Messages
    outbox: Outbox
    source: Source | None
    outcome: Outcome
    n_users: int
    is_dry: bool = False
    _seen: set[str] = field(default_factory=set[str])
    _admitted: set[str] = field(default_factory=set[str])

    def plan(self, rows: Sequence[Row], now: float) -> list[Ready]:
        """The messages for some rows of the audience, at an instant (seconds since 1970, UTC).

        Raises DeliveryError if the template suits none of them.
        """
        candidates = self._candidates(rows, now)
        found = self._found([one.user for one in candidates])
        ready: list[Ready] = []
        unwritable: list[str] = []
        for one in candidates:
            here = found.get(one.user, Found())
            if self._lacks(one, here):
                continue
            try:
                ready += self._written(one, here)
            except Unrenderable as error:
                self.leave(one.user, one.channels, Fate.UNWRITABLE, str(error))
                unwritable.append(str(error))
        if unwritable and len(unwritable) == len(candidates):
            raise DeliveryError(f"no message can be written; for the first user: {unwritable[0]}")
        return ready

    def leave(self, user: str, channels: Sequence[str], fate: Fate, said: str = "") -> None:
        """Count a user as left out, and say why in a dry run."""
        self.outcome.tally[fate] += len(channels)
        if self.is_dry:
            self.outcome.lines.extend(Line(user, channel, fate, said) for channel in channels)

    def admits(self, ready: Ready, now: float) -> bool:
        """Whether a message may leave at an instant: it is not quiet by then, and the cap not reached."""
        user, channels = ready.entry.user, [ready.entry.channel]
        if self._is_quiet(ready.zone, now):
            self.leave(user, channels, Fate.QUIET, f"quiet hours in {ready.zone.key}")
            return False
        if ready.is_new and user not in self._admitted:
            if self._is_full():
                self._leave_capped(user, channels)
                return False
            self._admitted.add(user)
            self.n_users += 1
        return True

    def _is_quiet(self, zone: ZoneInfo, now: float) -> bool:
        return self.spec.quiet_hours is not None and is_quiet(now, self.spec.quiet_hours, zone)

    def _candidates(self, rows: Sequence[Row], now: float) -> list[_Candidate]:
        usable = list(self._usable(rows))
        users = [user for user, _, _ in usable]
        standing = self.outbox.standing(users)
        span = longest_seconds(self.spec.limits)
        got = self.outbox.got(users, now - span) if span else {}
        found: list[_Candidate] = []
        for user, row, zone in usable:
            channels = self._open_channels(user, standing)
            if not channels:
                continue
            if self._is_quiet(zone, now):
                self.leave(user, channels, Fate.QUIET, f"quiet hours in {zone.key}")
            elif limit := exceeded(self.spec.limits, got.get(user, ()), now):
                of = f" of {limit.group!r}" if limit.group else ""
                said = f"{limit.messages} messages{of} in {limit.days:g} days are reached"
                self.leave(user, channels, Fate.LIMITED, said)
            else:
                arrived = (standing.get((user, name)) for name in self.spec.channels)
                is_new = not any(one and one.state in MAY_HAVE_ARRIVED for one in arrived)
                if is_new and self._is_full():
                    self._leave_capped(user, channels)
                else:
                    found.append(_Candidate(user, row, zone, channels, is_new))
        return found

    def _is_full(self) -> bool:
        return self.spec.cap is not None and self.n_users >= self.spec.cap

    def _leave_capped(self, user: str, channels: Sequence[str]) -> None:
        self.leave(user, channels, Fate.CAPPED, f"{self.spec.cap} users have it")

    def _usable(self, rows: Sequence[Row]) -> Iterator[tuple[str, Row, ZoneInfo]]:
        audience, every = self.spec.audience, self.spec.channels
        for row in rows:
            user = "" if row[audience.user] is None else str(row[audience.user])
            if not user or len(user) > LONGEST_USER or "\0" in user:
                self.leave(user[:LONGEST_USER], every, Fate.UNUSABLE, f"{shown(user)} is no user id")
            elif user in self._seen:
                self.leave(user, every, Fate.UNUSABLE, "the audience names this user twice")
            else:
                self._seen.add(user)
                try:
                    own = row[audience.time_zone] if audience.time_zone else None
                    yield user, row, zone_of(str(own) if own else self.spec.time_zone)
                except ValueError as error:
                    self.leave(user, every, Fate.UNUSABLE, str(error))

    def _open_channels(self, user: str, standing: Mapping[tuple[str, str], Standing]) -> list[str]:
        """The channels by which the user has not got the message, and may still."""
        found: list[str] = []
        for name in self.spec.channels:
            before = standing.get((user, name))
            if before is None:
                found.append(name)
            elif before.state in (State.SENT, State.SENDING):
                self.leave(user, [name], Fate.ALREADY, f"sent in {self.period} before")
            elif before.state == State.DOUBT and self.spec.in_doubt == "leave":
                self.leave(user, [name], Fate.IN_DOUBT, "it is not known whether it arrived")
            elif before.tries >= self.spec.tries:
                self.leave(user, [name], Fate.FAILED, f"failed {before.tries} times")
            else:
                found.append(name)
        return found

    def _found(self, users: Sequence[str]) -> Mapping[str, Found]:
        return self.source(users) if self.source and users else {}

    def _lacks(self, one: _Candidate, found: Found) -> bool:
        content, n = self.spec.content, len(found.items)
        if content is None or self.source is None or n >= content.at_least:
            return False
        said = f"{n} different items, of {content.at_least} at least"
        self.leave(one.user, one.channels, Fate.NO_CONTENT, said)
        return True

    def _written(self, one: _Candidate, found: Found) -> list[Ready]:
        """The messages of a user; raises Unrenderable."""
        identity = message_id(self.spec.name, self.period, one.user)
        recommended_by = found.recommendation_id or identity
        known = known_to_templates(one.row, found.items, recommended_by, identity, self.period)
        title, body = self.messages.write(known)
        message = Message(title=title, body=body, id=identity, is_html=self.spec.message.html)
        items = [str(item["item_id"]) for item in found.items]
        values = {
            **one.row,
            "recommendation_id": recommended_by,
            "message_id": identity,
            "period": self.period,
        }
        values["item_id"] = items[0] if items else None
        ready: list[Ready] = []
        for name in one.channels:
            try:
                receiver = self.channels[name].receiver(values)
            except AddressError as error:
                self.leave(one.user, [name], Fate.NO_ADDRESS, str(error))
                continue
            entry = Entry(
                user=one.user,
                channel=name,
                message_id=identity,
                category=self.spec.group,
                recommendation_id=recommended_by,
                items=items,
            )
            ready.append(
                Ready(entry=entry, receiver=receiver, message=message, zone=one.zone, is_new=one.is_new)
            )
        return ready


def known_to_templates(
    row: Row, items: Sequence[Row], recommendation_id: str, identity: str, period: str
) -> dict[str, Any]:
    """What title and body may name.

    user : the audience's row, a column as `user.name`
    items : what is recommended, the best first, as `items[0].item_id` and what `content.items` tells of it
    item : the first of them
    recommendation_id : an event that carries it is what the message led to
    message_id, period : the same however often it is sent
    """
    known = {"user": row, "items": items, "recommendation_id": recommendation_id}
    known |= {"message_id": identity, "period": period}
    return known | ({"item": items[0]} if items else {})
