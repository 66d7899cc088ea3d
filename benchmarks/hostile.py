"""What does a server do that strangers send anything to?

    make setup && .venv/bin/python benchmarks/hostile.py [--requests 10000] [--seed 0]

Two servers, one without and one with access keys, are each sent so many requests at both doors (AWS calls and S3)
by eight clients at once: some valid, most broken at random from a seed, as bytes over sockets: values of other types
and sizes, forged and missing signatures, numbers of thousands of digits, paths and dates that are none, heads and
bodies without end, made-up contexts. Beside them 200 connections do nothing, and a probe asks for /healthz all the
time. Told are the statuses, each 5xx that is no stated 503, the longest wait of the probe, the server's memory after a
fifth of the requests and at the end, and what it costs to refuse a call that is not signed.

Answer (2 shared cores, 20,000 requests, seed 11): without keys 2,375 were answered 200, 5,089 with 400 and 728 with S3's own
501; with keys 2,143, 4,432 and 738, and 1,974 with 403; no other 5xx, no trace. Longest wait of the probe 0.02 and 0.03 s
(seed 7, with tests running beside: 0.22 and 0.07 s); memory 172 to 173 and 176 to 177 MB. Refusing a call that is not signed
takes 380 us of CPU with a connection of its own and 260 on one that stays, access log included: the body of 6 MB that it
announces is not read.
"""

import argparse
import contextlib
import json
import random
import re
import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from botocore.auth import S3SigV4Auth, SigV4Auth  # noqa: E402
from botocore.awsrequest import AWSRequest  # noqa: E402
from botocore.credentials import Credentials  # noqa: E402
from tests.operations.shop import Shop  # noqa: E402
from tests.running import RunningServer  # noqa: E402
from tests.wire.generate import all_operations, operation_model  # noqa: E402

from benchmarks.load import cpu_seconds  # noqa: E402
from presage.config import Config  # noqa: E402
from presage.stores import open_stores  # noqa: E402

N_CLIENTS, N_IDLE, ANSWER_SECONDS = 8, 200, 20.0
STATED = ((503, "ServiceUnavailable"), (501, "NotImplemented"), (501, ""))
"""What may be answered; the second is S3's own for what is not served, without a body to HEAD."""
DIGITS = "9" * 5_000
NUMBERS = [
    "0",
    "1",
    "-1",
    "1e9",
    DIGITS,
    "0" * 3_000 + "1",
    "²",
    "\uff11\uff12",
    "0x10",
    " 5",
    "",
    "5" * 4_301,
    "nan",
]
DATES = [
    "Thu, 01 Jan 1970 00:00:00 GMT",
    "99999999999999999999",
    "Mon, 32 Foo 9999 99:99:99 GMT",
    DIGITS,
    "",
    "é",
]
PATHS = [
    "//[",
    "/%",
    "/%00",
    "/%ff%fe",
    "/..",
    "/../../etc/passwd",
    "/%2e%2e/%2e%2e/x",
    "/a//b",
    "/" + "k" * 3_000,
    "/é",
]
DEEP = "[" * 5_000 + "]" * 5_000
VALUES = [
    None, True, 0, -1, 2**63, 10**30, 1e308, "", "x", "é\u0000", "x" * 10_000, "\\", [], {}, [[]], {"a": {"a": {}}},
    1_700_000_000_000, "2026-01-01T00:00:00Z", "arn:aws:personalize:us-east-1:000000000000:campaign/none", DIGITS,
]  # fmt: skip


