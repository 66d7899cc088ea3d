"""All that a campaign knows: a fold of its stream in the event log."""

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from heapq import heappop, heappush, nsmallest
from itertools import islice
from typing import Any

import msgspec

from presage.recipes.bandits.policy import Policy

from .campaign import NO_OFFER, Campaign
from .challengers import Contest
from .planning import HOUR, is_due
from .prices import Prices
from .relearning import Relearning, learn_all, rewards_told


@dataclass(kw_only=True)
class State:
    """What follows from the records of a campaign, in their order.

    Parameters
    ----------
    contest : the policies; they have learned the first `version` rewards, and refits that the log holds
    learned : so many rewards they knew when this state was begun: these are not learned again
    followed : so many changes of the campaign they knew
    reread : gives the records of the stream from its beginning, as far as they are taken in or farther
    version : how many rewards there were
    n_changes : how often the campaign was changed
    relearning : under way beside, for a change to come
    n_forgotten, forgotten_at : how often users were forgotten, and when last
    n_unlearned : how many of these times the policies do not know any more what these had told
    n_decisions : they are numbered from 0 on
    users : user -> row
    given, given_to : how often each offer was given: to all, and to a user
    by_session : (user, session) -> the number of the decision that was made in it
    by_key : idempotency key -> the same
    rewards : number of a decision -> the value that was told of it
    deferred : numbers of decisions that are not activated yet; no default reward is due for them
    due : a heap of (when, number): decisions on disk that have the default reward then, if no other came
    prices : of what is scarce, and what has been spent
    by_hour : hours since 1970 -> decisions in them that were asked for one by one
    places : of the decisions in the log, as far as they are on disk; `note` adds to them
    """

    campaign: Campaign
    contest: Contest
    learned: int = 0
    followed: int = 0
    reread: Callable[[], Iterable[Mapping[str, Any]]] = tuple[Mapping[str, Any], ...]
    version: int = 0
    n_changes: int = 0
    relearning: Relearning | None = None
    n_forgotten: int = 0
    forgotten_at: float = 0.0
    n_unlearned: int = 0
    n_decisions: int = 0
    users: dict[str, int] = field(default_factory=dict[str, int])
    given: Counter[str] = field(default_factory=Counter[str])
    given_to: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    by_session: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    by_key: dict[str, int] = field(default_factory=dict[str, int])
    rewards: dict[int, float] = field(default_factory=dict[int, float])
    deferred: set[int] = field(default_factory=set[int])
    due: list[tuple[float, int]] = field(default_factory=list[tuple[float, int]])
    prices: Prices = field(init=False)
    by_hour: Counter[int] = field(default_factory=Counter[int])
    _assigned: Mapping[str, Any] | None = None
    places: "array[int]" = field(default_factory=lambda: array("q"))

    def __post_init__(self) -> None:
        self.prices = Prices(campaign=self.campaign)

    @property
    def policy(self) -> Policy:
        """The one that decides."""
        return self.contest.deciding.policy

    def apply(self, record: Mapping[str, Any]) -> None:
        """Take in the next record of the stream.

        Raises ValueError for a reward that the policy cannot learn; then nothing has changed.
        """
        match record["kind"]:
            case "decision":
                self._decided(record)
                self.prices.decided(record)
            case "assignment":
                self._assigned = record
            case "prices":
                self.prices.solved(record)
            case "plan":
                self.prices.planned(record)
            case "forgetting":
                self._forget(record)
            case "activation":
                self.deferred.discard(number_of(record["decision"]))
            case "campaign":
                self._changed(record)
            case "refit":
                if record["version"] > self.learned:  # else a policy that was read from disk had it
                    self.contest.take_refit(record["policy"])
            case "promotion":
                self._promoted(record)
            case _:
                self._rewarded(record)

    @property
    def assignment(self) -> Mapping[str, Any] | None:
        """The assignment that says what the next decision is, as the log holds it; None = there is none."""
        last = self._assigned
        return last if last and self.n_decisions < last["first"] + len(last["users"]) else None

    def is_plan_due(self, at: float) -> bool:
        """Whether the budget's plan should come from a forecast now."""
        return is_due(self.campaign.budget, at) and not self.prices.is_planned

    def promotion(self, at: float) -> dict[str, Any] | None:
        """The record that lets a challenger take over now; None if none is shown to be better."""
        return self.contest.promotion(self.campaign, at, self.version, self.n_decisions)

    def note(self, record: Mapping[str, Any], place: int) -> None:
        """Keep in mind where a record that was taken in stands in the log, and when a reward is due."""
        if record["kind"] == "decision":
            self.places.append(place)
            if not record.get("deferred"):
                self._wait_for(len(self.places) - 1, record["at"])
        elif record["kind"] == "activation":
            self._wait_for(number_of(record["decision"]), record["at"])

    def all_due(self, now: float, most: int) -> list[int]:
        """Numbers of decisions on disk that have waited so long, those that wait longest first."""
        self.next_due(now)
        some = nsmallest(most, self.due)
        return [number for at, number in some if at <= now and number not in self.rewards]

    def _wait_for(self, number: int, since: float) -> None:
        if self.campaign.reward_wait_seconds is not None:
            heappush(self.due, (since + self.campaign.reward_wait_seconds, number))

    def next_due(self, now: float) -> int | None:
        """The first decision on disk that has waited too long for a reward; None if there is none."""
        while self.due and self.due[0][1] in self.rewards:
            heappop(self.due)
        return self.due[0][1] if self.due and self.due[0][0] <= now else None

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
        if record.get("deferred"):
            self.deferred.add(self.n_decisions)
        if record.get("deferred") or "assignment" in record:
            self.contest.do_not_wait_for(self.n_decisions)
        if "assignment" not in record:
            self.by_hour[int(record["at"] // HOUR)] += 1
        self.n_decisions += 1

    def _rewarded(self, record: Mapping[str, Any]) -> None:
        if self.version >= self.learned:
            self._learn(self.contest, self.campaign, record, self.version + 1)
        number = number_of(record["decision"])
        if self.relearning is not None:
            self.relearning.since.append(record)
        self.rewards[number] = record["value"]
        self.deferred.discard(number)
        self.version += 1

    def _forget(self, record: Mapping[str, Any]) -> None:
        """Know users by their new names alone, and their decisions by no session or key."""
        name, numbers = dict[int, str](record["users"]), frozenset[int](record["decisions"])
        changed = {user: name[row] for user, row in self.users.items() if row in name}
        self.users = {changed.get(user, user): row for user, row in self.users.items()}
        self.given_to = Counter(
            {(changed.get(user, user), offer): n for (user, offer), n in self.given_to.items()}
        )
        self.by_session = {key: number for key, number in self.by_session.items() if number not in numbers}
        self.by_key = {key: number for key, number in self.by_key.items() if number not in numbers}
        self.prices.forget(numbers)
        self.relearning = None  # it knows them
        self.n_forgotten += 1
        self.forgotten_at = record["at"]

    def _changed(self, record: Mapping[str, Any]) -> None:
        campaign = msgspec.convert(record["campaign"], Campaign)
        if self.n_changes >= self.followed:
            self.contest = self._learned_again(campaign, record.get("learned", self.version))
        self.campaign = campaign
        self.prices = self.prices.changed(campaign, self.given)
        self.n_changes += 1
        self.n_unlearned = record.get("forgotten", 0)
        self.relearning = None

    def _learned_again(self, campaign: Campaign, version: int) -> Contest:
        """New policies that have learned all rewards, of arms as a campaign describes them now.

        Parameters
        ----------
        version : so many rewards they learned together; the others follow one by one
        """
        contest, beside = self.contest.of_changed(campaign, self.n_decisions), self.relearning
        if beside is not None and beside.contest is not None and beside.is_of(campaign, version):
            contest.take_policies(beside.contest)
            since = beside.since
        else:
            learn_all(contest, campaign, rewards_told(self.reread(), self.users, version), version)
            rewards = (one for one in self.reread() if one["kind"] == "reward")
            since = islice(rewards, version, self.version)
        for number, one in enumerate(since, start=version + 1):
            self._learn(contest, campaign, one, number)
        return contest

    def _learn(self, contest: Contest, campaign: Campaign, record: Mapping[str, Any], n_rewards: int) -> None:
        if record.get("forgotten"):
            contest.pass_over(campaign, number_of(record["decision"]), n_rewards)
        else:
            seen = campaign.seen(record, self.users[record["user"]])
            contest.learn(campaign, record, seen, n_rewards)

    def _promoted(self, record: Mapping[str, Any]) -> None:
        if record["version"] > self.learned:  # else a policy that was read from disk knows of it
            self.contest.promote(record["policy"], record["from"])


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
