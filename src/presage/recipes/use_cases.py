"""The use cases of recommenders: which recipe learns from which events, what is asked, what is left out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SHOP, VIDEO = "ECOMMERCE", "VIDEO_ON_DEMAND"
VIEW, PURCHASE, WATCH = "View", "Purchase", "Watch"
SECONDS_PER_WEEK = 7 * 86_400.0


@dataclass(frozen=True, kw_only=True)
class UseCase:
    """What a recommender of a domain dataset group is for.

    Parameters
    ----------
    domain : of the dataset group
    recipe : the recipe that learns it
    settings : what the recipe's dataclass is made with; the rest keeps its defaults
    event_type : only events of this type, in any case, are learned; None = of all types
    asks_user, asks_item : whether a request must name a user, an item
    leaves_out : items with which the user had such an event are not shown; empty = all are
    needs_items : whether the group must have an Items dataset
    retrained_after_seconds : how often it is trained again, if there is something new
    """

    domain: str
    description: str
    recipe: str
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    event_type: str | None = None
    asks_user: bool = True
    asks_item: bool = False
    leaves_out: str = ""
    needs_items: bool = False
    retrained_after_seconds: float = SECONDS_PER_WEEK


POPULARITY, PERSONAL = "aws-popularity-count", "aws-user-personalization-v2"
RELATED, TOGETHER, TRENDING = "aws-similar-items", "aws-sims", "aws-trending-now"
USE_CASES: Mapping[str, UseCase] = {
    "aws-ecomm-customers-who-viewed-x-also-viewed": UseCase(
        domain=SHOP,
        description="Items that customers viewed who viewed a given one, less those that the user bought.",
        recipe=RELATED,
        event_type=VIEW,
        asks_item=True,
        leaves_out=PURCHASE,
    ),
    "aws-ecomm-frequently-bought-together": UseCase(
        domain=SHOP,
        description="Items that customers bought who bought a given one.",
        recipe=TOGETHER,
        event_type=PURCHASE,
        asks_user=False,
        asks_item=True,
    ),
    "aws-ecomm-popular-items-by-purchases": UseCase(
        domain=SHOP,
        description="Items that were bought most often.",
        recipe=POPULARITY,
        settings={"counts": "events"},
        event_type=PURCHASE,
    ),
    "aws-ecomm-popular-items-by-views": UseCase(
        domain=SHOP,
        description="Items that were viewed most often.",
        recipe=POPULARITY,
        settings={"counts": "events"},
        event_type=VIEW,
    ),
    "aws-ecomm-recommended-for-you": UseCase(
        domain=SHOP,
        description="What a user will want next, less what the user bought; tries out new items.",
        recipe=PERSONAL,
        leaves_out=PURCHASE,
    ),
    "aws-vod-because-you-watched-x": UseCase(
        domain=VIDEO,
        description="Videos that users watched who watched a given one, less those that the user watched.",
        recipe=RELATED,
        event_type=WATCH,
        asks_item=True,
        leaves_out=WATCH,
    ),
    "aws-vod-more-like-x": UseCase(
        domain=VIDEO,
        description="Videos that are like a given one, less those that the user watched.",
        recipe=RELATED,
        asks_item=True,
        leaves_out=WATCH,
        needs_items=True,
    ),
    "aws-vod-most-popular": UseCase(
        domain=VIDEO,
        description="Videos that most users watched.",
        recipe=POPULARITY,
        event_type=WATCH,
    ),
    "aws-vod-top-picks": UseCase(
        domain=VIDEO,
        description="What a user will want next, less what the user watched; tries out new videos.",
        recipe=PERSONAL,
        leaves_out=WATCH,
    ),
    "aws-vod-trending-now": UseCase(
        domain=VIDEO,
        description="Videos whose popularity grows fastest.",
        recipe=TRENDING,
        asks_user=False,
    ),
}
"""Recipe of a recommender, as AWS names it -> what it does."""