class Stranger:
    """Makes requests: bytes, and whether all of them are meant to be sent before the answer is read."""

    def __init__(self, rng, server, known, keys):
        self.rng, self.server, self.known, self.keys = rng, server, known, keys
        self.operations = [
            (s, o) for s, o in all_operations() if not re.match("Create|Delete|Start|Stop|Update", o)
        ]
        self.made = 0

    def request(self):
        """A request, and how many seconds its answer may take."""
        self.made += 1
        kinds = (
            self.question,
            self.event,
            self.call,
            self.call,
            self.raw_call,
            self.s3,
            self.s3,
            self.object,
        )
        return (self.http(), 0.5) if self.rng.random() < 0.1 else (self.rng.choice(kinds)(), ANSWER_SECONDS)

    def question(self):
        body = {"campaignArn": self.known["campaign"], "userId": f"u{self.rng.randrange(10**6)}"}
        if self.rng.random() < 0.5:
            body["context"] = {f"K{self.rng.randrange(10**6)}": "v" * self.rng.randrange(1, 900)}
        if self.rng.random() < 0.5:
            body["userId"] = self.value()
        return self.post("/recommendations", "personalize", json.dumps(body))

    def event(self):
        event = {
            "eventType": "click",
            "itemId": f"i{self.rng.randrange(10**6)}",
            "sentAt": self.rng.choice(VALUES + [1.7e9] * 99),
        }
        user = f"u{self.rng.randrange(10**6)}"
        body = {
            "trackingId": self.known["tracker"],
            "userId": user,
            "sessionId": f"s{user}",
            "eventList": [event],
        }
        return self.post("/events", "personalize", json.dumps(body))

    def call(self):
        """Some operation that makes nothing, its members of any kind."""
        service, operation = self.rng.choice(self.operations)
        model = operation_model(service, operation)
        members = {name: self.value() for name in model.input_shape.members if self.rng.random() < 0.7}
        metadata = model.metadata
        if metadata["protocol"] == "json":
            target = {"x-amz-target": f"{metadata['targetPrefix']}.{operation}"}
            return self.post("/", metadata.get("signingName", service), json.dumps(members), target)
        return self.post(model.http["requestUri"], "personalize", json.dumps(members))

    def raw_call(self):
        """A call whose body or target is none."""
        body = self.rng.choice(
            ["", "{", "null", "[]", DEEP, '{"a":' * 3_000, "\ufeff{}", "\x00", '"x"', DIGITS, "{}" * 9]
        )
        target = self.rng.choice(
            ["AmazonPersonalize.ListDatasets", "AmazonForecast.CreateWhatIfAnalysis", "", "é", "x" * 500]
        )
        return self.post("/", "personalize", body, {"x-amz-target": target})

    def value(self):
        return self.rng.choice([*VALUES, *self.known["arns"]])

    def s3(self):
        """Any request to the S3 door."""
        rng = self.rng
        method = rng.choice(["GET", "GET", "PUT", "POST", "HEAD", "DELETE", "OPTIONS", "BREW"])
        path = rng.choice([*PATHS, "/", "/shop", "/shop/key", "/shop/rows.csv", f"/b{rng.randrange(10**6)}"])
        names = ["max-keys", "partNumber", "uploadId", "part-number-marker", "max-parts", "X-Amz-Expires", "Expires",
                 "list-type", "continuation-token", "prefix", "delimiter", "uploads", "acl", "policy", "tagging", "delete",
                 "location", "cors", "versioning", "X-Amz-Date", "X-Amz-Credential", "X-Amz-Signature", "AWSAccessKeyId",
                 "Signature", "encoding-type", "start-after", "versionId"]  # fmt: skip
        query = "&".join(
            f"{n}={quoted(rng.choice([*NUMBERS, 'x', 'é', '%']))}"
            for n in rng.sample(names, rng.randrange(4))
        )
        headers = {
            "range": f"bytes={rng.choice(NUMBERS)}-{rng.choice(NUMBERS)}",
            "if-modified-since": rng.choice(DATES),
            "if-none-match": rng.choice(['"', "*", "W/" * 900, '""']),
            "x-amz-decoded-content-length": rng.choice(NUMBERS),
            "x-amz-content-sha256": rng.choice(
                ["UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "x", "é"]
            ),
            "x-amz-copy-source": rng.choice([*PATHS, "/shop/rows.csv", "shop"]),
            "x-amz-date": rng.choice(["20260101T000000Z", "99999999T999999Z", "x", ""]),
            "expires": rng.choice(DATES),
            "content-md5": rng.choice(["x", "é", "AAAA"]),
            "x-amz-meta-a": "v" * rng.choice([1, 3_000, 9_000]),
            "x-amz-checksum-crc32": rng.choice(["x", "AAAAAA=="]),
        }
        chosen = {name: headers[name] for name in rng.sample(sorted(headers), rng.randrange(4))}
        body = rng.choice(["", "x" * 1_000, f"{DIGITS}\r\nx", "5;chunk-signature=0\r\nhello\r\n0\r\n\r\n", "<a>" * 4_000,
                           "<Delete><Object><Key>x</Key></Object></Delete>", '{"Statement":' * 3_000, "ffffffffff\r\n"])  # fmt: skip
        return self.sent(method, f"{path}?{query}" if query else path, "s3", body, chosen)

    def object(self):
        """Put, get or list, as it should be."""
        key, body = f"/shop/k{self.rng.randrange(100)}", "x" * self.rng.randrange(20_000)
        method, path = self.rng.choice(
            [("PUT", key), ("GET", "/shop/rows.csv"), ("GET", "/shop"), ("HEAD", key)]
        )
        return self.sent(method, path, "s3", body if method == "PUT" else "", forged=False)

    def http(self):
        """What is hardly HTTP, or too much of it."""
        rng = self.rng
        head = b"POST /events HTTP/1.1\r\nHost: localhost\r\n"
        return rng.choice([
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + rng.randbytes(300),
            rng.randbytes(2_000),
            head + b"x-a: b\r\n" * rng.choice([90, 1_000, 20_000]) + b"\r\n",
            head + b"x-a: " + b"b" * rng.choice([30_000, 500_000]) + b"\r\n\r\n",
            b"GET /" + b"a" * rng.choice([9_000, 90_000]) + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
            head + b"Content-Length: %s\r\n\r\nx" % DIGITS.encode(),
            head + b"Content-Length: 9999999\r\n\r\n" + b"x" * 1_000_000,
            head + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nx",
            head + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n" + b"x-a: b\r\n" * 5_000 + b"\r\n",
            head + b"Expect: 100-continue\r\nContent-Length: 5\r\n\r\n",
            head + b"Content-Length: 500\r\n\r\n{",
            b"GET /recommendations HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: evil.example\r\nOrigin: http://evil.example\r\n\r\n",
            b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" * 500,
        ])  # fmt: skip

    def post(self, path, service, body, headers=None):
        return self.sent("POST", path, service, body, {"content-type": "application/json", **(headers or {})})

    def sent(self, method, path, service, body, headers=None, *, forged=None):
        """A request as bytes, on a keyed server mostly signed as it should be."""
        raw = body.encode("utf-8", "surrogatepass")
        headers = {"host": f"localhost:{self.server.port}", **(headers or {})}
        if self.keys and (forged is False or self.rng.random() < 0.7):
            headers |= self.signature(method, path, service, raw, headers)
        elif self.rng.random() < 0.3:
            scope = f"{self.rng.choice(['A', 'é', ''])}/20260101/us-east-1/{service}/aws4_request"
            headers["authorization"] = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
        if service == "s3" and "authorization" not in headers:
            headers["authorization"] = (
                "AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
            )
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"{method} {path} HTTP/1.1\r\n{lines}content-length: {len(raw)}\r\nconnection: close\r\n\r\n"
        return head.encode("utf-8", "surrogatepass") + raw

    def signature(self, method, path, service, body, headers):
        with contextlib.suppress(Exception):  # botocore refuses to sign some of these
            request = AWSRequest(
                method, f"http://localhost:{self.server.port}{path}", data=body, headers=dict(headers)
            )
            signer = S3SigV4Auth if service == "s3" else SigV4Auth
            signer(Credentials(*self.keys), service, "us-east-1").add_auth(request)
            return {name.lower(): value for name, value in request.headers.items()}
        return {}


def quoted(text):
    return "".join(f"%{byte:02X}" for byte in text.encode()) if text else ""


def answer_of(port, raw, seconds=ANSWER_SECONDS):
    """The status and code of the first answer; None if there is none in time."""
    answer = b""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), seconds) as sock:
        with contextlib.suppress(OSError):
            sock.sendall(raw)
        while data := sock.recv(1 << 16):
            answer += data
    if not answer.startswith(b"HTTP/1.1 "):
        return None, ""
    code = re.search(rb'"__type":"(\w+)"|<Code>(\w+)</Code>', answer)
    return int(answer.split(b" ", 2)[1]), (code[1] or code[2]).decode() if code else ""


