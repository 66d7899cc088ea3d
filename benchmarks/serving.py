"""How many signed requests does one serving process answer, and how fast?

    make setup && .venv/bin/python benchmarks/serving.py [--seconds 10] [--data FOLDER] [--processes 1]

A campaign of aws-user-personalization over 3,700 items (hidden_dimension 149, exploration as AWS's default) is
trained on generated events of 2,000 users, then asked through real HTTP connections by signed requests. "Mixed"
is nine GetRecommendations about users drawn from 2,500, of whom 500 are strangers, then a PutEvents that tells an
event of one of them, and so on; no request is sent twice and nobody is warmed up. The peer is a bare ASGI echo of
the same size on the same stack; the two take turns of a few seconds. The generator shares the machine.

Answer (2 shared cores, 12 s each, two runs): mixed 1,579 and 1,497/s, 665 and 698 us, 0.141 and 0.153 of the echo's rate,
7.5 and 6.9 times its CPU; PutEvents 1,711 and 1,692/s, 612 and 614 us, 0.149 and 0.143, 7.1 and 7.3 times. Offered 500/s:
GetRecommendations p50 1.7 and 2.6 ms, p99 10.5 and 16.4 ms, PutEvents p99 13.5 and 22.0 ms, of which the disk takes most.
While tests ran beside, the echo suffered more than the server: 0.19 and 6.9 to 7.3 times. A question costs less the more
are answered together, so those that are being read already are waited for: before, the same minutes, 856 to 879 us
instead of 701 to 728. --processes 2, before that, where the generator wants a share of the same two cores: mixed 1,882/s,
1.5 times one process; PutEvents 1,649/s, for commits of one log come one after the other. The main of before issue 5: mixed
995/s, 1,057 us, 0.097 and 10.9 times, p99 at 500/s 284 ms; PutEvents 1,290/s, 0.118 and 9.6 times.
"""

import argparse
import json
import os
import shutil
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

from benchmarks.load import Tally, offer, saturate, signed  # noqa: E402

N_ITEMS, N_USERS, N_EVENTS = 3_700, 2_000, 60_000
N_ASKED = 2_500
MOST_PER_SECOND = 4_000
"""So many requests are made ready for each second: signing them takes longer than answering."""
ECHO_ANSWERS, ECHO_NOTHING = "echo, 1.6 kB answers, 100 connections", "echo, 2 B, 64 connections"
MIXED, PUT_EVENTS = "mixed, 100 connections", "PutEvents, 64 connections"
ROUNDS = 4
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
        settings = {"algorithmHyperParameters": {"hidden_dimension": "149"}}
        solution = shop.solution("aws-user-personalization", solutionConfig=settings)
        version = shop.version(solution, seconds=1800)
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


def ask(url, known, rng):
    body = {"campaignArn": known["campaign"], "userId": f"u{rng.integers(N_ASKED)}", "numResults": 25}
    return signed(url, "/recommendations", "personalize", json.dumps(body).encode(), known["keys"])


def tell(url, known, rng, n):
    event = {"eventType": "click", "itemId": f"i{rng.integers(N_ITEMS)}", "sentAt": 1_736_100_000 + n}
    user = f"u{rng.integers(N_ASKED)}"
    body = {"trackingId": known["tracker"], "userId": user, "sessionId": f"of {user}", "eventList": [event]}
    return signed(url, "/events", "personalize", json.dumps(body).encode(), known["keys"])


def mixed(url, known, n_requests):
    """Nine questions, then an event, and so on."""
    rng = np.random.default_rng(1)
    return [tell(url, known, rng, n) if n % 10 == 9 else ask(url, known, rng) for n in range(n_requests)]


def telling(url, known, n_requests):
    rng = np.random.default_rng(2)
    return [tell(url, known, rng, 10**6 + n) for n in range(n_requests)]


def echo_server(folder, size):
    """The bare peer: uvicorn as presage runs it, and nothing behind it."""
    (folder / f"echo{size}.py").write_text(ECHO.format(size=size))
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", f"echo{size}:app", "--port", str(port), "--no-access-log"]
    process = subprocess.Popen([*command, "--log-level", "error", "--lifespan", "off"], cwd=folder)
    time.sleep(2.0)
    return process, port


def measure(data, seconds, processes):
    """A tally of each stream of requests; server and echo take turns, for the machine is not always as quick."""
    known = json.loads((data.parent / "known.json").read_text())
    arguments = ["--processes", str(processes)] if processes > 1 else []
    server = RunningServer(data, workers=0, arguments=arguments).start()
    echoes = {
        name: echo_server(data.parent, size) for name, size in ((ECHO_ANSWERS, 1600), (ECHO_NOTHING, 2))
    }
    turn = seconds / ROUNDS
    per_turn = int(MOST_PER_SECOND * (turn + 1) * processes)
    questions = mixed(server.url, known, per_turn * ROUNDS + int(500 * seconds))
    events = telling(server.url, known, per_turn * ROUNDS)
    try:
        rest = questions[per_turn * ROUNDS :]
        told, asked = rest[9::10], [request for n, request in enumerate(rest) if n % 10 != 9]
        offered = offer(server.port, (asked, 450), (told, 50), seconds=seconds)
        names = "GetRecommendations, 450/s offered", "PutEvents, 50/s offered beside"
        results = dict(zip(names, offered, strict=True))
        for name, requests, n, echo in (
            (MIXED, questions, 100, ECHO_ANSWERS),
            (PUT_EVENTS, events, 64, ECHO_NOTHING),
        ):
            process, echo_port = echoes[echo]
            for number in range(ROUNDS):
                part = requests[number * per_turn : (number + 1) * per_turn]
                for stream, port, pid in (
                    (name, server.port, server.process.pid),
                    (echo, echo_port, process.pid),
                ):
                    tally = saturate(port, part, n_connections=n, seconds=turn, pid=pid)
                    results.setdefault(stream, Tally()).add(tally)
    finally:
        server.stop()
        for process, _ in echoes.values():
            process.terminate()
            process.wait()
    return results


def compared(results, name, echo):
    """The rate and the CPU time of one stream, as multiples of the echo's."""
    rate = results[name].rate / results[echo].rate
    return (
        f"{name}: {rate:.3f} of the echo's rate, {results[name].cpu_us / results[echo].cpu_us:.1f} x its CPU"
    )


def main():
    parser = argparse.ArgumentParser(description="Requests per second and latency of a server.")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--processes", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        prepared, used = options.data or Path(scratch, "prepared"), Path(scratch, "used")
        prepared.mkdir(parents=True, exist_ok=True)
        prepare(prepared / "data")
        shutil.copytree(prepared, used)  # what is told here is not there at the next run
        results = measure(used / "data", options.seconds, options.processes)
    for name, tally in results.items():
        print(f"{name:40} {tally}")
    print(compared(results, MIXED, ECHO_ANSWERS))
    print(compared(results, PUT_EVENTS, ECHO_NOTHING))


if __name__ == "__main__":
    main()
