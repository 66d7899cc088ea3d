"""What do callers meet when one of two servers is killed, or Postgres goes away for 30 seconds?

    make setup && .venv/bin/python benchmarks/outages.py [--clients 100] [--away 30]

Two servers and two workers on one Postgres database, behind a balancer that leaves out whom it cannot reach.
Clients tell events and ask for recommendations by boto3 with its own retries, each as fast as it is answered.
Then one server is killed (SIGKILL) and started again 5 seconds later; Postgres is killed for so many seconds; and
Postgres is killed and started again while a job trains. In the end every acknowledged event must be stored once.

Answer (2 cores, else idle; a whole run, and three with 3 s without Postgres). A server killed and started again: nobody of 100
clients was without a good answer for more than 0.05 to 0.08 s, and 0.04 to 0.06 s in the five seconds after; nothing but 200, and 0
to 12 connections that broke. Postgres away for 30 s: 503 alone, within the clients' patience, after what was remembered for a second was
forgotten (64 to 117 good answers); the first good answer right after it was back. A training in whose midst Postgres was killed for 3
s: ACTIVE. 9,997 events acknowledged, none lost, none stored twice. No 500. (Stalls of 2 s, and once of 4, in earlier answers were this
process looking through its own objects.)
"""

import argparse
import gc
import itertools
import os
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import boto3
from botocore.config import Config as ClientConfig
from botocore.exceptions import BotoCoreError, ClientError

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.operations.shop import INTERACTIONS, Shop  # noqa: E402
from tests.running import SeveralServers, wait_until  # noqa: E402
from tests.servers import PostgresServer  # noqa: E402

from presage.stores import open_stores  # noqa: E402
from presage.tables.fold import rows_told_since  # noqa: E402

SMALL = {"algorithmHyperParameters": {"hidden_dimension": "32"}}


@dataclass
class Met:
    """What a client met: each answer's time and status (0 = no connection), what failures said, what was acknowledged."""

    answers: list[tuple[float, int]] = field(default_factory=list)
    said: Counter[str] = field(default_factory=Counter)
    acknowledged: list[str] = field(default_factory=list)
    given_up: int = 0


class Client(threading.Thread):
    """Tells an event, asks for recommendations, and so on; what is not acknowledged is told again."""

    def __init__(self, url, tracking_id, campaign, number):
        super().__init__(daemon=True)
        self.tracking_id, self.campaign, self.number = tracking_id, campaign, number
        self.met, self.stopping = Met(), threading.Event()
        config = ClientConfig(
            retries={"mode": "standard", "max_attempts": 10}, connect_timeout=5, read_timeout=20
        )
        session = boto3.Session("presage", "presage", region_name="us-east-1")
        self.events, self.runtime = (
            session.client(service, endpoint_url=url, config=config)
            for service in ("personalize-events", "personalize-runtime")
        )
        for client in (self.events, self.runtime):
            client.meta.events.register("response-received", self._note)

    def _note(self, response_dict, parsed_response, exception, **_):
        status = response_dict["status_code"] if response_dict else 0
        self.met.answers.append((time.monotonic(), status))
        if status != 200:
            self.met.said[str(parsed_response["Error"] if parsed_response else exception)[:150]] += 1

    def run(self):
        for turn in itertools.count():
            if self.stopping.is_set():
                return
            event = {"eventId": f"{self.number}-{turn}", "eventType": "click", "itemId": "i1", "sentAt": turn}
            told = {"trackingId": self.tracking_id, "sessionId": "s", "userId": f"u{self.number}"}
            while not self._call(self.events.put_events, **told, eventList=[event]):
                if self.stopping.is_set():
                    return
            self.met.acknowledged.append(event["eventId"])
            if self.campaign:
                self._call(self.runtime.get_recommendations, campaignArn=self.campaign, userId="u1")

    def _call(self, call, **request):
        try:
            call(**request)
        except (BotoCoreError, ClientError):
            self.met.given_up += 1
            return False
        return True


