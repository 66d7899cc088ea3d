"""What was used in a time, in the units that AWS counts."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

from presage.resources.states import State
from presage.stores import Stores
from presage.works.metering import deploys_v2

from . import windows

HOUR = 3600
SMALLEST = Decimal("0.000000001")
BYTES_PER_GB, MS_PER_HOUR = 1_000_000_000, 3_600_000
ANSWERS, TPS_MS, RECOMMENDER_MS = "answers", "personalize-tps-ms", "recommender-ms"
"""What is counted by the hour: answers, by campaign or recommender; TPS that are held ready, times ms; ms."""
KEPT_SECONDS = 400 * 86_400.0
MOST_ROUND_SECONDS = 120.0
"""A round that begins later than so long after the last counts so long: no server was there to be used."""
_PUT = tuple(f"personalize:Put{what}" for what in ("Events", "Items", "Users", "Action"))
"""How the operations begin that bring data in."""


def meter(stores: Stores, now: float, seconds: float) -> None:
    """Count what campaigns and recommenders hold ready, since the last time.

    Parameters
    ----------
    seconds : since then
    """
    ms = round(1000 * min(seconds, MOST_ROUND_SECONDS))
    campaigns = stores.records.of_kind("personalize", "Campaign", state=State.ACTIVE)
    held = {one.arn: one["minProvisionedTPS"] * ms for one in campaigns if not deploys_v2(stores, one)}
    recommenders = stores.records.of_kind("personalize", "Recommender", state=State.ACTIVE)
    for what, news in ((TPS_MS, held), (RECOMMENDER_MS, {one.arn: ms for one in recommenders})):
        if ms and news:
            stores.counts.add(what, news, at=now, slot_seconds=HOUR)


def forget(stores: Stores, now: float) -> None:
    """Forget what was counted by the hour more than thirteen months ago."""
    for what in (ANSWERS, TPS_MS, RECOMMENDER_MS):
        stores.counts.drop(what, now - KEPT_SECONDS)


def month_of(text: str, now: float) -> tuple[float, float]:
    """Begin and end of a month, such as `2026-11`, UTC; of the one that is now if the text is empty.

    Raises ValueError.
    """
    try:
        begin = (
            datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC)
            if text
            else datetime.fromtimestamp(now, UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        )
        last = begin.month == 12
        end = begin.replace(year=begin.year + last, month=1 if last else begin.month + 1)
    except ValueError:
        raise ValueError(f"the month is {text!r}; write it as 2026-11") from None
    return begin.timestamp(), end.timestamp()


def used(stores: Stores, since: float, until: float) -> dict[str, Decimal]:
    """What was used, by the items of `prices.UNITS`; what was not used may be left out.

    Parameters
    ----------
    since, until : seconds since 1970; of the hours, or days, that begin from the one until before the other
    """

    def total(what: str) -> int:
        return sum(stores.counts.totals(what, since, until).values())

    put = stores.counts.totals(windows.BYTES, since, until)
    told = sum(n for operation, n in put.items() if operation.startswith(_PUT))
    tps_hours, asked = _tps_hours(stores, since, until)
    found = {
        "personalize-import-gb": Decimal(total("personalize-import-bytes") + told) / BYTES_PER_GB,
        "personalize-training-hour": Decimal(total("personalize-training-ms")) / MS_PER_HOUR,
        "personalize-tps-hour": tps_hours,
        "personalize-batch-user": Decimal(total("personalize-batch-lines")),
        "personalize-v2-training-interaction": Decimal(total("personalize-training-interactions")),
        "personalize-v2-request": Decimal(asked["campaign"] + total("personalize-v2-batch-lines")),
        "personalize-segment-line": Decimal(total("personalize-segment-lines")),
        "personalize-recommender-hour": Decimal(total(RECOMMENDER_MS)) / MS_PER_HOUR,
        "personalize-recommender-request": Decimal(asked["recommender"]),
        "forecast-import-gb": Decimal(total("forecast-import-bytes")) / BYTES_PER_GB,
        "forecast-training-hour": Decimal(total("forecast-training-ms")) / MS_PER_HOUR,
        "forecast-point": Decimal(total("forecast-points")),
    }
    return {item: quantity.quantize(SMALLEST) for item, quantity in found.items() if quantity}


def _tps_hours(stores: Stores, since: float, until: float) -> tuple[Decimal, Mapping[str, int]]:
    """TPS-hours of campaigns, and how often campaigns were asked that have none, and recommenders.

    Of each hour that counts which is more: the TPS that were held ready, or those that were asked for on
    average. (AWS averages over 5 minutes: a shorter rush costs more there.)
    """
    held = {(slot, arn): n for slot, arn, n in stores.counts.by_slot(TPS_MS, since, until)}
    by_hours = {arn for _, arn in held}
    hours = {key: Decimal(ms) / MS_PER_HOUR for key, ms in held.items()}
    asked: Counter[str] = Counter()
    for slot, arn, n in stores.counts.by_slot(ANSWERS, since, until):
        if arn in by_hours:
            hours[slot, arn] = max(hours.get((slot, arn), Decimal(0)), Decimal(n) / HOUR)
        else:
            asked["recommender" if ":recommender/" in arn else "campaign"] += n
    return sum(hours.values(), Decimal(0)), asked
