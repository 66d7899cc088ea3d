"""How many requests there were of each operation, how they ended, and how long they took."""

import os
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.samples import Sample

from presage.wire.http import TRAIL, Scope

SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Where this variable names a folder, the processes that share it are counted together."""
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""The upper ends of the histogram's buckets, but for the last, which has none."""
OTHER = "other"
"""Stands for requests that name no known operation: probes, pages, and what nobody answers."""
GONE = 499
"""Stands for the status where the client hung up before its answer."""

disable_created_metrics()  # a line more for each of what is counted, which says when that began


class Bucket(NamedTuple):
    """Requests that are alike.

    Attributes
    ----------
    place : of the bucket that their time falls into: how many of `SECONDS` it exceeds
    """

    operation: str
    status: int
    place: int


class Requests:
    """Counts the requests of this process, and with those of the processes beside it tells them all."""

    def __init__(self) -> None:
        self._own = CollectorRegistry()
        self._seconds = Histogram(
            "presage_request_seconds",
            "Time from a request's head to the end of its answer.",
            ["operation", "status"],
            buckets=SECONDS,
            registry=self._own,
        )
        self._bytes = Counter(
            "presage_request_body_bytes", "Bytes of bodies that came.", ["operation"], registry=self._own
        )
        self._histograms: dict[tuple[str, int | None], Histogram] = {}
        self._counters: dict[str, Counter] = {}
        self._told: dict[Bucket, int] = {}
        self._told_bytes: dict[str, int] = {}

    def __call__(self, scope: Scope, status: int | None, seconds: float) -> None:
        """Count a request that is over."""
        trail = scope[TRAIL]
        operation = trail.get("operation", OTHER)
        try:
            histogram = self._histograms[operation, status]
        except KeyError:
            histogram = self._seconds.labels(operation, str(status or GONE))
            self._histograms[operation, status] = histogram
        histogram.observe(seconds)
        if "bytes" in trail:
            try:
                counter = self._counters[operation]
            except KeyError:
                counter = self._counters[operation] = self._bytes.labels(operation)
            counter.inc(trail["bytes"])

    def collect(self) -> Iterable[Metric]:
        """What all processes counted that share a folder, or this one by itself."""
        if SHARED_FOLDER not in os.environ:
            return self._own.collect()
        shared = CollectorRegistry()
        MultiProcessCollector(shared)
        return shared.collect()

    def news(self) -> Mapping[Bucket, int]:
        """How many requests this process has counted since this was called last."""
        now: dict[Bucket, int] = {}
        for sample in _samples(self._seconds, "_bucket"):
            operation, status, end = (sample.labels[name] for name in ("operation", "status", "le"))
            place = len(SECONDS) if end == "+Inf" else SECONDS.index(float(end))
            now[Bucket(operation, int(status), place)] = int(sample.value)
        fresh = {bucket: n - now.get(bucket._replace(place=bucket.place - 1), 0) for bucket, n in now.items()}
        found = {bucket: n - self._told.get(bucket, 0) for bucket, n in fresh.items()}
        self._told = fresh
        return {bucket: n for bucket, n in found.items() if n}

    def news_of_bytes(self) -> Mapping[str, int]:
        """Operation -> bytes of bodies that came to this process since this was called last."""
        now = {one.labels["operation"]: int(one.value) for one in _samples(self._bytes, "_total")}
        found = {operation: n - self._told_bytes.get(operation, 0) for operation, n in now.items()}
        self._told_bytes = now
        return {operation: n for operation, n in found.items() if n}


def _samples(metric: Histogram | Counter, suffix: str) -> Iterable[Sample]:
    (family,) = metric.collect()
    return (sample for sample in family.samples if sample.name.endswith(suffix))


def quantile(counts: Mapping[int, int], q: float) -> float:
    """The quantile of times that are known by their buckets, in seconds: even within a bucket.

    Parameters
    ----------
    counts : place of a bucket -> how many, of one at least
    q : in (0, 1)

    What lies beyond the last end is taken to be there.
    Source: Prometheus, `histogram_quantile`.
    """
    rank, before = q * sum(counts.values()), 0
    for place in sorted(counts):
        n = counts[place]
        if before + n >= rank:
            low, high = (0.0, *SECONDS)[place], (*SECONDS, SECONDS[-1])[place]
            return low + (high - low) * (rank - before) / n
        before += n
    return SECONDS[-1]
