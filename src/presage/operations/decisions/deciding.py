"""Decide and reward: both are on disk before they are answered."""

from typing import Annotated, Any

from msgspec import Meta, Struct, field

from presage.decisions.campaign import Campaign
from presage.decisions.decider import Decider
from presage.decisions.questions import Asked, Outcome, Question, Recall, Reward
from presage.decisions.state import stream_of
from presage.decisions.written import Id, Instant, Label, Number, Written
from presage.errors import InvalidInputException, ResourceNotFoundException
from presage.log import NoSuchStream

from ..server import Server
from .campaigns import decider_of, decider_of_stream


class Decide(Written, frozen=True):
    """Which offer a user should get now.

    Parameters
    ----------
    session : in one session of a user one decision is made; asked again, it is told again
    context : a number for each feature of the campaign that is not live; it may give others too
    idempotency_key : the same question with the same key is decided once
    """

    user: Id
    session: Label = ""
    context: dict[str, Number] = field(default_factory=dict)
    idempotency_key: Label = ""


class Given(Struct, frozen=True, kw_only=True):
    """The offer that a user gets."""

    id: str
    type: str
    price: float


class Reasons(Struct, frozen=True, kw_only=True, rename="camel"):
    """Why: what each candidate was expected to earn and how likely it was drawn, and why others were closed.

    Parameters
    ----------
    expected, probabilities : by candidate; `no-offer` stands for giving none
    charges : by candidate, what it was charged for its use of budget and caps; empty without a budget
    """

    expected: dict[str, float]
    charges: dict[str, float]
    probabilities: dict[str, float]
    closed: dict[str, str]
    policy: str
    policy_version: int


class Decided(Struct, frozen=True, kw_only=True, rename="camel"):
    """A decision.

    Parameters
    ----------
    offer : None = none is given
    probability : with which this was drawn
    is_new : whether this call made it; else it was made before, for this session or key
    """

    decision_id: str
    offer: Given | None
    probability: Annotated[float, Meta(gt=0, le=1)]
    is_new: bool
    reasons: Reasons


class Recalled(Decided, frozen=True, kw_only=True, rename="camel"):
    """A decision as it was logged.

    Parameters
    ----------
    at : seconds since 1970, UTC
    seed : of the generator from which it was drawn
    reward : None = it is pending
    """

    user: str
    session: str
    context: dict[str, float]
    at: float
    seed: list[int]
    reward: float | None


class PutReward(Written, frozen=True):
    """What a decision earned.

    Parameters
    ----------
    value : in the campaign's unit; 0 says that it earned nothing, which is not the same as saying nothing
    at : when; None = now
    """

    decision_id: Id
    value: Number
    at: Instant | None = None


class Rewarded(Struct, frozen=True, kw_only=True, rename="camel"):
    """A reward as it stands.

    Parameters
    ----------
    is_new : whether this call told it; else it was told before
    """

    decision_id: str
    value: float
    is_new: bool


async def decide(server: Server, name: str, asked: Decide) -> Decided:
    """Choose an offer, or none; logged with all that led to it before it is answered."""
    outcome = await answer_of(server, name, asked)
    return Decided(**_told(decider_of(server, name), outcome))


async def answer_of(server: Server, name: str, asked: Decide) -> Outcome:
    """What comes of asking a campaign; raises ResourceNotFoundException, InvalidInputException."""
    decider = decider_of(server, name)
    try:
        return await ask(server, decider, await _question(server, decider, asked))
    except ResourceNotFoundException:  # deleted elsewhere; perhaps another has its name now
        decider = decider_of(server, name)
        return await ask(server, decider, await _question(server, decider, asked))


async def _question(server: Server, decider: Decider, asked: Decide) -> Question:
    return Question(
        user=asked.user,
        session=asked.session,
        key=asked.idempotency_key,
        context=await context_of(server, decider.campaign, asked.user, asked.context),
        at=server.clock(),
    )


async def put_reward(server: Server, _name: str, asked: PutReward) -> Rewarded:
    """Say what a decision earned; the policy learns it at once. The same again is no error."""
    decider = decider_of_stream(server, stream_of(asked.decision_id), asked.decision_id)
    at = asked.at.timestamp() if asked.at else server.clock()
    reward = Reward(decision=asked.decision_id, value=asked.value, at=at)
    outcome = await ask(server, decider, reward)
    record = outcome.record
    return Rewarded(decision_id=record["decision"], value=record["value"], is_new=outcome.is_new)


async def describe_decision(server: Server, name: str, _nothing: None) -> Recalled:
    """A decision as it was logged, with all that led to it, and its reward."""
    decider = decider_of_stream(server, stream_of(name), name)
    outcome = await ask(server, decider, Recall(decision=name))
    more = {
        member: outcome.record[member] for member in ("user", "session", "context", "at", "seed", "reward")
    }
    return Recalled(**_told(decider, outcome), **more)


async def ask(server: Server, decider: Decider, asked: Asked) -> Outcome:
    """What comes of a question; raises ResourceNotFoundException if the campaign has been deleted."""
    try:
        return await server.handover.wait(decider.ask(asked))
    except NoSuchStream:
        server.offering.clear()
        name = decider.campaign.name
        raise ResourceNotFoundException(f"there is no campaign {name!r} any more") from None


async def context_of(
    server: Server, campaign: Campaign, user: str, given: dict[str, float]
) -> dict[str, float]:
    """A number for each feature, in the campaign's order: what the call gives, else what is live.

    Raises InvalidInputException for what is missing or unknown.
    """
    if campaign.hashing:
        raise InvalidInputException(
            f"calls bring actions along to the campaign {campaign.name!r}; ask it by"
            f" POST /loops/{campaign.name}/personalizer/v1.0/rank"
        )
    missing = [one.name for one in campaign.features if not one.live and one.name not in given]
    unknown = given.keys() - {one.name for one in campaign.features}
    if missing or unknown:
        wrong = f"holds {min(unknown)!r}, which is no feature" if unknown else f"lacks {missing[0]!r}"
        listed = ", ".join(one.name for one in campaign.features) or "none"
        raise InvalidInputException(f"context {wrong}; the features of this campaign are: {listed}")
    is_live = any(one.live and one.name not in given for one in campaign.features)
    known = await server.live.look_up(campaign.feature_set, user) if is_live else {}
    return {one.name: given[one.name] if one.name in given else one.read(known) for one in campaign.features}


def _told(decider: Decider, outcome: Outcome) -> dict[str, Any]:
    """The members of a decision's answer, by their names here."""
    record = outcome.record
    offer = next((one for one in decider.campaign.offers if one.id == record["offer"]), None)
    return {
        "decision_id": record["id"],
        "offer": Given(id=offer.id, type=offer.type, price=offer.price) if offer else None,
        "probability": record["probability"],
        "is_new": outcome.is_new,
        "reasons": Reasons(
            expected=dict(zip(record["candidates"], record["expected"], strict=True)),
            charges=dict(zip(record["candidates"], record.get("charges", ()), strict=False)),
            probabilities=dict(zip(record["candidates"], record["propensities"], strict=True)),
            closed=record["closed"],
            policy=record["policy"],
            policy_version=record["version"],
        ),
    }
