"""What an offer campaign is, as callers write it, and how a policy sees its offers."""

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any, Literal, Self

import numpy as np
from msgspec import Meta, field, structs
from numpy.typing import NDArray

from presage.errors import InvalidInputException
from presage.recipes import BANDITS
from presage.recipes.bandits.data import UNKNOWN, Rounds, Seen
from presage.recipes.bandits.policy import Policy, begin
from presage.recipes.settings import parse_settings

from .hashing import OFFER_POLICIES, Hashing
from .written import Written

NO_OFFER = "no-offer"
"""How the arm without an offer is called in candidates and reports; no offer can have this id."""
Name = Annotated[str, Meta(pattern=r"^[a-zA-Z0-9][a-zA-Z0-9_\-]{0,62}$")]
Id = Annotated[str, Meta(min_length=1, max_length=256)]
Label = Annotated[str, Meta(max_length=256)]
Amount = Annotated[float, Meta(ge=0, le=1e9)]
MOST = 1e12
Number = Annotated[float, Meta(ge=-MOST, le=MOST)]
Instant = Annotated[datetime, Meta(tz=True, description="ISO 8601 with a time zone")]
RewardRange = tuple[Number, Number]
WaitSeconds = Annotated[float, Meta(gt=0, le=1e9)]
Objective = Literal["value", "profit"]
Cap = Annotated[int, Meta(ge=1, le=10**12)]


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


