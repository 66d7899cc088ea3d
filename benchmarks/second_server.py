"""What does a second server add, on one Postgres database?

    make setup && sudo .venv/bin/python benchmarks/second_server.py [--share 0.4] [--seconds 5] [--rounds 4]

Each server may use a share of a core, as a container with a CPU limit (a control group of Linux, hence root): so two
servers, Postgres and the generator find room on two cores, and what a server lacks is CPU alone, as it does on a
machine of its own that is at its limit. One server with all connections takes turns with two that have half each.
"Mixed" is nine GetRecommendations and a PutEvents, and so on; "PutEvents" is events alone.

Answer (2 cores, else idle; 30 items, so an answer is cheap), 128 connections. Mixed: with 0.4 of a core each 815 and 2,032 answers
a second, 2.49 times; with 0.6 each 1,513 and 3,591, 2.37 times: more than twice, for a server with all the connections spends more
on each answer (489 and 391 us). PutEvents: 1,214 and 2,162, 1.78 times; with 0.6 each 1,724 and 2,530, 1.47 times: each server has
fewer events to commit together. Postgres needs 17 to 38 us an answer.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import uvloop

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("OMP_NUM_THREADS", "1")

from tests.operations.shop import Shop  # noqa: E402
from tests.running import SeveralServers  # noqa: E402
from tests.servers import PostgresServer  # noqa: E402

from benchmarks.load import Tally, _children, _saturate, cpu_seconds, signed  # noqa: E402

KEYS = ("presage", "presage")
CONNECTIONS = 128  # together
PERIOD_US = 20_000
GROUPS = Path("/sys/fs/cgroup")
MOST = 3_000


@dataclass
class Cost:
    """What came back, and what it cost beside the servers, in CPU seconds."""

    tally: Tally = field(default_factory=Tally)
    postgres: float = 0.0
    generator: float = 0.0

    def __str__(self):
        n = max(1, len(self.tally.seconds))
        return f"{self.tally}, Postgres {self.postgres / n * 1e6:4.0f} us, generator {self.generator / n * 1e6:4.0f} us"


def requests_of(url, campaign, tracker, share_told):
    """Signed requests, a share of which tells an event."""
    rng = np.random.default_rng(1)
    found = []
    for n in range(MOST):
        user = f"u{rng.integers(60)}"
        if rng.random() < share_told:
            event = {"eventType": "click", "itemId": f"i{rng.integers(30)}", "sentAt": 1_736_100_000 + n}
            body = {"trackingId": tracker, "userId": user, "sessionId": user, "eventList": [event]}
            found.append(signed(url, "/events", "personalize", json.dumps(body).encode(), KEYS))
        else:
            body = {"campaignArn": campaign, "userId": user, "numResults": 25}
            found.append(signed(url, "/recommendations", "personalize", json.dumps(body).encode(), KEYS))
    return found


@contextmanager
def limited(pid, share) -> Iterator[None]:
    """Let a process and all below it use a share of a core, in either version of control groups."""
    is_first = (GROUPS / "cpu").is_dir()
    group = GROUPS / ("cpu" if is_first else "") / f"presage-{pid}"
    group.mkdir()
    quota = int(share * PERIOD_US)
    try:
        if is_first:
            (group / "cpu.cfs_period_us").write_text(str(PERIOD_US))
            (group / "cpu.cfs_quota_us").write_text(str(quota))
        else:
            (group / "cpu.max").write_text(f"{quota} {PERIOD_US}")
        for task in (Path(f"/proc/{pid}"), *_children(pid)):
            (group / "cgroup.procs").write_text(task.name)
        yield
    finally:
        for process in (group / "cgroup.procs").read_text().split():
            (group.parent / "cgroup.procs").write_text(process)
        group.rmdir()


def ask(cost, servers, postgres, requests, seconds):
    """Saturate servers at once, and add up what that cost."""

    async def all_of_them():
        return await asyncio.gather(
            *(
                _saturate(
                    server.port,
                    requests[server.port],
                    CONNECTIONS // len(servers),
                    seconds,
                    server.process.pid,
                )
                for server in servers
            )
        )

    before = cpu_seconds(postgres.process.pid), time.process_time()
    wall = time.monotonic()
    tallies = uvloop.run(all_of_them())
    wall = time.monotonic() - wall
    measured = max(tally.wall_seconds for tally in tallies)
    share = measured / wall  # what was sent before and after is not counted
    cost.postgres += (cpu_seconds(postgres.process.pid) - before[0]) * share
    cost.generator += (time.process_time() - before[1]) * share
    for tally in tallies:
        cost.tally.add(tally)
    cost.tally.wall_seconds -= sum(tally.wall_seconds for tally in tallies) - measured


def main():
    parser = argparse.ArgumentParser(description="What a second server adds.")
    parser.add_argument("--share", type=float, default=0.4, help="of a core, for each server")
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--rounds", type=int, default=4)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        postgres = PostgresServer().start()
        servers = SeveralServers(Path(folder) / "data", database=postgres.new_database()).start()
        shop = Shop(servers).stocked()
        campaign = shop.campaign(shop.version(shop.solution("aws-user-personalization")))
        made = shop.personalize.create_event_tracker(name=shop.id, datasetGroupArn=shop.group)
        shop.wait("event_tracker", made["eventTrackerArn"])
        first, second = servers.servers
        with limited(first.process.pid, given.share), limited(second.process.pid, given.share):
            for name, told in (("mixed", 0.1), ("PutEvents", 1.0)):
                requests = {
                    one.port: requests_of(one.url, campaign, made["trackingId"], told)
                    for one in servers.servers
                }
                alone, both = Cost(), Cost()
                for turn in range(given.rounds):
                    ask(alone, servers.servers[turn % 2 :][:1], postgres, requests, given.seconds)
                    ask(both, servers.servers, postgres, requests, given.seconds)
                print(f"{name}, one: {alone}")
                print(f"{name}, two: {both}")
                print(f"  {both.tally.rate / alone.tally.rate:.2f} times")
        print(f"load {os.getloadavg()[0]:.1f}")
        servers.stop()
        postgres.close()


if __name__ == "__main__":
    main()
