"""All rewards learned again beside the decisions, by the policies of a campaign as it will be."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import msgspec

from presage.jobs.helpers import in_a_process
from presage.recipes import load_policy
from presage.recipes.bandits.data import joined
from presage.recipes.data import State

from .campaign import Campaign
from .challengers import Contest

AT_ONCE = 10_000
"""Rewards that are learned together."""
MOST_HERE = 5_000
"""So many are learned sooner than a process begins."""
Told = tuple[Mapping[str, Any], int]
"""A reward as the log holds it, and the row of its user."""


@dataclass(kw_only=True)
class Relearning:
    """Policies that learn all rewards there are, until the log says that they decide.

    Parameters
    ----------
    campaign : as it will be
    version : so many rewards are learned together; each of those that have come `since` then by itself
    n_forgotten : how often users had been forgotten by then
    users : user -> row
    contest : the policies, once `compute` is through
    """

    campaign: Campaign
    version: int
    n_forgotten: int
    users: Mapping[str, int]
    since: list[Mapping[str, Any]] = field(default_factory=list[Mapping[str, Any]])
    contest: Contest | None = None

    def is_of(self, campaign: Campaign, version: int) -> bool:
        """Whether this is what a campaign's policies are after so many rewards."""
        return self.contest is not None and (campaign, version) == (self.campaign, self.version)

    def compute(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Learn, in any thread; where that takes long in a process of its own, so that no answer waits.

        Parameters
        ----------
        records : of the campaign's stream from its beginning

        Raises ValueError for a reward that a policy cannot learn.
        """
        told = rewards_told(records, self.users, self.version)
        contest = Contest.of(self.campaign)
        takes_long = any(getattr(one.policy.settings, "refits_long", False) for one in contest.everyone)
        if self.version < MOST_HERE and not takes_long:
            learn_all(contest, self.campaign, told, self.version)
        else:
            asked = (msgspec.to_builtins(self.campaign), list(told), self.version)
            states = in_a_process(_learned, asked)
            for one in contest.everyone:
                one.policy = load_policy(*states[one.id])
        self.contest = contest


def rewards_told(
    records: Iterable[Mapping[str, Any]], users: Mapping[str, int], version: int
) -> Iterator[Told]:
    """The first `version` rewards of a stream, but those of users who are forgotten."""
    rewards = islice((one for one in records if one["kind"] == "reward"), version)
    return ((one, users[one["user"]]) for one in rewards if not one.get("forgotten"))


def learn_all(contest: Contest, campaign: Campaign, told: Iterator[Told], version: int) -> None:
    """Let new policies learn rewards together, and think them over where a refit would have been due.

    Parameters
    ----------
    version : how many rewards there were, with those that are forgotten
    """
    while some := list(islice(told, AT_ONCE)):
        seen = joined([campaign.seen(one, user) for one, user in some])
        for one in contest.everyone:
            one.policy.learn(seen)
    for one in contest.everyone:
        if version >= one.refit_every:
            one.policy.refit()


def _learned(asked: tuple[dict[str, Any], list[Told], int]) -> dict[str, State]:
    """The states of a campaign's policies that have learned rewards, by id."""
    members, told, version = asked
    campaign = msgspec.convert(members, Campaign)
    contest = Contest.of(campaign)
    learn_all(contest, campaign, iter(told), version)
    return {one.id: one.policy.state() for one in contest.everyone}