class Budget(Written, frozen=True):
    """What the offers of a campaign may cost together.

    Parameters
    ----------
    amount : the costs of all offers that are given never add up to more
    starts_at, until : offers that cost something are given from the first instant until before the second
    plan : how many decisions are expected in each of equally long parts of that time, in any unit
    expected_decisions : about how many are expected in all; None = it is learned from those that come
    """

    amount: Annotated[float, Meta(gt=0, le=1e12)]
    starts_at: Instant
    until: Instant
    plan: Annotated[list[Amount], Meta(min_length=1, max_length=1000)] = field(default_factory=lambda: [1.0])
    expected_decisions: Cap | None = None

    def is_running(self, at: float) -> bool:
        """Whether it can be spent at an instant, in seconds since 1970, UTC."""
        return self.starts_at.timestamp() <= at < self.until.timestamp()

    def planned_share(self, at: float) -> float:
        """The part of all decisions that the plan expects before an instant, in [0, 1]."""
        return float(np.interp(at, *self._planned))

    @cached_property
    def _planned(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(n_parts + 1,) twice: instants, and the part of all decisions before each."""
        planned = np.cumsum([0.0, *self.plan])
        instants = np.linspace(self.starts_at.timestamp(), self.until.timestamp(), len(planned))
        return instants, planned / planned[-1]


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
        """(n_arms, n_features): which arm, its price over the highest, which type if types differ.

        For policies by discount: whether it is an offer, which type if types differ, its discount.
        """
        types = sorted({offer.type for offer in self.offers})
        if getattr(BANDITS.get(self.policy.name), "by_discount", False):
            offers = [
                [1.0, *([float(offer.type == one) for one in types] * (len(types) > 1)), offer.discount]
                for offer in self.offers
            ]
            return np.array([*offers, np.zeros(len(offers[0]))])
        highest = max(offer.price for offer in self.offers) or 1.0
        more = np.zeros((len(self.arms), 1 + len(types) * (len(types) > 1)))
        for row, offer in enumerate(self.offers):
            more[row, 0] = offer.price / highest
            if len(types) > 1:
                more[row, 1 + types.index(offer.type)] = 1
        return np.hstack([np.eye(len(self.arms)), more])

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


def check_campaign(campaign: Campaign) -> None:
    """Raises InvalidInputException for what no campaign can be."""
    if bool(campaign.offers) == bool(campaign.hashing):
        raise InvalidInputException(
            "a campaign has either offers, or `hashing` where each call brings its actions along; give one"
        )
    if campaign.hashing:
        _check_hashing(campaign)
    for member, names in (
        ("offers", [offer.id for offer in campaign.offers]),
        ("features", [feature.name for feature in campaign.features]),
        ("policy and challengers", [campaign.policy.name, *(one.id for one in campaign.challengers)]),
    ):
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise InvalidInputException(f"{member} holds {twice!r} twice; each needs a name of its own")
    for offer in campaign.offers:
        _check_offer(offer)
    _check_live(campaign)
    if campaign.budget is not None:
        _check_budget(campaign.budget, campaign.offers)
    _check_range(campaign)
    for member, chosen in (("policy", campaign.policy), *((one.id, one) for one in campaign.challengers)):
        try:
            campaign.check_rewards(campaign.new_policy(chosen))
        except ValueError as error:
            raise InvalidInputException(f"{member}: {error}") from None


def _check_range(campaign: Campaign) -> None:
    if campaign.reward_range is None:
        if campaign.challengers:
            raise InvalidInputException(
                "challengers are compared by what they earn of what can be earned: rewardRange must give the"
                " lowest and the highest value that count"
            )
    elif campaign.reward_range[0] >= campaign.reward_range[1]:
        low, high = campaign.reward_range
        raise InvalidInputException(
            f"rewardRange is from {low} to {high}; its end must be above its beginning"
        )
    elif campaign.earned_range[0] == campaign.earned_range[1]:
        raise InvalidInputException(
            "nothing that is decided can earn more or less; some margin must be above 0"
        )


def check_change(before: Campaign, after: Campaign) -> None:
    """Raises InvalidInputException for what a campaign cannot become."""
    kept = {offer.id for offer in after.offers}
    left_out = [offer.id for offer in before.offers if offer.id not in kept]
    if left_out:
        raise InvalidInputException(
            f"offers leaves out {left_out[0]!r}, of which the log tells; keep it, closed by `isOpen` false"
        )
    if before.label and before.reward_wait_seconds != after.reward_wait_seconds:
        raise InvalidInputException("rewardWaitSeconds follows from the label's window; leave it out")
    check_campaign(after)


def _check_hashing(campaign: Campaign) -> None:
    if campaign.features or campaign.feature_set or campaign.objective != "value":
        raise InvalidInputException(
            "with `hashing` calls give features of any shape, and rewards count as they are told; leave out"
            " features, featureSet, label and objective"
        )
    for chosen in (campaign.policy, *campaign.challengers):
        if chosen.name in OFFER_POLICIES:
            raise InvalidInputException(
                f"policy: {chosen.name} knows offers by name or discount; with `hashing` take one that"
                f" knows them by features: {', '.join(sorted(BANDITS.keys() - OFFER_POLICIES))}"
            )


def _check_live(campaign: Campaign) -> None:
    live = [feature.name for feature in campaign.features if feature.live]
    if (live or campaign.label) and not campaign.feature_set:
        reader = "label" if campaign.label else f"the feature {live[0]!r}"
        raise InvalidInputException(f"{reader} needs a `featureSet` that it is read of")
    if campaign.feature_set and not (live or campaign.label):
        raise InvalidInputException(
            "featureSet is given, but nothing is read of it: give features their `live`, or a `label`"
        )


def _check_offer(offer: Offer) -> None:
    if offer.id == NO_OFFER:
        raise InvalidInputException(
            f"an offer has the id {NO_OFFER!r}, which stands for giving none; choose another"
        )
    if offer.valid_from and offer.valid_until and offer.valid_from >= offer.valid_until:
        raise InvalidInputException(
            f"the offer {offer.id!r} is valid until {offer.valid_until.isoformat()}, which must be later than"
            f" validFrom, {offer.valid_from.isoformat()}"
        )


def _check_budget(budget: Budget, offers: list[Offer]) -> None:
    if budget.starts_at >= budget.until:
        raise InvalidInputException(
            f"the budget ends at {budget.until.isoformat()}, which must be later than startsAt,"
            f" {budget.starts_at.isoformat()}"
        )
    if not sum(budget.plan):
        raise InvalidInputException(
            "the plan of the budget expects no decision at all; one of its numbers must be above 0"
        )
    if not any(offer.cost for offer in offers):
        raise InvalidInputException(
            "no offer has a cost, so that nothing could be spent of the budget; give offers their cost"
        )


Decision = dict[str, Any]
"""A decision as the log holds it; `choosing.decide` says what stands in it."""