class Probe(threading.Thread):
    """Asks for /healthz all the time; the longest wait in seconds."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port, self.longest, self.stopping = port, 0.0, threading.Event()

    def run(self):
        while not self.stopping.wait(0.02):
            begun = time.perf_counter()
            status, _ = answer_of(
                self.port, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            )
            if status != 200:
                self.longest = float("inf")
            self.longest = max(self.longest, time.perf_counter() - begun)


def resident_mb(pid):
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 // 2**20


def attack(server, known, keys, n_requests, seed):
    """What came of the requests, as a dict."""
    statuses, errors, lock = Counter(), Counter(), threading.Lock()
    probe = Probe(server.port)
    memory = []

    def client(number, n):
        stranger = Stranger(random.Random(f"{seed}-{number}"), server, known, keys)
        for _ in range(n):
            raw, seconds = stranger.request()
            status, code = answer_of(server.port, raw, seconds)
            with lock:
                statuses[status] += 1
                if status is not None and status >= 500 and (status, code) not in STATED:
                    errors[status, code, raw[:120]] += 1
            if number == 0 and stranger.made in (n // 5, n):
                memory.append(resident_mb(server.process.pid))

    with contextlib.ExitStack() as stack:
        for _ in range(N_IDLE):
            stack.enter_context(socket.create_connection(("127.0.0.1", server.port)))
        probe.start()
        threads = [
            threading.Thread(target=client, args=(c, n_requests // N_CLIENTS)) for c in range(N_CLIENTS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        probe.stopping.set()
        probe.join()
    return {"statuses": statuses, "errors": errors, "longest": probe.longest, "memory": memory}


def refusal_us(server, n=2_000):
    """CPU microseconds of the server for a call of 6 MB that nobody signed, of which it reads the head alone."""
    head = b"POST /events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6000000\r\n\r\n"
    begun = cpu_seconds(server.process.pid)
    for _ in range(n):
        with socket.create_connection(("127.0.0.1", server.port)) as sock:
            sock.sendall(head)
            assert b" 403 " in sock.recv(1 << 12)
    return (cpu_seconds(server.process.pid) - begun) / n * 1e6


def prepared(data):
    """A stocked shop with a campaign, a tracker and a bucket."""
    server = RunningServer(data).start()
    shop = Shop(server).stocked()
    campaign = shop.campaign(shop.version(shop.solution()))
    tracker = shop.personalize.create_event_tracker(name=shop.id, datasetGroupArn=shop.group)["trackingId"]
    s3 = server.client("s3")
    s3.create_bucket(Bucket="shop")
    s3.put_object(Bucket="shop", Key="rows.csv", Body=b"x" * 100_000)
    assert server.stop() == 0
    return {"campaign": campaign, "tracker": tracker, "arns": [shop.group, campaign, *shop.datasets.values()]}


def run(folder, n_requests, seed):
    """Attack a server without and one with keys; a dict of results each."""
    data = Path(folder, "data")
    known = prepared(data)
    results = {}
    for name in ("without keys", "with keys"):
        keys = make_key(data) if name == "with keys" else None
        server = RunningServer(data, workers=0).start()
        try:
            results[name] = attack(server, known, keys, n_requests, seed)
            results[name]["refusal_us"] = refusal_us(server) if keys else None
        finally:
            assert server.stop() == 0
        results[name]["traces"] = server.output().count("Traceback")
    return results


def make_key(data):
    with open_stores(Config(data=data)) as stores:
        key = stores.keys.create()
    return key.access_key_id, key.secret


def main():
    parser = argparse.ArgumentParser(description="Hostile requests to a server.")
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for name, result in run(folder, options.requests, options.seed).items():
            print(f"{name}: {dict(sorted(result['statuses'].items(), key=str))}")
            print(
                f"  longest wait of the probe {result['longest']:.2f} s, memory {result['memory']} MB, traces {result['traces']}"
            )
            if result["refusal_us"]:
                print(f"  refusing a call that is not signed: {result['refusal_us']:.0f} us CPU")
            for error, n in result["errors"].most_common():
                print("  ", n, error)


if __name__ == "__main__":
    main()
