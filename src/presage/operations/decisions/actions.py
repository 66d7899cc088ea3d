"""The next-best-action calls as a second door to offer campaigns: an offer is an action.

A campaign has an ARN that GetActionRecommendations takes as `campaignArn`, and PutActionInteractions as
`trackingId`. A call decides, as `decide` does; the id of its answer is that of the decision.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from presage.columns import NOT_TAKEN, TAKEN
from presage.decisions.campaign import NO_OFFER
from presage.decisions.decider import Decider
from presage.decisions.questions import Recall, Reward
from presage.decisions.state import stream_of
from presage.decisions.written import Number
from presage.errors import InvalidInputException, ResourceAlreadyExistsException, shown
from presage.wire.calls import Exact

from ..server import Server
from .campaigns import actions_arn, decider_of_stream
from .deciding import Decide, answer_of, ask


class Properties(Struct, frozen=True):
    """What an interaction's properties may say of its worth; other members are not read here."""

    value: Number | None = None


def is_offers(server: Server, name: str) -> bool:
    """Whether an ARN or a tracking id is that of offer campaigns."""
    return name.startswith(actions_arn(server, ""))


async def recommend_offer(server: Server, request: Mapping[str, Any]) -> dict[str, Any]:
    """GetActionRecommendations: the offer that is decided for the user, or none.

    Its score is the probability with which it was drawn.
    """
    if "filterArn" in request:
        raise InvalidInputException(
            "filterArn does not go with the ARN of an offer campaign; caps and validity close its offers"
        )
    if not request.get("numResults", 1):
        raise InvalidInputException("numResults is 0; an offer campaign decides one offer: ask for 1 or more")
    if not request.get("userId"):
        raise InvalidInputException("userId is missing; an offer is decided for a user.")
    name = request["campaignArn"].removeprefix(actions_arn(server, ""))
    made = (await answer_of(server, name, Decide(user=request["userId"]))).record
    actions = [{"actionId": made["offer"], "score": made["probability"]}]
    return Exact(
        actionList=[] if made["offer"] == NO_OFFER else actions,
        recommendationId=made["id"],
    )


async def reward_actions(server: Server, interactions: list[dict[str, Any]]) -> None:
    """PutActionInteractions: what became of offers, each named by the recommendationId of its decision.

    Raises InvalidInputException, ResourceNotFoundException; then none of them is told, unless two contradict
    each other.
    """
    rewards = [await _reward(server, told) for told in interactions]
    for decider, reward in rewards:
        if reward is not None:
            try:
                await ask(server, decider, reward)
            except ResourceAlreadyExistsException as error:  # a code that the call does not know
                raise InvalidInputException(error.message) from None


async def _reward(server: Server, told: Mapping[str, Any]) -> tuple[Decider, Reward | None]:
    """Who learns from an interaction, and what; None = it says nothing of what its offer earned."""
    identity = told.get("recommendationId", "")
    decider = decider_of_stream(server, stream_of(identity), identity)
    made = (await ask(server, decider, Recall(decision=identity))).record
    if told["actionId"] != made["offer"]:
        raise InvalidInputException(
            f"the actionId {shown(told['actionId'])} is not what {identity} decided, {made['offer']!r}"
        )
    value = _value(decider, told)
    at = float(told["timestamp"])
    return decider, None if value is None else Reward(decision=identity, value=value, at=at)


def _value(decider: Decider, told: Mapping[str, Any]) -> float | None:
    """What an interaction says that its offer earned; None = nothing yet."""
    values = {TAKEN: _taken(decider, told), NOT_TAKEN: 0.0}
    return values.get(told["eventType"])


def _taken(decider: Decider, told: Mapping[str, Any]) -> float:
    """What is in `value` of the properties; else the offer's price; 1 if it has none."""
    try:
        said = msgspec.json.decode(told.get("properties", "{}"), type=Properties).value
    except msgspec.DecodeError as error:
        raise InvalidInputException(f"properties cannot be read: {error}") from None
    if said is not None:
        return said
    return decider.campaign.offers[decider.campaign.rows[told["actionId"]]].price or 1.0
