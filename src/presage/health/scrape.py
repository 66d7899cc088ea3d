"""The page that Prometheus reads: what requests were counted, and what is read at that moment."""

import asyncio
import base64
import binascii
import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from prometheus_client import generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric

from presage.wire import http
from presage.wire.calls import failure
from presage.wire.faults import Refused
from presage.wire.signature import FindKey

from .metrics import METRICS
from .processes import processes
from .readings import Reading
from .requests import Requests

ACTION = "health:GetMetrics"
CONTENT_TYPE = ((b"content-type", b"text/plain; version=0.0.4; charset=utf-8"),)
_WHO = (
    (b"www-authenticate", b'Basic realm="presage"'),
    (b"content-type", b"text/plain; charset=utf-8"),
)
_DENIED = b"send an access key's id as user and its secret as password; `presage keys create` makes one\n"


def exposition(requests: Requests, readings: Iterable[Reading]) -> bytes:
    """All of it in Prometheus' text format."""
    return generate_latest(_Collected([*requests.collect(), *families(readings)]))  # pyright: ignore[reportArgumentType]


@dataclass(frozen=True)
class _Collected:
    """What was collected, in the form of a registry."""

    metrics: list[Metric]

    def collect(self) -> list[Metric]:
        return self.metrics


def families(readings: Iterable[Reading]) -> list[Metric]:
    """The readings by metric, each with its text and labels."""
    found: dict[str, CounterMetricFamily | GaugeMetricFamily] = {}
    for reading in readings:
        metric = METRICS[reading.metric]
        if reading.metric not in found:
            family = CounterMetricFamily if metric.counts else GaugeMetricFamily
            found[reading.metric] = family(f"presage_{reading.metric}", metric.text, labels=metric.labels)
        found[reading.metric].add_metric(reading.subject, reading.value)
    return list(found.values())


def scrape_application(
    requests: Requests, read: Callable[[], Iterable[Reading]], *, find_key: FindKey | None
) -> http.ASGIApp:
    """The ASGI application that answers GET /metrics.

    Parameters
    ----------
    read : what else is read at that moment; runs on a thread
    find_key : the access key of an id, whose secret must then be the password of basic authentication; None =
        anybody may read
    """

    async def answer(request: http.Request, _receive: http.Receive, _id: str) -> http.Answer:
        if request.path != b"/metrics" or request.method not in ("GET", "HEAD"):
            text = "GET /metrics is what Prometheus reads; nothing else is here"
            raise Refused("UnknownOperationException", text, 404)
        request.trail["operation"] = ACTION
        if find_key is not None and not _may(request.headers.get("authorization", ""), find_key):
            return http.Answer(401, _DENIED, _WHO)
        page = await asyncio.to_thread(lambda: exposition(requests, [*read(), *processes()]))
        return http.Answer(200, page, CONTENT_TYPE)

    return http.answering(answer, lambda error, _, request_id: failure(error, None, request_id))


def _may(authorization: str, find_key: FindKey) -> bool:
    """Whether a header of basic authentication names a key that may read the metrics."""
    scheme, _, encoded = authorization.partition(" ")
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return False
    key = find_key(name) if scheme.lower() == "basic" else None
    return key is not None and hmac.compare_digest(key.secret.encode(), secret.encode()) and key.may(ACTION)
