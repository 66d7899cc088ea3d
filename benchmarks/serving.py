"""How many signed requests does one serving process answer, and how fast?

    make setup && .venv/bin/python benchmarks/serving.py [--seconds 10] [--data FOLDER]

A campaign of aws-user-personalization over 3,700 items (hidden_dimension 149, exploration as AWS's default) is
trained on generated events, then asked through real HTTP connections by signed requests of 2,000 users; the
peer is a bare ASGI echo of the same size on the same stack, in the same run. The generator shares the machine.
Every user is asked for twice before the clock starts: the first question about a user costs reading a history.

Answer (2 cores of an AMD EPYC virtual machine at load 1, the generator on one of them; Python 3.11, uvloop):

    GetRecommendations, 100 connections              2,169/s  p50   42.5 ms  p99  112.7 ms  server CPU  463 us each
    GetRecommendations, 500/s offered beside           499/s  p50    1.1 ms  p99   12.1 ms
      50/s PutEvents                                    50/s  p50    3.0 ms  p99   15.4 ms
    PutEvents, 64 connections                        2,217/s  p50   26.4 ms  p99   89.0 ms  server CPU  530 us each
    echo, 1.6 kB answers, 100 connections           20,162/s  p50    4.4 ms  p99   10.6 ms  server CPU   50 us each
    echo, 2 B, 64                                   19,689/s  p50    2.8 ms  p99    6.3 ms  server CPU   51 us each
    ratio to the bare echo: GetRecommendations 0.11, PutEvents 0.11

Two shorter runs before gave 2,383 and 2,498 (without the access log) GetRecommendations/s and 2,529 to 2,745
PutEvents/s. A user of whom something new is known costs 1.5 to 3 ms at the next question: the history is read again.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("OMP_NUM_THREADS", "1")

from tests.operations.shop import Shop  # noqa: E402
from tests.running import RunningServer, free_port  # noqa: E402

from benchmarks.load import offer, saturate, signed  # noqa: E402

N_ITEMS, N_USERS, N_EVENTS = 3_700, 2_000, 60_000
FIELDS = [
    {"name": "USER_ID", "type": "string"},
    {"name": "ITEM_ID", "type": "string"},
    {"name": "TIMESTAMP", "type": "long"},
    {"name": "EVENT_TYPE", "type": "string"},
]
ECHO = """
async def app(scope, receive, send):
    body = (await receive())["body"]
    answer = body.ljust({size}, b"x")
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(answer)).encode())]
    await send({{"type": "http.response.start", "status": 200, "headers": headers}})
    await send({{"type": "http.response.body", "body": answer}})
"""


def events_csv(rng):
    """Every item occurs; popularity falls like a power; users walk among neighbouring items."""
    item = np.concatenate([np.arange(N_ITEMS), (N_ITEMS * rng.power(0.3, N_EVENTS - N_ITEMS)).astype(int)])
    user = rng.integers(N_USERS, size=N_EVENTS)
    rows = [
        f"u{u},i{i},{1_700_000_000 + 600 * n},click" for n, (u, i) in enumerate(zip(user, item, strict=True))
    ]
    return "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE\n" + "\n".join(rows) + "\n"


def prepare(data):
    """A trained campaign and an event tracker in `data`, unless an earlier run left them; and an access key."""
    known = data.parent / "known.json"
    if not known.exists():
        server = RunningServer(data).start()
        shop = Shop(server)
        shop.dataset("INTERACTIONS", FIELDS)
        shop.import_rows("INTERACTIONS", events_csv(np.random.default_rng(0)))
        begun = time.monotonic()
        version = shop.version(shop.solution("aws-user-personalization"), seconds=1800)
        print(f"trained in {time.monotonic() - begun:.0f} s")
        campaign = shop.campaign(version)
        tracker = shop.personalize.create_event_tracker(name=shop.id, datasetGroupArn=shop.group)[
            "trackingId"
        ]
        server.stop()
        command = [sys.executable, "-m", "presage", "keys", "create", "--data", str(data)]
        lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
        keys = [line.split("=", 1)[1] for line in lines]
        known.write_text(json.dumps({"campaign": campaign, "tracker": tracker, "keys": keys}))
    return json.loads(known.read_text())


def asking(url, known, n=2_000):
    bodies = (
        json.dumps({"campaignArn": known["campaign"], "userId": f"u{k}", "numResults": 25}).encode()
        for k in np.random.default_rng(1).permutation(n)
    )
    return [signed(url, "/recommendations", "personalize", body, known["keys"]) for body in bodies]


def telling(url, known, n=2_000):
    requests = []
    for k in np.random.default_rng(2).permutation(n).tolist():
        event = {"eventType": "click", "itemId": f"i{k}", "sentAt": 1_736_100_000 + k}
        body = {"trackingId": known["tracker"], "userId": f"u{k}", "sessionId": "s", "eventList": [event]}
        requests.append(signed(url, "/events", "personalize", json.dumps(body).encode(), known["keys"]))
    return requests


def echo_server(folder, size):
    """The bare peer: uvicorn as presage runs it, and nothing behind it."""
    (folder / f"echo{size}.py").write_text(ECHO.format(size=size))
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", f"echo{size}:app", "--port", str(port), "--no-access-log"]
    process = subprocess.Popen([*command, "--log-level", "error", "--lifespan", "off"], cwd=folder)
    time.sleep(2.0)
    return process, port


def measure(data, seconds):
    known = prepare(data)
    server = RunningServer(data, workers=0)
    server.start()
    try:
        ask, tell = asking(server.url, known), telling(server.url, known)
        results = {
            "GetRecommendations, 100 connections": saturate(
                server.port, ask, n_connections=100, seconds=seconds, pid=server.process.pid
            ),
        }
        asked, told = offer(server.port, (ask, 500), (tell, 50), seconds=seconds)
        results["GetRecommendations, 500/s offered beside"] = asked
        results["  50/s PutEvents"] = told
        results["PutEvents, 64 connections"] = saturate(
            server.port, tell, n_connections=64, seconds=seconds, pid=server.process.pid
        )
    finally:
        server.stop()
    for name, size, n in (("echo, 1.6 kB answers, 100 connections", 1600, 100), ("echo, 2 B, 64", 2, 64)):
        process, port = echo_server(data.parent, size)
        try:
            results[name] = saturate(
                port, ask if n == 100 else tell, n_connections=n, seconds=seconds, pid=process.pid
            )
        finally:
            process.terminate()
            process.wait()
    return results


def main():
    parser = argparse.ArgumentParser(description="Requests per second and latency of one serving process.")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--data", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.data or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        results = measure(folder / "data", options.seconds)
    for name, tally in results.items():
        print(f"{name:45} {tally}")
    rates = [tally.rate for tally in results.values()]
    print(
        f"ratio to the bare echo: GetRecommendations {rates[0] / rates[4]:.2f}, PutEvents {rates[3] / rates[5]:.2f}"
    )


if __name__ == "__main__":
    main()
