"""Do 100 users at once on a company's pages get every answer within a second?

    make setup && .venv/bin/python benchmarks/company_pages.py [--users 13000] [--seconds 30] [--data FOLDER]

The company of `presage demo company`: people to follow (GetRecommendations, 5 of 13,000), the directory of 300
programmes in the user's order (GetPersonalizedRanking), the feed of posts (GetRecommendations, 25 of 2,000), and after
each of them a PutEvents that tells what was done there. "Reading": 100 users open a page a second each, so that 100
pages and 100 events a second are asked for. "Impatient": 100 users who ask for the next as soon as they have an answer.
Every request is signed and sent once. Latency counts from the moment at which a user wants the page.

Answer (13,000 users, 2 cores, else idle): no error. Reading: p50 4.7 to 4.9 ms, p95 9.6 to 10, p99 13 to 15, the slowest of 6,000
answers 47 ms. Impatient: 2,040 answers a second, p50 41 ms, p95 124, p99 190, the slowest of 61,198 502 ms. (At a load of 8: the
slowest 101 and 685 ms.)
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import polars as pl
from rich.console import Console

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.running import RunningServer  # noqa: E402

from benchmarks.load import offer, saturate, signed  # noqa: E402
from presage.demo.company.app import ACTS, CompanyApp, names  # noqa: E402
from presage.demo.pipeline import Pipeline, Plan, Table  # noqa: E402
from presage.demo.service import connect  # noqa: E402
from presage.demo.steps import Steps  # noqa: E402
from presage.worlds.company import CompanyWorld  # noqa: E402

NOW = 1_790_000_000
RECIPES = {
    "person": "aws-user-personalization",
    "program": "aws-personalized-ranking",
    "post": "aws-user-personalization",
}
SMALL = {"solutionConfig": {"algorithmHyperParameters": {"hidden_dimension": "64"}}}
N_AT_ONCE, N_LISTED, MOST_PER_SECOND = 100, {"person": 5, "post": 25}, 2_000


def prepare(folder, world):
    """Three trained campaigns with their trackers in the folder, unless an earlier run left them; and a key."""
    known = folder / "known.json"
    if not known.exists():
        app = CompanyApp(world=world, url=f"sqlite:///{folder / 'app.sqlite'}", began_at=NOW)
        app.build()
        server = RunningServer(folder / "data").start()
        told = {kind: train(server, app, kind) for kind in ACTS}
        server.stop()
        command = [sys.executable, "-m", "presage", "keys", "create", "--data", str(folder / "data")]
        lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
        known.write_text(json.dumps({**told, "keys": [line.split("=", 1)[1] for line in lines]}))
    return json.loads(known.read_text())


def train(server, app, kind):
    query = (
        f"SELECT user_id AS USER_ID, {kind}_id AS ITEM_ID, CAST(at AS INTEGER) AS TIMESTAMP,"
        f" 'act' AS EVENT_TYPE FROM {ACTS[kind].name}"
    )
    pipeline = Pipeline(service=connect(server.url), steps=Steps(Console()), project=f"company-{kind}")
    group, at = pipeline.import_tables([Table(kind="Interactions", rows=pl.read_database(query, app.engine))])
    deployed = pipeline.train_and_deploy(group, Plan(name=kind, recipe=RECIPES[kind], solution=SMALL), at)
    return {"campaign": deployed.campaign, "tracker": pipeline.tracker(group)}


def pages(url, known, world, kind, n_pages, rng):
    """Requests for a page, each of another user as it comes."""
    programs = names("program", np.arange(world.n_programs))
    path = "/personalize-ranking" if kind == "program" else "/recommendations"
    more = {"inputList": programs} if kind == "program" else {"numResults": N_LISTED[kind]}
    for user in names("person", rng.integers(world.n_users, size=n_pages)):
        body = {"campaignArn": known[kind]["campaign"], "userId": user, **more}
        yield signed(url, path, "personalize", json.dumps(body).encode(), known["keys"])


def events(url, known, world, kind, n_events, rng):
    """Requests that tell what was done on a page."""
    users = names("person", rng.integers(world.n_users, size=n_events))
    things = names(kind, rng.integers(world.count(kind), size=n_events))
    for n, (user, thing) in enumerate(zip(users, things, strict=True)):
        event = {"eventType": "act", "itemId": thing, "sentAt": NOW + n}
        body = {"trackingId": known[kind]["tracker"], "userId": user, "sessionId": user, "eventList": [event]}
        yield signed(url, "/events", "personalize", json.dumps(body).encode(), known["keys"])


def row(name, tally):
    """A line: how many answers, how long they took, and how many were errors."""
    p50, p95, p99, most = np.percentile(np.array(tally.seconds) * 1000, [50, 95, 99, 100])
    times = f"p50 {p50:6.1f}  p95 {p95:6.1f}  p99 {p99:6.1f}  max {most:6.1f} ms"
    return f"{name:28s} {len(tally.seconds):7,d} answers  {times}  {tally.refused} errors"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--users", type=int, default=13_000)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--data", type=Path)
    asked = parser.parse_args()
    os.environ["PRESAGE_ACCESS_LOG"] = "0"
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.data or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        world = CompanyWorld(n_users=asked.users)
        known = prepare(folder, world)
        server = RunningServer(folder / "data").start()
        try:
            measure(server, known, world, asked.seconds)
        finally:
            server.stop()


def measure(server, known, world, seconds):
    rng = np.random.default_rng(0)
    rate = N_AT_ONCE / len(ACTS)
    n = int(rate * seconds) + 1
    streams = {}
    for kind in ACTS:
        streams[f"reading: {kind}"] = list(pages(server.url, known, world, kind, n, rng))
        streams[f"reading: {kind}, events"] = list(events(server.url, known, world, kind, n, rng))
    tallies = offer(server.port, *((requests, rate) for requests in streams.values()), seconds=seconds)
    for name, tally in zip(streams, tallies, strict=True):
        print(row(name, tally))
    n = int(MOST_PER_SECOND * (seconds + 1) / 6)
    each = [of(server.url, known, world, kind, n, rng) for kind in ACTS for of in (pages, events)]
    mixed = [request for together in zip(*each, strict=True) for request in together]
    tally = saturate(server.port, mixed, n_connections=N_AT_ONCE, seconds=seconds, pid=server.process.pid)
    print(row("impatient: all together", tally))
    print(f"{tally.rate:,.0f} answers a second, {tally.cpu_us:.0f} us of the server's CPU each")


if __name__ == "__main__":
    main()
