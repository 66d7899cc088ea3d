"""Policies that learn from the same log, and take over once they are shown to be better: `Contest`.

A challenger says how likely it would have chosen what was chosen when the reward comes, before it learns it.
So it is judged on decisions that it has not learned from, and no answer waits for it.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from presage.metrics.advantage import Evidence, advantages
from presage.recipes import load_policy
from presage.recipes.bandits.data import Seen
from presage.recipes.bandits.policy import Policy

from .campaign import Campaign
from .refitting import Refit

RISK = 0.05
"""How likely a campaign ever lets a worse policy take over, at most."""

NUMBERS = ("n_restarts", "since", "counted")
JUDGED_BY = ("candidates", "propensities", "expected", "actions", "charges", "assignment")
"""What a reward's record holds of its decision where there are challengers."""


@dataclass(kw_only=True)
class Challenger:
    """A policy that could decide instead.

    Parameters
    ----------
    refit_every : after so many rewards a refit is due, if none is under way
    evidence : of how much more it earns than the policy that decides, in units of the range of rewards
    refit : the one that is under way; the policy goes on without it
    """

    id: str
    policy: Policy
    refit_every: int
    evidence: Evidence = field(default_factory=Evidence)
    refit: Refit | None = None

    def learn(self, seen: Seen, n_rewards: int) -> None:
        """Take in a reward, the `n_rewards`th. Raises ValueError if it does not fit the policy."""
        self.policy.learn(seen)
        if self.refit is not None:
            self.refit.since.append(seen)
        self.count(n_rewards)

    def count(self, n_rewards: int) -> None:
        """Begin a refit if it is due with the `n_rewards`th reward, and none is under way."""
        if self.refit is None and n_rewards % self.refit_every == 0:
            self.refit = Refit.of(self.policy, n_rewards)

    def take_refit(self) -> None:
        """Go on with the refitted policy, if a refit is under way."""
        if self.refit is not None:
            self.policy, self.refit = self.refit.result(), None


