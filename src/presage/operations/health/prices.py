"""What AWS would have charged for what was used."""

from decimal import Decimal

from msgspec import Struct

from presage.decisions.written import Label, Written
from presage.errors import InvalidInputException
from presage.health.prices import Charge, bill, price_list, total
from presage.health.usage import month_of, used

from ..server import Server


class AskedPrices(Written, frozen=True):
    """Which month, such as `2026-11` (empty = the one that is now, so far), and by which prices."""

    month: Label = ""
    prices: Label = "published"


class Prices(Struct, frozen=True, kw_only=True, rename="camel"):
    """What AWS would have charged.

    Parameters
    ----------
    since, until : the month, seconds since 1970, UTC
    title, source : of the price list
    usd : the sum of the charges that have a price, to the cent
    """

    since: float
    until: float
    title: str
    source: str
    charges: list[Charge]
    usd: Decimal


def describe_prices(server: Server, _name: str, asked: AskedPrices) -> Prices:
    """What was used in a month, at a list's prices. Raises InvalidInputException."""
    try:
        since, until = month_of(asked.month, server.clock())
        prices = price_list(asked.prices)
    except ValueError as error:
        raise InvalidInputException(str(error)) from None
    charges = bill(used(server.stores, since, until), prices)
    return Prices(
        since=since,
        until=until,
        title=prices.title,
        source=prices.source,
        charges=charges,
        usd=total(charges),
    )
