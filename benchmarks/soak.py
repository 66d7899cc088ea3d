"""Do trainings and imports slow down, and do memory and files grow, while events keep arriving?

    make setup && .venv/bin/python benchmarks/soak.py [--minutes 20] [--per-second 60]

A real server with one worker takes events at a steady rate, a popularity training every 15 s and an import every
minute. A line a minute says how long trainings and imports took (median of that minute), what the processes hold
(resident memory, descriptors), and what lies in the data folder: files of the dataset's table and of the group's
memory, and the bytes of the event log. The last third must look like the first.

Answer (2 cores, 20 minutes, 72,030 events, tests running beside for the first ten): in the first, middle and last
third a training takes 1.34, 1.33 and 1.37 s, an import 2.36, 2.29 and 2.40 s. Server 168 to 171 MB, worker 123 MB, 41 to
43 descriptors all the while; files of the table between 16 and 194, at the tenth and twentieth minute 81 and 104 (a
model keeps the import that it was trained on); memory 2 files, log 6 MB. Issue 5 reports that they grew from 1.3 to 225 s.
"""

import argparse
import contextlib
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.operations.shop import INTERACTIONS, Shop, interactions_csv  # noqa: E402
from tests.running import RunningServer, wait_until  # noqa: E402

from benchmarks.kill_loop import family  # noqa: E402

TRAIN_EVERY, IMPORT_EVERY = 15.0, 60.0
BATCH = 6


class Load:
    """Events, trainings and imports at a steady rate; how long each training and import took."""

    def __init__(self, shop, tracking_id, per_second, train_every=TRAIN_EVERY, import_every=IMPORT_EVERY):
        self.shop, self.tracking_id, self.per_second = shop, tracking_id, per_second
        self.stopping = threading.Event()
        self.told, self.took = 0, {"train": [], "import": []}
        self.threads = [
            threading.Thread(target=each, daemon=True)
            for each in (
                self._tell,
                lambda: self._every(train_every, "train", self._train),
                lambda: self._every(import_every, "import", self._import),
            )
        ]
        for thread in self.threads:
            thread.start()

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join()

    def _tell(self):
        begun = time.monotonic()
        while not self.stopping.wait(max(0.0, begun + self.told / self.per_second - time.monotonic())):
            n = self.told
            events = [
                {"eventType": "click", "itemId": f"i{(n + k) % 30}", "sentAt": time.time()}
                for k in range(BATCH)
            ]
            self.shop.events.put_events(
                trackingId=self.tracking_id,
                sessionId=f"s{n // 60}",
                userId=f"u{n // BATCH % 5000}",
                eventList=events,
            )
            self.told += BATCH

    def _every(self, seconds, what, do):
        due = time.monotonic()
        while not self.stopping.wait(max(0.0, due - time.monotonic())):
            begun = time.monotonic()
            do()
            self.took[what].append(time.monotonic() - begun)
            due = max(due + seconds, time.monotonic())

    def _train(self):
        made = self.shop.personalize.create_solution_version(solutionArn=self.shop.popularity)[
            "solutionVersionArn"
        ]
        self._wait(
            lambda: self.shop.personalize.describe_solution_version(solutionVersionArn=made)[
                "solutionVersion"
            ]
        )

    def _import(self):
        made = self.shop.start_import("INTERACTIONS", interactions_csv(n_events=1_200))
        self._wait(
            lambda: self.shop.personalize.describe_dataset_import_job(datasetImportJobArn=made)[
                "datasetImportJob"
            ]
        )

    def _wait(self, describe):
        wait_until(describe, seconds=600)


def rss_mb(pid):
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
    return 0.0


def files_in(folder):
    return sum(path.is_file() for path in folder.rglob("*")) if folder.exists() else 0


def look(server):
    """What the processes hold and what lies on the disk now."""
    data, found = server.data, family(server.process.pid)
    with contextlib.suppress(OSError):
        found = [(pid, what, len(list(Path(f"/proc/{pid}/fd").iterdir()))) for pid, what in found]
    size = sum(path.stat().st_size for path in data.glob("events.sqlite*")) / 1e6
    return {
        "server MB": rss_mb(server.process.pid),
        "worker MB": sum(rss_mb(pid) for pid, what, *_ in found if what in ("worker", "guard")),
        "server fds": next((row[2] for row in found if row[1] == "server" and len(row) > 2), 0),
        "table files": files_in(data / "tables"),
        "memory files": files_in(data / "memory"),
        "log MB": size,
    }


def run(folder, *, n_rows, row_seconds=60.0, per_second=60.0, out=print, **every):
    """Load a server for so many rows of so many seconds; what was found in each."""
    server = RunningServer(folder / "data").start()
    try:
        shop, tracking_id = prepare(server)
        load = Load(shop, tracking_id, per_second, **every)
        rows = []
        for number in range(1, n_rows + 1):
            before = {what: len(took) for what, took in load.took.items()}
            time.sleep(row_seconds)
            recent = {what: took[before[what] :] for what, took in load.took.items()}
            row = {f"{what} s": round(median(took), 2) if took else None for what, took in recent.items()}
            row |= {name: round(value) for name, value in look(server).items()} | {"told": load.told}
            rows.append(row)
            out(f"{number:2}:  " + "  ".join(f"{name} {value}" for name, value in row.items()), flush=True)
        load.stop()
        return rows
    finally:
        server.stop()


def prepare(server):
    """A shop with some data, a popularity solution and a campaign; and a tracking id."""
    shop = Shop(server)
    shop.dataset("INTERACTIONS", INTERACTIONS)
    shop.import_rows("INTERACTIONS", interactions_csv(n_events=5_000))
    tracker = shop.personalize.create_event_tracker(name=shop.id, datasetGroupArn=shop.group)
    shop.wait("event_tracker", tracker["eventTrackerArn"])
    shop.popularity = shop.solution(performAutoTraining=False)
    shop.campaign(shop.version(shop.popularity))
    return shop, tracker["trackingId"]


def main():
    parser = argparse.ArgumentParser(description="A steady load for a long while.")
    parser.add_argument("--minutes", type=int, default=20)
    parser.add_argument("--per-second", type=float, default=60.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        run(Path(scratch), n_rows=options.minutes, per_second=options.per_second)


if __name__ == "__main__":
    main()
