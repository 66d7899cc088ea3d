"""Recommendations through an experiment: its ARN stands where a campaign's does."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

from presage.errors import InvalidInputException
from presage.experiments.interleaving import team_draft
from presage.experiments.units import exposure, mixed_exposure
from presage.serving.deployment import short_name

from ..experiments.running import Running, expose_once, log, running
from ..kinds import Kind
from ..server import Server
from ..views import Request
from . import campaigns, recommenders
from .answering import Answered, remember

Ask = Callable[[Server, Request, Kind, str], Awaitable[Answered]]
Items = list[dict[str, Any]]


async def through_experiment(server: Server, request: Request, arn: str, ask: Ask) -> tuple[Items, str]:
    """What the user's arm answers, or all arms together, and the id of the answer; exposures are on disk.

    Parameters
    ----------
    ask : what answers such a request for a campaign or recommender
    """
    run = running(server, arn)
    if run.experiment.is_of_offers:
        raise InvalidInputException(
            f"{arn} compares offer campaigns; ask GetActionRecommendations, or POST"
            f" /decisions/experiments/{run.experiment.name}/decide."
        )
    if not request.get("userId"):
        raise InvalidInputException("userId is missing; an experiment gives each user an arm.")
    return await (_mixed if run.is_mixing else _split)(server, request, run, ask)


async def _split(server: Server, request: Request, run: Running, ask: Ask) -> tuple[Items, str]:
    user: str = request["userId"]
    arm = run.arm_of(user)
    found = await _ask_arm(server, request, run, arm, ask)
    id_ = run.answer_id(found.deployment.short_name, arm)
    if run.answering is None:
        at = server.clock()
        await expose_once(server, run, exposure(user=user, arm=arm, sizes=run.sizes, at=at, answer=id_))
    server.answers[found.deployment.campaign.name] += 1
    remember(server, found.scored, id_)
    return found.items, id_


async def _mixed(server: Server, request: Request, run: Running, ask: Ask) -> tuple[Items, str]:
    arms = range(len(run.experiment.arms))
    found = await asyncio.gather(*(_ask_arm(server, request, run, arm, ask) for arm in arms))
    rankings = [[item for item, _ in one.scored] for one in found]
    drafted = team_draft(rankings, max(map(len, rankings)), random.shuffle)
    shown = [{one["itemId"]: one for one in answer.items} for answer in found]
    id_ = run.answer_id(short_name(run.arn, ""), None)
    at = server.clock()
    await log(server, run, [mixed_exposure(user=request["userId"], drafted=drafted, at=at, answer=id_)])
    remember(server, drafted, id_)
    return [shown[arm][item] for item, arm in drafted], id_


async def _ask_arm(server: Server, request: Request, run: Running, arm: int, ask: Ask) -> Answered:
    target = run.targets[arm]
    if not target:
        said = run.experiment.arms[arm]
        raise InvalidInputException(
            f"no ACTIVE campaign deploys {said.target} any more, the target of the arm {said.name!r}."
        )
    kind = recommenders.KIND if ":recommender/" in target else campaigns.KIND
    return await ask(server, request, kind, target)
