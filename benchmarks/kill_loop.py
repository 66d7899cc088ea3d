"""Does anything acknowledged get lost, doubled or stuck when processes are killed at random?

    make setup && .venv/bin/python benchmarks/kill_loop.py [--kills 200] [--longest 2.5] [--processes 1]

A real server takes events, imports (FULL and INCREMENTAL) and trainings all the while; at random moments SIGKILL
hits the server, its worker, the worker's guard, a job's child, a serving process, or all of them at once. In the
end every acknowledged event must be stored once, every import and training that was begun must be ACTIVE, and the
dataset must hold the rows of the imports in their order.

Answer (2 cores, 200 kills in 726 s: 60 of the whole tree, 49 of the server, 46 of the worker, 36 of the guard, 9 of
a child): of 126,995 acknowledged events none lost or doubled; 5 imports and 21 trainings, all ACTIVE; nothing stuck.
So quick are the kills that most jobs end only after the last: AWS's limit of 5 imports under way keeps off further ones.
With `--kills 40 --longest 9`, beside a training: 92,565 events, 14 imports, 25 trainings, and nothing amiss either.
"""

import argparse
import contextlib
import itertools
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from os import kill
from pathlib import Path
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.operations.shop import INTERACTIONS, Shop, interactions_csv  # noqa: E402
from tests.running import RunningServer  # noqa: E402

from presage.config import Config  # noqa: E402
from presage.stores import open_stores  # noqa: E402
from presage.tables.fold import rows_told_since  # noqa: E402

EVENT_SENDERS = 4
BATCH = 5
N_ROWS = 1_200
SHORTEST, LONGEST = 0.1, 2.5  # seconds between kills
SETTLE_SECONDS = 600


def family(pid):
    """(pid, what it is) of a process and of all that descend from it."""
    children = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            text = path.read_text()
            parent = int(text.rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(path.parent.name))
    found, left = [], [(pid, "server")]
    while left:
        one, what = left.pop()
        found.append((one, what))
        left += [(child, kind_of(child, what)) for child in children.get(one, ())]
    return found


def kind_of(pid, parent):
    with contextlib.suppress(OSError):
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        if b"worker" in command:
            return "worker"
        if b"serve" in command:
            return "serving process"
    return "guard" if parent == "worker" else "child"


class Strangers:
    """What goes on meanwhile: each thread does one thing again and again, whatever the server answers."""

    def __init__(self, shop, tracking_id):
        self.shop, self.tracking_id = shop, tracking_id
        self.stopping = threading.Event()
        self.acknowledged = []
        self.imports, self.versions = [], []
        self.threads = [
            threading.Thread(target=self._tell, args=(n,), daemon=True) for n in range(EVENT_SENDERS)
        ]
        self.threads += [threading.Thread(target=each, daemon=True) for each in (self._import, self._train)]
        for thread in self.threads:
            thread.start()

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join()

    def _tell(self, number):
        client = self.shop.server.client("personalize-events")
        for turn in itertools.count():
            if self.stopping.is_set():
                return
            ids = [f"{number}-{turn}-{k}" for k in range(BATCH)]
            events = [
                {"eventId": i, "eventType": "click", "itemId": f"i{k}", "sentAt": 1_750_000_000 + turn}
                for k, i in enumerate(ids)
            ]
            request = {
                "trackingId": self.tracking_id,
                "sessionId": f"s{number}-{turn}",
                "userId": f"u{turn % 60}",
            }
            while not self._call(client.put_events, **request, eventList=events):
                if self.stopping.is_set():
                    return
            self.acknowledged += ids
            time.sleep(0.02)

    def _import(self):
        client = self.shop.server.client("personalize")
        for turn in itertools.count():
            if self.stopping.wait(2.0):
                return
            name = f"import-{turn}-{uuid4().hex[:6]}"
            mode = "INCREMENTAL" if turn % 3 else "FULL"
            with contextlib.suppress(BotoCoreError, ClientError):
                text = interactions_csv(n_events=N_ROWS, seed=turn)
                made = client.create_dataset_import_job(
                    jobName=name,
                    datasetArn=self.shop.datasets["INTERACTIONS"],
                    dataSource={"dataLocation": self.shop.upload(f"{name}.csv", text)},
                    importMode=mode,
                )
                self.imports.append((made["datasetImportJobArn"], mode))

    def _train(self):
        client = self.shop.server.client("personalize")
        recipes = itertools.cycle(["aws-popularity-count", "aws-sims", "aws-user-personalization"])
        while not self.stopping.wait(3.0):
            with contextlib.suppress(BotoCoreError, ClientError):
                solution = self.shop.solution(next(recipes), performAutoTraining=False)
                made = client.create_solution_version(solutionArn=solution)
                self.versions.append(made["solutionVersionArn"])

    def _call(self, call, **request):
        try:
            call(**request)
        except (BotoCoreError, ClientError):
            time.sleep(0.05)
            return False
        return True


