"""A company's table of costs: recommendations in real time, or in batches, as it grows.

The study's own arithmetic, with its quirks kept: everything is done once a day, and a month has 30 days. Its
table prints what one import brings in, but the cost of all 30; and 10000000 users in the last column, whose
cost is that of 1,000,000.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from .prices import Charge, PriceList, bill, cents

DAYS, HOURS = 30, 720
"""Of the study's month."""


@dataclass(frozen=True)
class Size:
    """A company of a size.

    Parameters
    ----------
    import_gb, training_hours : of each day
    tps : what its real-time recommendations hold ready
    """

    users: int
    import_gb: Decimal
    training_hours: int
    tps: int

    @property
    def both(self) -> Mapping[str, Decimal]:
        """What it uses in a month in either way."""
        return {
            "personalize-import-gb": self.import_gb * DAYS,
            "personalize-training-hour": Decimal(self.training_hours * DAYS),
        }

    @property
    def real_time(self) -> Mapping[str, Decimal]:
        """What it uses besides with recommendations in real time."""
        return {"personalize-tps-hour": Decimal(self.tps * HOURS)}

    @property
    def batch(self) -> Mapping[str, Decimal]:
        """What it uses besides with recommendations for all users once a day."""
        return {"personalize-batch-user": Decimal(self.users * DAYS)}


SIZES = (
    Size(13_000, Decimal("0.005"), 3, 1),
    Size(100_000, Decimal("0.1"), 10, 1),
    Size(1_000_000, Decimal(2), 20, 5),
)


@dataclass(frozen=True)
class Costs:
    """What a company of a size pays in a month, in US dollars.

    Parameters
    ----------
    charges : item -> line of the bill, of both ways together
    real_time, batch : the sum of either way, to the cent
    """

    size: Size
    charges: Mapping[str, Charge]
    real_time: Decimal
    batch: Decimal


def costs(size: Size, prices: PriceList) -> Costs:
    """What a company of a size pays; raises ValueError if the list lacks a price of it."""
    charges = {one.item: one for one in bill({**size.both, **size.real_time, **size.batch}, prices)}
    without = [item for item, one in charges.items() if one.usd is None]
    if without:
        raise ValueError(f"the price list has no {', '.join(without)}")

    def added(*parts: Mapping[str, Decimal]) -> Decimal:
        items = [item for part in parts for item in part]
        return cents(sum((charges[item].usd or Decimal(0) for item in items), Decimal(0)))

    return Costs(size, charges, added(size.both, size.real_time), added(size.both, size.batch))


def break_even(tps: int, prices: PriceList) -> int:
    """From how many users on recommendations in real time cost no more than batches for all, once a day.

    What is imported and trained costs either way the same, and plays no part.

    Parameters
    ----------
    tps : what real time holds ready
    """
    real_time = prices.prices["personalize-tps-hour"].of(Decimal(tps * HOURS))
    batch = prices.prices["personalize-batch-user"]
    low, high = 0, 1
    while batch.of(Decimal(high * DAYS)) < real_time:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if batch.of(Decimal(middle * DAYS)) >= real_time else (middle, high)
    return high
