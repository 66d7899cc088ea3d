"""Rewards from labels: what the events of a window after a decision say that it earned."""

from dataclasses import replace

import structlog

from presage.decisions.campaign import Campaign
from presage.decisions.decider import Decider
from presage.decisions.questions import Due, Reward
from presage.decisions.written import MOST
from presage.errors import InvalidInputException, ResourceAlreadyExistsException

from .. import walks
from ..server import Server
from .campaigns import KIND, decider_of

log = structlog.get_logger("presage.decisions")


def settle_labels(server: Server) -> None:
    """Reward the decisions of all campaigns whose label windows have ended."""
    for record in server.records.of_kind(KIND.service, KIND.name):
        if record.get("label") and record.is_active:
            with walks.kept_apart("labels could not be told; it is tried again", record):
                settle(server, decider_of(server, record.name))


def settle(server: Server, decider: Decider) -> None:
    """Reward the decisions of a campaign whose wait is over: by the label, or as the campaign's default says.

    A label that the policy cannot learn counts as the default, too. Raises InvalidInputException if there is
    no such feature set any more.
    """
    campaign, now = decider.campaign, server.clock()
    if not campaign.label:
        decider.settle(now)
        return
    while due := decider.ask(Due(at=now)).result().record["due"]:
        told = [
            Reward(decision=decision, value=_value(server, campaign, user, at), at=now)
            for decision, (user, at) in due.items()
        ]
        for reward, answer in [(one, decider.ask(one)) for one in told]:
            try:
                answer.result()
            except ResourceAlreadyExistsException:
                pass  # another process was quicker
            except InvalidInputException as error:
                log.warning("a label cannot be learned", decision=reward.decision, error=error.message)
                decider.ask(replace(reward, value=campaign.default_reward)).result()


def _value(server: Server, campaign: Campaign, user: str, at: float) -> float:
    """What a decision for a user earned, which was made at an instant."""
    found = server.live.label(campaign.feature_set, campaign.label, user, at)
    return campaign.default_reward if found is None else min(max(found, -MOST), MOST)
