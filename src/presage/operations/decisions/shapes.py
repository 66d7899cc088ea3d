"""What callers write and read of offer campaigns."""

import msgspec
from msgspec import UNSET, Struct, UnsetType

from presage.decisions.budget import Budget
from presage.decisions.campaign import (
    Campaign,
    Challenger,
    Objective,
    Offer,
    PolicyChoice,
    RewardRange,
    WaitSeconds,
)
from presage.decisions.written import Number, Written

from .pages import Paged


class CreateCampaign(Campaign, frozen=True):
    """An offer campaign, and tags for it."""

    tags: dict[str, str] = msgspec.field(default_factory=dict)


class UpdateCampaign(Written, frozen=True):
    """What changes of an offer campaign; what is left out stays.

    Parameters
    ----------
    offers : all of them, those that stay too; an offer is closed by `isOpen` or `validUntil`, never left out
    """

    offers: list[Offer] | UnsetType = UNSET
    no_offer: bool | UnsetType = UNSET
    objective: Objective | UnsetType = UNSET
    policy: PolicyChoice | UnsetType = UNSET
    budget: Budget | UnsetType = UNSET
    challengers: list[Challenger] | UnsetType = UNSET
    reward_range: RewardRange | UnsetType = UNSET
    reward_wait_seconds: WaitSeconds | UnsetType = UNSET
    default_reward: Number | UnsetType = UNSET


class CampaignSummary(Struct, frozen=True, kw_only=True, rename="camel"):
    """A campaign in a list."""

    name: str
    campaign_arn: str
    status: str
    creation_date_time: float


class DescribedCampaign(CampaignSummary, frozen=True, kw_only=True, rename="camel"):
    """An offer campaign as it stands.

    Parameters
    ----------
    actions_arn : by which GetActionRecommendations and PutActionInteractions know it
    """

    campaign: Campaign
    actions_arn: str
    last_updated_date_time: float
    failure_reason: str
    tags: dict[str, str]


class ListedCampaigns(Paged, frozen=True, kw_only=True):
    """A page of the campaigns, newest first."""

    campaigns: list[CampaignSummary]
