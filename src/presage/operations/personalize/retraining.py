"""Recommenders are trained again by themselves, while they answer and new interactions come in."""

import structlog

from presage.columns import INTERACTIONS
from presage.errors import ServiceError
from presage.recipes.use_cases import USE_CASES
from presage.resources.record import Record
from presage.resources.states import Motion, State

from ..server import Server
from .auto_training import LOOKS_PER_SCHEDULE, has_news
from .catalogue import recipe_of
from .recommenders import train_again

log = structlog.get_logger()


def look_at(server: Server, recommender: Record) -> None:
    """Train a recommender anew whose turn has come, or say when to look again."""
    if _is_ready(server, recommender) and _train(server, recommender):
        return
    wait = USE_CASES[recipe_of(recommender)].retrained_after_seconds / LOOKS_PER_SCHEDULE
    with server.records.writing() as records:
        records.look_again(recommender.arn, server.clock() + wait)


def _is_ready(server: Server, recommender: Record) -> bool:
    if recommender.state != State.ACTIVE or recommender.motion != Motion.NONE:
        return False
    place = recommender["_data"][INTERACTIONS]["seq"]
    return has_news(server, recommender["datasetGroupArn"], recommender["_begun_at"], place)


def _train(server: Server, recommender: Record) -> bool:
    """Queue a training; False when something else has just begun."""
    try:
        train_again(server, recommender, recommender["recommenderConfig"])
    except ServiceError as error:
        log.warning("automatic training not started", recommender=recommender.arn, reason=str(error))
        return False
    return True
