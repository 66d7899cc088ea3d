"""Offers for many users at once: all together earn most, within caps and budget."""

from typing import Annotated

from msgspec import Meta, Struct, field

from presage.decisions.campaign import NO_OFFER
from presage.decisions.questions import Assign, Assigned, Question
from presage.decisions.written import Amount, Id, Number, Written

from ..server import Server
from .campaigns import decider_of
from .deciding import ask, context_of


class OneUser(Written, frozen=True):
    """A user to whom an offer is assigned; `context` holds a number for each feature of the campaign."""

    user: Id
    context: dict[str, Number] = field(default_factory=dict)


class AssignOffers(Written, frozen=True):
    """Which offer each of these users should get.

    Parameters
    ----------
    session : what this assignment is for, such as a week; a user who has a decision in it keeps that
    explore : the part of the users whose offers are dealt out among them anew, so that others can be judged
    budget : what these offers may cost at most; None = all that is left
    """

    session: Annotated[str, Meta(min_length=1, max_length=256)]
    users: Annotated[list[OneUser], Meta(min_length=1, max_length=10_000)]
    explore: Annotated[float, Meta(ge=0, le=1)] = 0.1
    budget: Amount | None = None


class AssignedOffer(Struct, frozen=True, kw_only=True, rename="camel"):
    """A user's decision.

    Parameters
    ----------
    offer : None = none is given
    is_new : whether this call made it; else it was made before in this session
    """

    user: str
    decision_id: str
    offer: str | None
    probability: float
    is_new: bool


class AssignedOffers(Struct, frozen=True, kw_only=True, rename="camel"):
    """A decision for each user, in the order of the call.

    Parameters
    ----------
    cost : of the offers that this call gave
    """

    cost: float
    decisions: list[AssignedOffer]


async def assign_offers(server: Server, name: str, asked: AssignOffers) -> AssignedOffers:
    """Give each of many users the offer that suits all best; logged before it is answered."""
    decider, at = decider_of(server, name), server.clock()
    questions = [
        Question(
            user=one.user,
            session=asked.session,
            key="",
            context=await context_of(server, decider.campaign, one.user, one.context),
            at=at,
        )
        for one in asked.users
    ]
    most = float("inf") if asked.budget is None else asked.budget
    assign = Assign(questions=questions, explore=asked.explore, most=most)
    found = await ask(server, decider, assign)
    assert isinstance(found, Assigned)
    cost = {offer.id: offer.cost for offer in decider.campaign.offers}
    return AssignedOffers(
        cost=sum(cost.get(one.record["offer"], 0.0) for one in found.decisions if one.is_new),
        decisions=[
            AssignedOffer(
                user=one.record["user"],
                decision_id=one.record["id"],
                offer=None if one.record["offer"] == NO_OFFER else one.record["offer"],
                probability=one.record["probability"],
                is_new=one.is_new,
            )
            for one in found.decisions
        ],
    )
