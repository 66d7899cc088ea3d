"""Rank, Reward, Activate: what an event shows, what it earned, and that it was shown."""

from contextlib import suppress
from typing import Annotated, Any

from msgspec import Meta, Struct, field

from presage.decisions.decider import Decider
from presage.decisions.hashing import check_features
from presage.decisions.questions import Activate, Reward, ranking
from presage.decisions.written import Id
from presage.errors import InvalidInputException, ResourceAlreadyExistsException
from presage.ids import new_id

from ..decisions.campaigns import decider_of
from ..decisions.deciding import ask
from ..server import Server

MOST_ACTIONS = 50
Features = list[dict[str, Any]]


class RankableAction(Struct, frozen=True, kw_only=True):
    """An action that may be chosen."""

    id: Id
    features: Features


class Rank(Struct, frozen=True, kw_only=True, rename="camel"):
    """What is to be ranked.

    Parameters
    ----------
    event_id : None = it is given one
    defer_activation : the event counts only once it is activated, or rewarded
    """

    actions: Annotated[list[RankableAction], Meta(min_length=1, max_length=MOST_ACTIONS)]
    context_features: Features | None = None
    excluded_actions: list[str] | None = None
    event_id: Annotated[str, Meta(max_length=256)] | None = None
    defer_activation: bool | None = False


class RankedAction(Struct, frozen=True, kw_only=True):
    """An action in its place, and the probability with which it was drawn."""

    id: str
    probability: float


class Ranked(Struct, frozen=True, kw_only=True, rename="camel"):
    """What an event shows."""

    ranking: list[RankedAction]
    event_id: str
    reward_action_id: str


class PutReward(Struct, frozen=True, kw_only=True):
    """What an event earned."""

    value: Annotated[float, Meta(ge=-1, le=1)] = field()


async def rank(server: Server, loop: str, _event: str, asked: Rank) -> Ranked:
    """Choose one of the actions; logged with all that led to it before it is answered."""
    decider = _loop(server, loop)
    ids = [action.id for action in asked.actions]
    excluded = asked.excluded_actions or []
    _check_ids(ids, excluded)
    context = asked.context_features or []
    actions: list[dict[str, Any]] = [{"id": one.id, "features": one.features} for one in asked.actions]
    try:
        check_features(context, *(action["features"] for action in actions))
    except ValueError as error:
        raise InvalidInputException(str(error)) from None
    question = ranking(
        key=asked.event_id or new_id(),
        context=context,
        actions=actions,
        excluded=excluded,
        deferred=bool(asked.defer_activation),
        at=server.clock(),
    )
    made = (await ask(server, decider, question)).record
    chances = dict(zip(made["candidates"], made["propensities"], strict=True))
    order = _order(ids, made["offer"], chances)
    shown = [RankedAction(id=id_, probability=chances.get(id_, 0.0)) for id_ in order]
    return Ranked(ranking=shown, event_id=made["key"], reward_action_id=made["offer"])


async def reward(server: Server, loop: str, event: str, asked: PutReward) -> None:
    """Say what an event earned; it is learned at once. The first reward counts, later ones do not."""
    told = Reward(key=event, value=asked.value, at=server.clock())
    with suppress(ResourceAlreadyExistsException):
        await ask(server, _loop(server, loop), told)


async def activate(server: Server, loop: str, event: str, _nothing: None) -> None:
    """Say that a deferred event was shown: from now on its reward is waited for."""
    await ask(server, _loop(server, loop), Activate(key=event, at=server.clock()))


def _loop(server: Server, name: str) -> Decider:
    decider = decider_of(server, name)
    if decider.campaign.hashing is None:
        raise InvalidInputException(
            f"the campaign {name!r} has offers of its own; ask it by POST /decisions/campaigns/{name}/decide,"
            " or make one with `hashing`"
        )
    return decider


def _check_ids(ids: list[str], excluded: list[str]) -> None:
    twice = next((id_ for id_ in ids if ids.count(id_) > 1), None)
    if twice is not None:
        raise InvalidInputException(f"actions holds {twice!r} twice; each needs an id of its own")
    if not set(ids) - set(excluded):
        raise InvalidInputException("excludedActions holds every action; leave at least one to choose")


def _order(ids: list[str], chosen: str, chances: dict[str, float]) -> list[str]:
    """The chosen one first, then by probability; what was excluded keeps the place that it was given."""
    rest = sorted((id_ for id_ in ids if id_ in chances and id_ != chosen), key=lambda id_: -chances[id_])
    placed = iter([chosen, *rest])
    return [next(placed) if id_ in chances else id_ for id_ in ids]