class Trial:
    """Two servers on a Postgres server of their own, a shop, and clients."""

    def __init__(self, folder, n_clients, *, trains=True):
        self.postgres = PostgresServer().start()
        database = self.postgres.new_database()
        self.servers = SeveralServers(folder / "data", database=database).start()
        self.shop = Shop(self.servers).stocked() if trains else Shop(self.servers)
        if not trains:
            self.shop.dataset("INTERACTIONS", INTERACTIONS)
        self.campaign = self.shop.campaign(self.shop.version(self.shop.solution())) if trains else ""
        made = self.shop.personalize.create_event_tracker(name=self.shop.id, datasetGroupArn=self.shop.group)
        self.shop.wait("event_tracker", made["eventTrackerArn"])
        self.clients = [
            Client(self.servers.url, made["trackingId"], self.campaign, n) for n in range(n_clients)
        ]
        gc.collect()
        gc.freeze()  # else this process stands still for 2 s when the objects of so many clients are looked through
        for client in self.clients:
            client.start()

    def kill_server(self, seconds):
        """Kill one of the servers; it is started again after some seconds."""
        self.servers.servers[0].kill()
        time.sleep(seconds)
        self.servers.servers[0].start()

    def kill_postgres(self, seconds):
        """Take Postgres away for some seconds."""
        self.postgres.kill()
        time.sleep(seconds)
        self.postgres.start()

    def met_since(self, start):
        """What all clients met since an instant: statuses, and the longest time without an answer 200."""
        answers = sorted(
            one for client in self.clients for one in list(client.met.answers) if one[0] >= start
        )
        good = [start, *(at for at, status in answers if status == 200), time.monotonic()]
        return Counter(status for _, status in answers), max(b - a for a, b in itertools.pairwise(good))

    def stop_clients(self):
        for client in self.clients:
            client.stopping.set()
        for client in self.clients:
            client.join()
        return [event for client in self.clients for event in client.met.acknowledged]

    def stored(self):
        """The eventIds of all that was told, folded or still in the log."""
        with open_stores(self.servers.config) as stores:
            dataset = stores.records.expect(self.shop.datasets["INTERACTIONS"])
            layout, stream = stores.layout(dataset), dataset["_folder"]
            told = rows_told_since(stores.log, stores.table(dataset), layout, stream, 0)
            return layout.learned(told.lazy()).collect()["_EVENT_ID"].to_list()

    def train(self):
        """Begin a training; what waits until it has ended."""
        solution = self.shop.solution("aws-user-personalization", solutionConfig=SMALL)
        version = self.shop.personalize.create_solution_version(solutionArn=solution)["solutionVersionArn"]

        def describe():
            found = self.shop.personalize.describe_solution_version(solutionVersionArn=version)
            return found["solutionVersion"]

        wait_until(describe, wanted=("CREATE IN_PROGRESS",), ended=("CREATE FAILED",))
        return lambda: wait_until(describe)

    def close(self):
        code = self.servers.stop()
        self.postgres.close()
        return code


def main():
    parser = argparse.ArgumentParser(
        description="Kill a server and Postgres under load, and look what is met."
    )
    parser.add_argument("--clients", type=int, default=100)
    parser.add_argument("--away", type=float, default=30.0, help="seconds without Postgres")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        trial = Trial(Path(folder), given.clients)
        try:
            return measure(trial, given.away)
        finally:
            trial.close()


def measure(trial, away_seconds):
    """Strike, say what was met, and look what is lost; the exit code."""
    time.sleep(5)
    for what, strike in (
        ("a server killed", lambda: trial.kill_server(5)),
        ("Postgres away", lambda: trial.kill_postgres(away_seconds)),
    ):
        start = time.monotonic()
        strike()
        struck = time.monotonic() - start
        statuses, gap = trial.met_since(start)
        since = time.monotonic()
        time.sleep(5)
        after, gap_after = trial.met_since(since)
        print(
            f"{what} ({struck:.1f} s): answers {dict(statuses)}, longest time without a good one {gap:.2f} s"
        )
        print(f"  the 5 s after: answers {dict(after)}, longest time without a good one {gap_after:.2f} s")
    wait = trial.train()
    trial.kill_postgres(3)
    print(f"a training during which Postgres was started again: {wait()['status']}")
    acknowledged = trial.stop_clients()
    stored = trial.stored()
    lost = set(acknowledged) - set(stored)
    print(
        f"events acknowledged: {len(acknowledged)}, lost: {len(lost)}, stored twice: {len(stored) - len(set(stored))}"
    )
    said = sum((client.met.said for client in trial.clients), Counter())
    print("failures:", *said.most_common(8), sep="\n  ")
    print(f"load {os.getloadavg()[0]:.1f}")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
