"""All that a campaign knows: a fold of its stream in the event log."""

from array import array
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from presage.recipes.bandits.data import Seen
from presage.recipes.bandits.policy import Policy

from .campaign import NO_OFFER, Campaign


@dataclass(kw_only=True)
class State:
    """What follows from the records of a campaign, in their order.

    Parameters
    ----------
    policy : has learned the first `version` rewards
    learned : so many rewards the policy knew when this state was begun: they are not learned again
    version : how many rewards there were
    n_decisions : they are numbered from 0 on
    users : user -> row
    given, given_to : how often each offer was given: to all, and to a user
    by_session : (user, session) -> the number of the decision that was made in it
    by_key : idempotency key -> the same
    rewards : number of a decision -> the value that was told of it
    times : of the decisions, seconds since 1970, UTC
    settled : the decisions before this number have a reward, or one that was told for them
    places : of the decisions in the log, as far as they are on disk; `note` adds to them
    """

    campaign: Campaign
    policy: Policy
    learned: int = 0
    version: int = 0
    n_decisions: int = 0
    users: dict[str, int] = field(default_factory=dict[str, int])
    given: Counter[str] = field(default_factory=Counter[str])
    given_to: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    by_session: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    by_key: dict[str, int] = field(default_factory=dict[str, int])
    rewards: dict[int, float] = field(default_factory=dict[int, float])
    times: "array[float]" = field(default_factory=lambda: array("d"))
    settled: int = 0
    places: "array[int]" = field(default_factory=lambda: array("q"))

    def apply(self, record: Mapping[str, Any]) -> None:
        """Take in the next record of the stream.

        Raises ValueError for a reward that the policy cannot learn; then nothing has changed.
        """
        if record["kind"] == "decision":
            self._decided(record)
        else:
            self._rewarded(record)

    def note(self, record: Mapping[str, Any], place: int) -> None:
        """Keep in mind where a record that was taken in stands in the log."""
        if record["kind"] == "decision":
            self.places.append(place)

    def next_due(self, now: float) -> int | None:
        """The first decision on disk that has waited too long for a reward; None if there is none."""
        wait = self.campaign.reward_wait_seconds
        if wait is None:
            return None
        while self.settled < len(self.places) and self.settled in self.rewards:
            self.settled += 1
        is_due = self.settled < len(self.places) and self.times[self.settled] + wait <= now
        return self.settled if is_due else None

    def _decided(self, record: Mapping[str, Any]) -> None:
        user, offer = record["user"], record["offer"]
        self.users.setdefault(user, len(self.users))
        if offer != NO_OFFER:
            self.given[offer] += 1
            self.given_to[user, offer] += 1
        if record["session"]:
            self.by_session[user, record["session"]] = self.n_decisions
        if record["key"]:
            self.by_key[record["key"]] = self.n_decisions
        self.times.append(record["at"])
        self.n_decisions += 1

    def _rewarded(self, record: Mapping[str, Any]) -> None:
        if self.version >= self.learned:
            self._learn(record)
        self.rewards[number_of(record["decision"])] = record["value"]
        self.version += 1

    def _learn(self, record: Mapping[str, Any]) -> None:
        row = self.campaign.rows[record["offer"]]
        self.policy.learn(
            Seen(
                user=np.array([self.users[record["user"]]]),
                context=self.campaign.context_row(record["context"]),
                action=np.array([row]),
                features=self.campaign.arm_features[[row]],
                reward=np.array([self.campaign.earned(record["offer"], record["value"])]),
            )
        )
        if (self.version + 1) % self.campaign.policy.refit_every == 0:
            self.policy.refit()


def decision_id(stream: str, number: int) -> str:
    """The id of a decision: it leads to its campaign's stream and to its number there."""
    return f"{stream}-{number}"


def stream_of(identity: str) -> str:
    """The stream of a decision's campaign; empty if this is no decision's id."""
    stream, _, number = identity.rpartition("-")
    return stream if number.isascii() and number.isdigit() and len(number) < 16 else ""


def number_of(identity: str) -> int:
    """A decision's number in its stream."""
    return int(identity.rpartition("-")[2])
