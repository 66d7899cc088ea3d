"""What no campaign can be, and what none can become."""

from presage.errors import InvalidInputException
from presage.recipes import BANDITS

from .budget import Budget
from .campaign import NO_OFFER, Campaign, Offer
from .hashing import OFFER_POLICIES


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
