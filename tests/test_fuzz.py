"""Thousands of requests, valid, plausible and broken, to a real server: an answer each, never a 5xx."""

import contextlib
import http.client
import json
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .market import Market
from .operations.shop import Shop
from .running import RunningServer
from .wire.generate import Raw, all_operations, broken_request, valid_request

EXAMPLES = 8  # of each of 3 kinds for each of 144 operations: 3,456
ANSWER_SECONDS = 60


class Line:
    """One connection, opened again when the server closes it."""

    def __init__(self, port):
        self.port = port
        self.connection = None

    def send(self, raw):
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_SECONDS)
        try:
            headers = {name: value for name, value in raw.headers.items() if name != "content-length"}
            self.connection.request(raw.method, raw.path, raw.body, headers)
            answer = self.connection.getresponse()
            body = answer.read()
        except (http.client.HTTPException, ConnectionError, ValueError):
            self.close()
            return None, b""
        if answer.getheader("connection") == "close":
            self.close()
        return answer.status, body

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory):
    """A stocked shop whose server runs no jobs any more, and the ARNs of what it has."""
    running = RunningServer(tmp_path_factory.mktemp("fuzz") / "data").start()
    shop = Shop(running).stocked()
    solution = shop.solution()
    version = shop.version(solution)
    campaign = shop.campaign(version)
    tracker = shop.personalize.create_event_tracker(name=shop.id, datasetGroupArn=shop.group)
    described = shop.personalize.describe_dataset(datasetArn=shop.datasets["ITEMS"])
    schema = described["dataset"]["schemaArn"]
    arns = [shop.group, *shop.datasets.values(), solution, version, campaign, tracker["eventTrackerArn"]]
    arns += [schema, "arn:aws:personalize:::recipe/aws-sims", "arn:aws:personalize:::algorithm/aws-hrnn"]
    market = Market(running)
    sales = market.dataset()
    arns += [sales, market.group(sales), market.begin(sales, market.put("x.csv", "a,2024-01-01,1\n"))]
    arns += ["arn:aws:forecast:::algorithm/NPTS"]
    assert running.stop() == 0
    running.workers = 0
    running.start()
    yield running, arns, tracker["trackingId"]
    try:
        assert_healthy(running)
    finally:
        assert running.stop() == 0
    assert "Traceback" not in running.output()


def assert_healthy(running):
    with contextlib.closing(Line(running.port)) as line:
        assert line.send(Raw("GET", "/readyz", {}, b""))[0] == 200


def with_real_names(draw, value, arns, tracking_id):
    """The same request about things that are there."""
    if isinstance(value, dict):
        return {
            key: draw(st.sampled_from(arns))
            if key.endswith("Arn") and key != "roleArn" and key != "kmsKeyArn"
            else tracking_id
            if key == "trackingId"
            else with_real_names(draw, inner, arns, tracking_id)
            for key, inner in value.items()
        }
    return value


@st.composite
def plausible_request(draw, service, operation, arns, tracking_id):
    raw = draw(valid_request(service, operation))
    content = with_real_names(draw, json.loads(raw.body or b"{}"), arns, tracking_id)
    return Raw(raw.method, raw.path, raw.headers, json.dumps(content).encode())


@pytest.mark.parametrize("kind", ["valid", "plausible", "broken"])
@pytest.mark.parametrize(("service", "operation"), all_operations())
def test_every_request_is_answered(fuzzed, service, operation, kind):
    running, arns, tracking_id = fuzzed
    line = Line(running.port)
    requests = {
        "valid": valid_request(service, operation),
        "plausible": plausible_request(service, operation, arns, tracking_id),
        "broken": broken_request(service, operation),
    }

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(requests[kind])
    def check(raw):
        begun = time.monotonic()
        status, body = line.send(raw)
        assert time.monotonic() - begun < ANSWER_SECONDS
        if status is None:  # refused below HTTP: the server must still be well
            assert_healthy(running)
            return
        assert status < 500, (raw, body)
        if kind == "valid" and status == 200 and body:
            json.loads(body)

    with contextlib.closing(line):
        check()
