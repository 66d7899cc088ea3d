"""The runtime calls: what would this user like now?"""

from presage.errors import InvalidInputException
from presage.wire.calls import Exact

from ..experiments.running import is_experiment
from ..kinds import Kind
from ..server import Server
from ..views import Answer, Request
from . import campaigns, recommenders
from .answering import answered, ranked, recommended
from .experimenting import through_experiment


async def get_recommendations(server: Server, request: Request) -> Answer:
    """GetRecommendations: the best items for a user, or the relatives of an item."""
    kind, arn = asked_of(request)
    if is_experiment(arn):
        items, id_ = await through_experiment(server, request, arn, recommended)
        return Exact(itemList=items, recommendationId=id_)
    found = await recommended(server, request, kind, arn)
    return Exact(itemList=found.items, recommendationId=answered(server, found.deployment, found.scored))


async def get_personalized_ranking(server: Server, request: Request) -> Answer:
    """GetPersonalizedRanking: a given list in the order in which a user will want it."""
    arn: str = request["campaignArn"]
    if is_experiment(arn):
        items, id_ = await through_experiment(server, request, arn, ranked)
        return Exact(personalizedRanking=items, recommendationId=id_)
    found = await ranked(server, request, campaigns.KIND, arn)
    id_ = answered(server, found.deployment, found.scored)
    return Exact(personalizedRanking=found.items, recommendationId=id_)


def asked_of(request: Request) -> tuple[Kind, str]:
    """What a request asks; one of campaignArn and recommenderArn must be there."""
    kinds = (campaigns.KIND, recommenders.KIND)
    named = [(kind, request[kind.key]) for kind in kinds if kind.key in request]
    if len(named) != 1:
        raise InvalidInputException(
            f"{len(named)} of campaignArn and recommenderArn are given; give just one."
        )
    return named[0]
