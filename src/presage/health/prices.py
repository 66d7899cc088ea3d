"""What AWS asks for what is used: price lists, and the bill that follows from one."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from importlib.resources import files
from typing import Annotated

import msgspec
import yaml
from msgspec import Meta, Struct

from presage.errors import shown

CENT = Decimal("0.01")
UNITS: Mapping[str, str] = {
    "personalize-import-gb": "GB of data in: imports and PutEvents",
    "personalize-training-hour": "training hours",
    "personalize-tps-hour": "TPS-hours of campaigns",
    "personalize-batch-user": "users (lines) of batch recommendations",
    "personalize-v2-training-interaction": "interactions that v2 recipes trained on",
    "personalize-v2-request": "requests to v2 recipes, one by one or in batches",
    "personalize-segment-line": "lines of user segmentation",
    "personalize-recommender-hour": "hours of recommenders",
    "personalize-recommender-request": "requests to recommenders",
    "forecast-import-gb": "GB of series in",
    "forecast-training-hour": "training hours of predictors",
    "forecast-point": "forecast data points: series by steps by quantiles",
}
"""Everything that is counted, and what it counts."""


class Tier(Struct, frozen=True, forbid_unknown_fields=True):
    """The price of a part of a month's use.

    Parameters
    ----------
    up_to : the part ends with so many units of the month; None = it does not end
    usd : for each `per` units
    """

    usd: Decimal
    per: Annotated[int, Meta(ge=1)]
    up_to: int | None = None


class Price(Struct, frozen=True, forbid_unknown_fields=True):
    """What something costs: one price, or one for each part of a month's use.

    Parameters
    ----------
    sure : whether it was read where AWS publishes it, or where it was paid
    """

    usd: Decimal | None = None
    per: Annotated[int, Meta(ge=1)] = 1
    tiers: tuple[Tier, ...] = ()
    sure: bool = True

    def of(self, quantity: Decimal) -> Decimal:
        """What so many units of a month cost, in US dollars, not rounded."""
        tiers = self.tiers or (Tier(usd=self.usd or Decimal(0), per=self.per),)
        cost, before = Decimal(0), Decimal(0)
        for tier in tiers:
            end = quantity if tier.up_to is None else min(quantity, Decimal(tier.up_to))
            cost += max(Decimal(0), end - before) * tier.usd / tier.per
            before = max(before, end)
        return cost


class PriceList(Struct, frozen=True, forbid_unknown_fields=True):
    """Prices of one time, and where they come from."""

    title: str
    source: str
    prices: dict[str, Price]


class Charge(Struct, frozen=True, kw_only=True, rename="camel"):
    """A line of a bill.

    Parameters
    ----------
    usd : what it costs, not rounded; None = the list has no price for it
    """

    item: str
    unit: str
    quantity: Decimal
    usd: Decimal | None
    sure: bool


@cache
def price_lists() -> Mapping[str, PriceList]:
    """The lists that presage knows, by name."""
    text = files("presage.health").joinpath("prices.yaml").read_text(encoding="utf-8")
    return msgspec.convert(yaml.safe_load(text), dict[str, PriceList])


def price_list(name: str) -> PriceList:
    """A list by its name. Raises ValueError."""
    known = price_lists()
    if name not in known:
        raise ValueError(f"there is no price list {shown(name)}; there are: {', '.join(known)}")
    return known[name]


def bill(used: Mapping[str, Decimal], prices: PriceList) -> list[Charge]:
    """What was used, line by line, in the order of `UNITS`; what was not used is left out."""
    return [
        Charge(
            item=item,
            unit=unit,
            quantity=used[item],
            usd=None if (price := prices.prices.get(item)) is None else price.of(used[item]),
            sure=price is None or price.sure,
        )
        for item, unit in UNITS.items()
        if used.get(item)
    ]


def total(charges: list[Charge]) -> Decimal:
    """The sum of what has a price, to the cent, half a cent up."""
    return cents(sum((one.usd for one in charges if one.usd is not None), Decimal(0)))


def cents(usd: Decimal) -> Decimal:
    """An amount to the cent, half a cent up."""
    return usd.quantize(CENT, ROUND_HALF_UP)
