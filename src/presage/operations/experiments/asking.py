"""Who gets which arm, decisions through an experiment, and what its answers came from."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from presage.decisions.written import Id, Written
from presage.errors import InvalidInputException, ResourceNotFoundException, shown
from presage.experiments.units import exposure

from ..decisions import deciding
from ..decisions.actions import recommend_offer
from ..decisions.campaigns import actions_arn
from ..server import Server
from .experiments import arn_of
from .running import Running, expose_once, giver, log, running


class Assign(Written, frozen=True):
    """Which arm a user gets.

    Parameters
    ----------
    is_exposed : whether the user meets the arm now, and so counts from now on
    """

    user: Id
    is_exposed: bool = True


class Assigned(Struct, frozen=True, kw_only=True, rename="camel"):
    """The arm of a user, and who answers for it."""

    user: str
    arm: str
    target: str


class DecidedInArm(deciding.Decided, frozen=True, kw_only=True, rename="camel"):
    """A decision of the offer campaign that is the user's arm."""

    arm: str


class Origin(Struct, frozen=True, kw_only=True, rename="camel"):
    """What gave a recommendation; an empty arm stands for all of them."""

    recommendation_id: str
    experiment: str
    arm: str


async def assign(server: Server, name: str, asked: Assign) -> Assigned:
    """Tell which arm a user gets; it is always the same one, as long as weights stay."""
    run = _running(server, name)
    if run.is_mixing:
        raise InvalidInputException(f"{name!r} interleaves: each user gets items of all arms, and no arm")
    arm = run.arm_of(asked.user)
    if asked.is_exposed and run.answering is None:
        at = server.clock()
        record = exposure(user=asked.user, arm=arm, sizes=run.sizes, at=at, answer="")
        await expose_once(server, run, record)
    return Assigned(user=asked.user, arm=run.experiment.arms[arm].name, target=run.targets[arm])


async def decide(server: Server, name: str, asked: deciding.Decide) -> DecidedInArm:
    """Let the offer campaign decide that is the user's arm; the exposure is logged before it is answered."""
    run = _running(server, name)
    if not run.experiment.is_of_offers:
        raise InvalidInputException(f"{name!r} compares no offers; ask GetRecommendations for {run.arn}")
    arm = run.arm_of(asked.user)
    decided = await deciding.decide(server, run.targets[arm], asked)
    await _expose_decided(server, run, asked.user, arm, decided.decision_id)
    members = {one: getattr(decided, one) for one in decided.__struct_fields__}
    return DecidedInArm(**members, arm=run.experiment.arms[arm].name)


async def recommend_offer_in(server: Server, request: Mapping[str, Any]) -> dict[str, Any]:
    """GetActionRecommendations of an experiment: what the offer campaign decides that is the user's arm."""
    run, user = running(server, request["campaignArn"]), request.get("userId", "")
    if not run.experiment.is_of_offers:
        raise InvalidInputException(f"{run.arn} compares no offers; ask GetRecommendations.")
    arm = run.arm_of(user)
    asked = {**request, "campaignArn": actions_arn(server, run.targets[arm])}
    found = await recommend_offer(server, asked)
    await _expose_decided(server, run, user, arm, found["recommendationId"])
    return found


async def _expose_decided(server: Server, run: Running, user: str, arm: int, decision: str) -> None:
    """Log that a user met an arm by a decision: each of them, as their rewards count."""
    if run.answering is None:
        at = server.clock()
        await log(server, run, [exposure(user=user, arm=arm, sizes=run.sizes, at=at, answer=decision)])


def describe_answer(server: Server, name: str, _asked: None) -> Origin:
    """The experiment and the arm that a recommendationId leads back to."""
    run = giver(server, name)
    if run is None:
        raise ResourceNotFoundException(f"no experiment gave the recommendationId {shown(name)}")
    return Origin(recommendation_id=name, experiment=run.experiment.name, arm=run.named_arm(name) or "")


def _running(server: Server, name: str) -> Running:
    return running(server, arn_of(server, name))
