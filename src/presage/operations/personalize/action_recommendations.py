"""The runtime call for actions: what would this user do next?"""

from presage.errors import InvalidInputException
from presage.serving.actions import recommend_actions
from presage.serving.question import Question
from presage.wire.calls import Exact

from ..decisions.actions import is_offers, recommend_offer
from ..experiments.asking import recommend_offer_in
from ..experiments.running import is_experiment
from ..server import Server
from ..views import Answer, Request
from . import campaigns
from .answering import answered, check_call, deployed
from .filtered import filter_of

DEFAULT_RESULTS = 5
MAX_RESULTS = 100


async def get_action_recommendations(server: Server, request: Request) -> Answer:
    """GetActionRecommendations: the actions that a user most probably takes."""
    if "campaignArn" not in request:
        raise InvalidInputException("campaignArn is missing; name a campaign that recommends actions.")
    if is_experiment(request["campaignArn"]):
        return await recommend_offer_in(server, request)
    if is_offers(server, request["campaignArn"]):
        return await recommend_offer(server, request)
    deployment = await deployed(server, campaigns.KIND, request["campaignArn"])
    check_call(deployment, "GetActionRecommendations")
    n_results = request.get("numResults", DEFAULT_RESULTS)
    if not 0 <= n_results <= MAX_RESULTS:
        raise InvalidInputException(f"numResults is {n_results}; it must be from 0 to {MAX_RESULTS}.")
    if not request.get("userId"):
        raise InvalidInputException(f"userId is missing; {deployment.recipe} recommends actions to a user.")
    question = Question(
        user_id=request["userId"], now=server.clock(), filter_=filter_of(server, deployment, request)
    )
    found = await recommend_actions(deployment, question, n_results)
    return Exact(
        actionList=[{"actionId": action_id, "score": score} for action_id, score in found],
        recommendationId=answered(server, deployment, found),
    )
