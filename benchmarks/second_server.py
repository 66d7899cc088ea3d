"""What does a second server add, on one Postgres database?

    make setup && .venv/bin/python benchmarks/second_server.py [--seconds 6] [--rounds 4]

Two cores and a generator on the same machine cannot show two servers on cores of their own. So the servers are held
on one core, the generator and Postgres on the other, and one server alone takes turns with two at once. Each answer's
CPU time is counted in the servers, in Postgres and in the generator apart. If two servers that share a core need for
an answer what one needs that has it alone, then nothing that they do is done twice or waits for the other, and on a
core each they answer twice as much, as long as Postgres keeps up; what it needs for an answer is measured too.
"Mixed" is nine GetRecommendations and a PutEvents, and so on; "PutEvents" is events alone.

Answer (2 cores at a load of 22, from which CPU times suffer least; 30 items, so an answer is cheap; --seconds 3 --rounds 2), 64
connections to each server: mixed, alone 302 us each, two 307; Postgres 30 and 24 us: 1.97 times, by CPU time. PutEvents, alone 293 us,
two 284; Postgres 52 and 38 us: 2.06 times. If the same 64 connections are divided between the two, each has fewer to answer together,
which costs more: 315 and 389 us (1.62 times), 274 and 362 us (1.52 times). So a second server gives 1.7 times and more where the first
had enough to do, and less where it had not. That cores of their own behave as halves of one is inferred, not measured.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil
import uvloop

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("OMP_NUM_THREADS", "1")

from tests.operations.shop import Shop  # noqa: E402
from tests.running import SeveralServers  # noqa: E402
from tests.servers import PostgresServer  # noqa: E402

from benchmarks.load import Tally, _saturate, cpu_seconds, signed  # noqa: E402

KEYS = ("presage", "presage")
SERVERS_CORE, OTHERS_CORE = 0, 1
CONNECTIONS = 64  # to each server
MOST = 3_000


@dataclass
class Cost:
    """What answers cost, in CPU seconds."""

    tally: Tally = field(default_factory=Tally)
    postgres: float = 0.0
    generator: float = 0.0

    def __str__(self):
        n = max(1, len(self.tally.seconds))
        return (
            f"{self.tally.rate:7,.0f}/s  servers {self.tally.cpu_us:5.0f} us each, Postgres"
            f" {self.postgres / n * 1e6:4.0f} us, generator {self.generator / n * 1e6:4.0f} us,"
            f" refused {self.tally.refused}"
        )


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


def pin(pid, core):
    """Hold a process and all below it on a core."""
    process = psutil.Process(pid)
    for one in (process, *process.children(recursive=True)):
        one.cpu_affinity([core])


def ask(cost, servers, postgres, requests, seconds):
    """Saturate servers at once, and add up what that cost."""

    async def all_of_them():
        return await asyncio.gather(
            *(
                _saturate(
                    server.port,
                    requests[server.port],
                    CONNECTIONS,
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
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--rounds", type=int, default=4)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        postgres = PostgresServer().start()
        servers = SeveralServers(Path(folder) / "data", database=postgres.new_database()).start()
        shop = Shop(servers).stocked()
        campaign = shop.campaign(shop.version(shop.solution("aws-user-personalization")))
        made = shop.personalize.create_event_tracker(name=shop.id, datasetGroupArn=shop.group)
        shop.wait("event_tracker", made["eventTrackerArn"])
        pin(postgres.process.pid, OTHERS_CORE)
        os.sched_setaffinity(0, [OTHERS_CORE])
        for one in (*servers.servers, *servers.doing):
            pin(one.process.pid, SERVERS_CORE if one in servers.servers else OTHERS_CORE)
        for name, told in (("mixed", 0.1), ("PutEvents", 1.0)):
            requests = {
                one.port: requests_of(one.url, campaign, made["trackingId"], told) for one in servers.servers
            }
            alone, both = Cost(), Cost()
            for _ in range(given.rounds):
                ask(alone, servers.servers[:1], postgres, requests, given.seconds)
                ask(both, servers.servers, postgres, requests, given.seconds)
            ratio = alone.tally.cpu_us / both.tally.cpu_us
            print(f"{name}, one alone:     {alone}")
            print(f"{name}, two on a core: {both}")
            print(f"  so two on a core each answer {2 * ratio:.2f} times what one does, by CPU time")
        print(f"load {os.getloadavg()[0]:.1f}")
        servers.stop()
        postgres.close()


if __name__ == "__main__":
    main()
