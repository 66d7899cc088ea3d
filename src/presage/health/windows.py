"""What requests of the last minutes show, of all servers together: their counts are stored as they come."""

from collections.abc import Iterator, Mapping

from presage.resources.counts import Counts

from .alarms import Alarm
from .readings import Reading
from .requests import Bucket, Requests, quantile

REQUESTS, BYTES = "requests", "request bytes"
MINUTE, DAY = 60, 86_400
LEAST_REQUESTS = 20
"""Of fewer requests a share or a quantile says nothing."""
LATENCY, ERRORS = "latency_seconds", "error_share"
WINDOWED = (LATENCY, ERRORS)
_KEPT_SECONDS = 2.0 * DAY


def store(requests: Requests, counts: Counts, now: float) -> None:
    """Store what this process has counted since the last time."""
    news = {"|".join(map(str, bucket)): n for bucket, n in requests.news().items()}
    if news:
        counts.add(REQUESTS, news, at=now, slot_seconds=MINUTE)
    n_bytes = requests.news_of_bytes()
    if n_bytes:
        counts.add(BYTES, n_bytes, at=now, slot_seconds=DAY)


def forget(counts: Counts, now: float) -> None:
    """Forget the minutes that no alarm can ask for."""
    counts.drop(REQUESTS, now - _KEPT_SECONDS)


def windowed(alarm: Alarm, counts: Counts, now: float) -> Iterator[Reading]:
    """What an alarm watches of requests, by operation; none of an operation with few of them."""
    since = (now - alarm.window_seconds) // MINUTE * MINUTE
    for operation, of_status in _by_operation(counts.totals(REQUESTS, since, now + MINUTE)).items():
        n = sum(sum(places.values()) for places in of_status.values())
        if n < LEAST_REQUESTS:
            continue
        if alarm.metric == ERRORS:
            failed = sum(sum(places.values()) for status, places in of_status.items() if status >= 500)
            yield Reading(ERRORS, failed / n, (operation,))
        else:
            together: dict[int, int] = {}
            for places in of_status.values():
                for place, some in places.items():
                    together[place] = together.get(place, 0) + some
            yield Reading(LATENCY, quantile(together, alarm.quantile), (operation,))


def _by_operation(totals: Mapping[str, int]) -> dict[str, dict[int, dict[int, int]]]:
    """Operation -> status -> place of the bucket -> how many."""
    found: dict[str, dict[int, dict[int, int]]] = {}
    for subject, n in totals.items():
        operation, status, place = subject.split("|")
        bucket = Bucket(operation, int(status), int(place))
        found.setdefault(bucket.operation, {}).setdefault(bucket.status, {})[bucket.place] = n
    return found