def run(folder, n_kills, n_processes=1, seed=0, longest=LONGEST):
    """Kill and look what is left; returns what was found wrong, and a summary."""
    rng = random.Random(seed)
    server = RunningServer(folder / "data", arguments=["--processes", str(n_processes)]).start()
    shop = Shop(server)
    shop.dataset("INTERACTIONS", INTERACTIONS)
    shop.import_rows("INTERACTIONS", interactions_csv(n_events=N_ROWS))
    tracker = shop.personalize.create_event_tracker(name=shop.id, datasetGroupArn=shop.group)
    shop.wait("event_tracker", tracker["eventTrackerArn"])
    strangers = Strangers(shop, tracker["trackingId"])
    killed = Counter()
    for _ in range(n_kills):
        time.sleep(rng.uniform(SHORTEST, longest))
        killed[strike(server, rng)] += 1
    strangers.stop()
    faults = settle(server)
    server.stop()
    faults += lost_or_doubled(folder, shop, strangers)
    summary = {
        "kills": dict(killed),
        "events acknowledged": len(strangers.acknowledged),
        "imports": len(strangers.imports),
        "trainings": len(strangers.versions),
    }
    return faults, summary


def strike(server, rng):
    """Kill something; a server that is gone is started again."""
    family_now = family(server.process.pid)
    kinds = sorted({what for _, what in family_now} | {"whole tree"})
    what = rng.choice(kinds)
    if what == "whole tree":
        server.kill()
    else:
        pid = rng.choice([pid for pid, kind in family_now if kind == what])
        with contextlib.suppress(ProcessLookupError):
            kill(pid, signal.SIGKILL)
    if what in ("server", "whole tree"):
        if what == "server":
            server.process.wait()
            server.log.close()
        time.sleep(rng.uniform(0, 0.5))
        server.start()
    return what


def settle(server):
    """Wait until nothing is under way; what is still under way then is stuck."""
    deadline = time.monotonic() + SETTLE_SECONDS
    with open_stores(Config(data=server.data)) as stores:
        while (left := stores.records.under_way()) and time.monotonic() < deadline:
            time.sleep(0.5)
        return [f"stuck: {record.arn} {record.motion} {record.phase}" for record in left]


def lost_or_doubled(folder, shop, strangers):
    faults = []
    with open_stores(Config(data=folder / "data")) as stores:
        for arn in [*(arn for arn, _ in strangers.imports), *strangers.versions]:
            record = stores.records.expect(arn)
            if record.state != "ACTIVE":
                faults.append(f"{arn} is {record.state}: {record.get('_reason')}")
        for record in stores.records.of_kind("personalize", "DatasetImportJob"):
            if record.state == "FAILED":
                faults.append(f"{record.arn} failed: {record['_reason']}")
        dataset = stores.records.expect(shop.datasets["INTERACTIONS"])
        found = Counter(stored_event_ids(stores, dataset))
        faults += [f"lost: event {i}" for i in set(strangers.acknowledged) - found.keys()]
        faults += [f"stored {n} times: event {i}" for i, n in found.items() if n > 1]
        expected = rows_after(stores)
        rows = stores.table(dataset).rows().bulk
        if rows != expected:
            faults.append(f"the dataset holds {rows} imported rows instead of {expected}")
    return faults


def rows_after(stores):
    """How many rows the imports leave, in the order in which they were asked for."""
    rows = 0
    for record in reversed(stores.records.of_kind("personalize", "DatasetImportJob")):
        if record.state == "ACTIVE":
            rows = N_ROWS if record["importMode"] == "FULL" else rows + N_ROWS
    return rows


def stored_event_ids(stores, dataset):
    """The eventIds of everything that was told, folded or still in the log, each as often as it is there."""
    layout, stream = stores.layout(dataset), dataset["_folder"]
    return rows_told_since(stores.log, stores.table(dataset), layout, stream, 0)["_EVENT_ID"].to_list()


def main():
    parser = argparse.ArgumentParser(description="Kill processes at random and look what is lost.")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--longest", type=float, default=LONGEST, help="seconds between two kills")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        faults, summary = run(Path(scratch), options.kills, options.processes, options.seed, options.longest)
    print(f"{time.monotonic() - begun:.0f} s: {summary}")
    print("\n".join(faults) or "nothing lost, doubled, failed or stuck")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
