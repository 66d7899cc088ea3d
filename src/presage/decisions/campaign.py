"""What an offer campaign is, as callers write it, and how a policy sees its offers."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Annotated, Any, Literal, Self

import numpy as np
from msgspec import Meta, field, structs
from numpy.typing import NDArray

from presage.recipes import BANDITS
from presage.recipes.bandits.data import UNKNOWN, Rounds, Seen
from presage.recipes.bandits.policy import Policy, begin
from presage.recipes.settings import parse_settings

from .budget import Budget
from .hashing import Hashing
from .written import MOST, Amount, Cap, Id, Instant, Label, Name, Number, Written

NO_OFFER = "no-offer"
"""How the arm without an offer is called in candidates and reports; no offer can have this id."""
RewardRange = tuple[Number, Number]
WaitSeconds = Annotated[float, Meta(gt=0, le=1e9)]
Objective = Literal["value", "profit"]


class Offer(Written, frozen=True):
    """An offer.

    Parameters
    ----------
    price : what the user pays; policies that know actions by features read it
    discount : the part of the price that is given away; the policy `presage-uplift` reads it
    cost : what giving the offer costs whatever comes of it, in the unit of rewards
    margin : the part of a reward that is kept when this offer was given
    valid_from, valid_until : it is open from the first instant until before the second
    per_user_cap, total_cap : so often it is given to one user, and to all together, at most
    is_open : whether it can be given at all; an offer that nobody shall have any more is not taken away
    """

    id: Id
    type: Label = ""
    price: Amount = 0.0
    discount: Annotated[float, Meta(ge=0, le=1)] = 0.0
    cost: Amount = 0.0
    margin: Annotated[float, Meta(ge=0, le=1)] = 1.0
    valid_from: Instant | None = None
    valid_until: Instant | None = None
    per_user_cap: Cap | None = None
    total_cap: Cap | None = None
    is_open: bool = True


class Feature(Written, frozen=True):
    """A number of the user or of the moment; the policy reads it divided by `scale`.

    Parameters
    ----------
    live : where it stands in what the campaign's feature set knows of the user, such as
        `records.session.games_played` or `features.prev_week.purchases_amount`; empty = each call gives it
    equals : of a text: the number is 1 where it is this one, else 0; None = it is a number or a truth value
    default : where nothing is known yet
    """

    name: Id
    scale: Annotated[float, Meta(gt=0, le=1e12)] = 1.0
    live: Label = ""
    equals: Label | None = None
    default: Number = 0.0

    def read(self, known: Mapping[str, Any]) -> float:
        """The number in what is known of a user; `default` where it tells none."""
        part, _, path = self.live.partition(".")
        held: Mapping[str, Any] = known.get(part) or {}
        if part == "records":
            group, _, path = path.partition(".")
            held = held.get(group) or {}
        value = held.get(path)
        if self.equals is not None:
            return self.default if value is None else float(value == self.equals)
        return min(max(float(value), -MOST), MOST) if isinstance(value, int | float) else self.default


class PolicyChoice(Written, frozen=True):
    """A bandit recipe, its settings (exploration among them), and after how many rewards it is refitted."""

    name: str = "presage-linear-thompson"
    settings: dict[str, bool | int | float | str] = field(default_factory=dict)
    refit_every: Annotated[int, Meta(ge=1)] = 1000


USUAL = PolicyChoice()
"""What stands where no policy is named."""


class Challenger(PolicyChoice, frozen=True, kw_only=True):
    """A policy that learns from the same log, and decides once it is shown to be better."""

    id: Name


class Campaign(Written, frozen=True):
    """An offer campaign.

    Parameters
    ----------
    offers : what is chosen from
    hashing : instead of offers and features: each call brings actions along, and features of any shape
    features : the numbers that the policy reads, in this order
    feature_set : of which live features are read, by user; empty = there are none
    label : the field of a window after an anchor, such as `next_week.purchases_amount`, whose value for the
        decision's instant becomes its reward once the window has ended; empty = rewards are told
    no_offer : whether giving nothing is an arm of its own; without it nothing is given where no offer is open
    objective : what is learned: the reward's value as it is told, or what is left of it, margin times value
        less cost
    budget : what offers may cost together; None = any sum
    challengers : policies that may take over; they need `reward_range`
    reward_range : the lowest and the highest value that count; one beyond counts as the nearer end
    reward_wait_seconds : a decision without a reward for so long earned `default_reward`; None = it stays
        pending
    seed : of all that is drawn; None = the server draws one
    """

    name: Name
    offers: Annotated[list[Offer], Meta(max_length=50)] = field(default_factory=list)
    hashing: Hashing | None = None
    features: Annotated[list[Feature], Meta(max_length=20)] = field(default_factory=list)
    feature_set: Label = ""
    label: Label = ""
    no_offer: bool = True
    objective: Objective = "value"
    policy: PolicyChoice = USUAL
    budget: Budget | None = None
    challengers: Annotated[list[Challenger], Meta(max_length=5)] = field(default_factory=list)
    reward_range: RewardRange | None = None
    reward_wait_seconds: WaitSeconds | None = None
    default_reward: Number = 0.0
    seed: Annotated[int, Meta(ge=0, lt=2**53)] | None = None

    @cached_property
    def arms(self) -> tuple[str, ...]:
        """The ids of the offers in their order, `NO_OFFER` last; an arm's place is its row for the policy.

        There are none where calls bring actions along.
        """
        return () if self.hashing else (*(offer.id for offer in self.offers), NO_OFFER)

    @cached_property
    def rows(self) -> dict[str, int]:
        """Id of an arm -> its row."""
        return {arm: row for row, arm in enumerate(self.arms)}

    @cached_property
    def arm_features(self) -> NDArray[np.float64]:
        """(n_arms, n_features): what the policy reads of each arm."""
        by_discount = getattr(BANDITS.get(self.policy.name), "by_discount", False)
        return self._arms_by_discount if by_discount else self._arms_by_price

    @property
    def _arms_by_price(self) -> NDArray[np.float64]:
        """Which arm, its price over the highest, which type if types differ."""
        highest = max(offer.price for offer in self.offers) or 1.0
        offers = [[offer.price / highest, *self._type_of(offer)] for offer in self.offers]
        return np.hstack([np.eye(len(self.arms)), np.array([*offers, np.zeros(len(offers[0]))])])

    @property
    def _arms_by_discount(self) -> NDArray[np.float64]:
        """Whether it is an offer, which type if types differ, its discount."""
        offers = [[1.0, *self._type_of(offer), offer.discount] for offer in self.offers]
        return np.array([*offers, np.zeros(len(offers[0]))])

    def _type_of(self, offer: Offer) -> list[float]:
        """A 1 among 0s for each type there is, in their order; nothing if all offers have the same."""
        types = sorted({one.type for one in self.offers})
        return [float(offer.type == one) for one in types] if len(types) > 1 else []

    def context_row(self, context: dict[str, float]) -> NDArray[np.float64]:
        """(1, n_context): the numbers of a call as the policy reads them."""
        return np.array([[context[one.name] / one.scale for one in self.features]])

    def seen(self, record: Mapping[str, Any], user: int) -> Seen:
        """What the policy learns from a reward, as the log holds it, of a user with a row."""
        if self.hashing:
            context = self.hashing.context_row(record["context"])
            action, features = 0, self.hashing.action_rows([record["action"]])
        else:
            context = self.context_row(record["context"])
            action = self.rows[record["offer"]]
            features = self.arm_features[[action]]
        return Seen(
            user=np.array([user]),
            context=context,
            action=np.array([action]),
            features=features,
            reward=np.array([self.earned(record["offer"], record["value"])]),
        )

    def rounds(self, user: int, context: Any, candidates: list[str], actions: list[dict[str, Any]]) -> Rounds:
        """A question as policies read it.

        Parameters
        ----------
        user : row
        actions : those that a call brought along, where calls do
        """
        if self.hashing:
            by_id = {one["id"]: one for one in actions}
            return Rounds(
                user=np.array([UNKNOWN]),
                context=self.hashing.context_row(context),
                action=np.arange(len(candidates)),
                features=self.hashing.action_rows([by_id[name] for name in candidates]),
            )
        rows = np.array([self.rows[arm] for arm in candidates])
        return Rounds(
            user=np.array([user]),
            context=self.context_row(context),
            action=rows,
            features=self.arm_features[rows],
        )

    def rounds_of_all_arms(self, users: Sequence[int], contexts: Sequence[dict[str, float]]) -> Rounds:
        """Questions of users with rows, a context each, as policies read them; every arm is a candidate."""
        return Rounds(
            user=np.array(users),
            context=np.concatenate([self.context_row(context) for context in contexts]),
            action=np.arange(len(self.arms)),
            features=self.arm_features,
        )

    def earned(self, arm: str, value: float) -> float:
        """What a reward counts for the objective."""
        if self.reward_range is not None:
            value = min(max(value, self.reward_range[0]), self.reward_range[1])
        if self.objective == "value" or arm == NO_OFFER:
            return value
        offer = self.offers[self.rows[arm]]
        return offer.margin * value - offer.cost

    @cached_property
    def earned_range(self) -> tuple[float, float]:
        """The least and the most that a decision can earn; needs `reward_range`."""
        arms = self.arms or (NO_OFFER,)
        ends = [self.earned(arm, end) for arm in arms for end in self.reward_range or ()]
        return min(ends), max(ends)

    def check_rewards(self, policy: Policy) -> None:
        """Raises ValueError if the policy could not learn a reward that is known to come, of some arm."""
        nothing = {feature.name: 0.0 for feature in self.features}
        waits = self.reward_wait_seconds is not None
        for value in (*([self.default_reward] if waits else []), *(self.reward_range or ())):
            for arm in self.arms or ("any",):
                record = {"offer": arm, "value": value, "context": nothing}
                policy.learn(self.seen(record | {"action": {"id": arm, "features": []}}, 0))

    def new_policy(self, chosen: PolicyChoice) -> Policy:
        """A policy before its first reward. Raises ValueError for an unknown recipe or setting."""
        if chosen.name not in BANDITS:
            known = ", ".join(sorted(BANDITS))
            raise ValueError(f"no policy is called {chosen.name!r}; this presage knows: {known}")
        texts = {name: str(value) for name, value in chosen.settings.items()}
        settings = parse_settings(BANDITS[chosen.name], texts, "algorithmHyperParameters")
        return begin(BANDITS, chosen.name, *self._widths, **settings)

    @property
    def _widths(self) -> tuple[int, int]:
        """How many numbers the policy reads of a context and of an action."""
        if self.hashing:
            return self.hashing.context_width, self.hashing.action_width
        return len(self.features), self.arm_features.shape[1]

    def completed(self) -> Self:
        """With what is usual where calls bring actions along: a wait of ten minutes, a fifth at random."""
        if not self.hashing:
            return self
        policy = _RANKING if self.policy is USUAL else self.policy
        wait = self.reward_wait_seconds or _RANKING_WAIT_SECONDS
        return structs.replace(self, policy=policy, reward_wait_seconds=wait)


_RANKING = PolicyChoice(name="presage-epsilon-greedy", settings={"epsilon": 0.2})
_RANKING_WAIT_SECONDS = 600.0
