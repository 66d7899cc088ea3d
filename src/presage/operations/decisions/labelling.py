"""Rewards from labels: what the events of a window after a decision say that it earned."""

from contextlib import suppress

from presage.decisions.campaign import MOST
from presage.decisions.decider import Decider
from presage.decisions.questions import Due, Reward
from presage.errors import ResourceAlreadyExistsException

from .. import walks
from ..server import Server
from .campaigns import KIND, decider_of


def settle_labels(server: Server) -> None:
    """Reward the decisions of all campaigns whose label windows have ended."""
    for record in server.records.of_kind(KIND.service, KIND.name):
        if record.get("label") and record.is_active:
            with walks.kept_apart("labels could not be told; it is tried again", record):
                settle(server, decider_of(server, record.name))


def settle(server: Server, decider: Decider) -> None:
    """Reward the decisions of a campaign whose wait is over: by the label, or as the campaign's default says.

    Raises InvalidInputException if there is no such feature set any more, or the policy cannot learn a label.
    """
    campaign, now = decider.campaign, server.clock()
    if not campaign.label:
        decider.settle(now)
        return
    while due := decider.ask(Due(at=now)).result().record["due"]:
        for decision, (user, at) in due.items():
            found = server.live.label(campaign.feature_set, campaign.label, user, at)
            value = campaign.default_reward if found is None else min(max(found, -MOST), MOST)
            with suppress(ResourceAlreadyExistsException):  # another process was quicker
                decider.ask(Reward(decision=decision, value=value, at=now)).result()