@dataclass(kw_only=True)
class Contest:
    """The policy that decides, those that challenge it, and what speaks for them.

    Parameters
    ----------
    deciding : the one that decides; it needs no evidence
    n_restarts : how often the evidence began from scratch: when a policy took over, or the campaign changed
    since : decisions before this number were made by an earlier policy: they say nothing of this one
    counted : decisions before this number have their share in the evidence, where rewards are waited for
    waiting : number of a decision -> its contribution for each challenger, until all before it are known
    skipped : decisions from `counted` on that need not have a reward
    """

    deciding: Challenger
    challengers: list[Challenger]
    n_restarts: int = 0
    since: int = 0
    counted: int = 0
    waiting: dict[int, list[float]] = field(default_factory=dict[int, list[float]])
    skipped: set[int] = field(default_factory=set[int])

    @classmethod
    def of(cls, campaign: Campaign) -> "Contest":
        """Before the first reward. Raises ValueError for an unknown recipe or setting."""
        own = campaign.policy
        first = Challenger(id=own.name, policy=campaign.new_policy(own), refit_every=own.refit_every)
        others = [
            Challenger(id=one.id, policy=campaign.new_policy(one), refit_every=one.refit_every)
            for one in campaign.challengers
        ]
        return cls(deciding=first, challengers=others)

    def of_changed(self, campaign: Campaign, n_decisions: int) -> "Contest":
        """Of the campaign as it is from the next decision on: new policies, and the same one decides.

        If it is gone, the campaign's own does.
        """
        fresh = replace(Contest.of(campaign), n_restarts=self.n_restarts)
        for place, one in enumerate(fresh.challengers):
            if one.id == self.deciding.id:
                fresh.deciding, fresh.challengers[place] = one, fresh.deciding
        fresh._restart(n_decisions)
        return fresh

    def take_policies(self, other: "Contest") -> None:
        """Go on with the policies of another contest of the same campaign."""
        policies = {one.id: one.policy for one in other.everyone}
        for one in self.everyone:
            one.policy = policies[one.id]

    @property
    def everyone(self) -> tuple[Challenger, ...]:
        """All that learn."""
        return self.deciding, *self.challengers

    @property
    def risk(self) -> float:
        """How likely one of the challengers may be taken for better until the next start, if it is not.

        What all starts to come may risk together adds up to `RISK`.
        """
        spent = (self.n_restarts + 1) * (self.n_restarts + 2)
        return RISK / spent / max(1, len(self.challengers))

    def learn(self, campaign: Campaign, record: Mapping[str, Any], seen: Seen, n_rewards: int) -> None:
        """Judge the challengers by a reward, and let every policy learn it.

        Parameters
        ----------
        record : of the reward, as the log holds it
        seen : the same, as policies learn it
        n_rewards : how many there are with this one
        """
        number = int(record["decision"].rpartition("-")[2])
        is_own = "assignment" not in record  # that is nobody's choice
        if self.challengers and number >= self.since and is_own:
            contributions = self._contributions(campaign, record, seen, number)
            self._count(number, contributions, in_order=campaign.reward_wait_seconds is not None)
        for one in self.everyone:
            one.learn(seen, n_rewards)

    def refitted(self) -> dict[str, Any] | None:
        """That a refit has come in, as the log holds it; None if none is computed."""
        for one in self.everyone:
            if one.refit is not None and one.refit.is_computed:
                return {"kind": "refit", "policy": one.id, "version": one.refit.version}
        return None

    def take_refit(self, identity: str) -> None:
        """Let a policy go on as refitted."""
        for one in self.everyone:
            if one.id == identity:
                one.take_refit()

    def do_not_wait_for(self, number: int) -> None:
        """Let a decision count whenever its reward comes: it may never have one."""
        if self.challengers and number >= self.counted:
            self.skipped.add(number)

    def winner(self) -> Challenger | None:
        """The challenger that is shown to be better; of several the one that seems best."""
        better = [one for one in self.challengers if one.evidence.is_above(self.risk)]
        return max(better, key=lambda one: one.evidence.mean, default=None)

    def promotion(
        self, campaign: Campaign, at: float, n_rewards: int, n_decisions: int
    ) -> dict[str, Any] | None:
        """That a challenger takes over, as the log holds it; None if none is shown to be better.

        Parameters
        ----------
        at : of the reward that shows it, seconds since 1970, UTC
        """
        one = self.winner()
        return one and {
            "kind": "promotion",
            "policy": one.id,
            "instead": self.deciding.id,
            "at": at,
            "version": n_rewards,
            "from": n_decisions,
            **self._standing(campaign, one),
        }

    def standings(self, campaign: Campaign) -> dict[str, Any]:
        """Who decides, and what speaks for each of the others."""
        found = {one.id: self._standing(campaign, one) for one in self.challengers}
        return {"deciding": self.deciding.id, "challengers": found}

    def _standing(self, campaign: Campaign, one: Challenger) -> dict[str, float]:
        """What speaks for a challenger, per decision, in the unit of the objective."""
        low, high = campaign.earned_range
        difference, least = one.evidence.mean * (high - low), one.evidence.low(self.risk) * (high - low)
        return {"judged": one.evidence.n, "difference": difference, "low": least, "risk": self.risk}

    def promote(self, identity: str, n_decisions: int) -> None:
        """Let a challenger decide from the next decision on; the one before challenges it, all from scratch.

        Raises ValueError if there is no such challenger.
        """
        place = [one.id for one in self.challengers].index(identity)
        self.deciding, self.challengers[place] = self.challengers[place], self.deciding
        self._restart(n_decisions)

    def _restart(self, n_decisions: int) -> None:
        for one in self.everyone:
            one.evidence = Evidence()
        self.n_restarts += 1
        self.since = self.counted = n_decisions
        self.waiting.clear()
        self.skipped.clear()

    def state(self) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """All that is needed to go on elsewhere: arrays, and a mapping for JSON."""
        contributions = np.array(list(self.waiting.values()), float)
        found: dict[str, NDArray[Any]] = {
            "waiting": np.array(list(self.waiting), np.int64),
            "contributions": contributions.reshape(len(self.waiting), len(self.challengers)),
        }
        told: list[dict[str, Any]] = []
        for place, one in enumerate(self.everyone):
            arrays, meta = one.policy.state()
            found |= {f"{place}:{name}": array for name, array in arrays.items()}
            more = {"refit_every": one.refit_every, "evidence": asdict(one.evidence)}
            told.append({"id": one.id, "policy": meta, **more})
        return found, {"policies": told, **{name: getattr(self, name) for name in NUMBERS}}

    @classmethod
    def restored(cls, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> "Contest":
        """The contest that `state` described. Raises KeyError, ValueError if it was none."""
        everyone: list[Challenger] = []
        for place, one in enumerate(meta["policies"]):
            head = f"{place}:"
            own = {name.removeprefix(head): array for name, array in arrays.items() if name.startswith(head)}
            everyone.append(
                Challenger(
                    id=one["id"],
                    policy=load_policy(own, one["policy"]),
                    refit_every=one["refit_every"],
                    evidence=Evidence(**one["evidence"]),
                )
            )
        waiting = zip(arrays["waiting"].tolist(), arrays["contributions"].tolist(), strict=True)
        numbers = {name: meta[name] for name in NUMBERS}
        return cls(deciding=everyone[0], challengers=everyone[1:], waiting=dict(waiting), **numbers)

    def _contributions(
        self, campaign: Campaign, record: Mapping[str, Any], seen: Seen, number: int
    ) -> list[float]:
        """What a reward says of each challenger."""
        candidates = record["candidates"]
        rounds = campaign.rounds(int(seen.user[0]), record["context"], candidates, record.get("actions", []))
        low, high = campaign.earned_range
        told = (
            np.array([record["propensities"]]),
            (np.array([record["expected"]]) - low) / (high - low),
            np.array([candidates.index(record["offer"])]),
            (seen.reward - low) / (high - low),
        )
        charge = np.array(record["charges"]) if "charges" in record else None
        contributions: list[float] = []
        for place, one in enumerate(self.challengers, start=1):
            rng = np.random.default_rng([campaign.seed or 0, number, place])
            chance = one.policy.probabilities(rounds, rng, charge)
            contributions.append(float(advantages(chance, *told)[0]))
        return contributions

    def pass_over(self, campaign: Campaign, number: int, n_rewards: int) -> None:
        """Take in that there is a reward of which nothing is known any more.

        Parameters
        ----------
        number : of its decision
        n_rewards : how many there are with this one
        """
        if campaign.reward_wait_seconds is not None:
            self.do_not_wait_for(number)
            self._add_waiting()
        for one in self.everyone:
            one.count(n_rewards)

    def _count(self, number: int, contributions: list[float], *, in_order: bool) -> None:
        """Add to the evidence; in the order of the decisions where all rewards come in the end.

        Rewards that come early are not like those that come late.
        """
        if not in_order or number < self.counted or number in self.skipped:
            self._add(contributions)
            return
        self.waiting[number] = contributions
        self._add_waiting()

    def _add_waiting(self) -> None:
        """Add what all before it is known of."""
        while self.counted in self.waiting or self.counted in self.skipped:
            if self.counted in self.waiting:
                self._add(self.waiting.pop(self.counted))
            self.skipped.discard(self.counted)
            self.counted += 1

    def _add(self, contributions: list[float]) -> None:
        for one, contribution in zip(self.challengers, contributions, strict=True):
            one.evidence.add(contribution)
