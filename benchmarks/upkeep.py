"""What do start-up and the minute's upkeep cost with 100,000 settled records?

    make setup && .venv/bin/python benchmarks/upkeep.py [--records 100000]

A database with so many ACTIVE records (a tenth of them solutions that train automatically, due later), then:
opening it, finding what a crash left, one round of upkeep, one look at what changed. The peer is the same in an
empty database, in the same run. Milliseconds, best of 5.

Answer: opening 3 ms, finding what was left 0.5 ms, upkeep 1.1 ms, a look 0.2 ms; with none 2, 0.2, 1.2 and 0.3 ms.
"""

import argparse
import tempfile
import time
from pathlib import Path

from sqlalchemy import insert

from presage.config import Config
from presage.live.live import Live
from presage.live.reading import LiveSets
from presage.operations import upkeep, walks
from presage.operations.server import Server
from presage.operations.table import KINDS
from presage.resources.database import records
from presage.serving.deployments import Deployments
from presage.stores import Stores

KINDS_MADE = ("DatasetGroup", "Dataset", "DatasetImportJob", "Solution", "SolutionVersion")


def fill(stores, n_records):
    """Settled records of several kinds, written at once."""
    now = time.time()
    rows = [
        {
            "arn": f"arn:{n}",
            "service": "personalize",
            "kind": KINDS_MADE[n % len(KINDS_MADE)],
            "name": f"r{n}",
            "state": "ACTIVE",
            "motion": "",
            "phase": "",
            "due_at": now + 86_400 if n % 10 == 3 else None,
            "created_at": now,
            "updated_at": now,
            "revision": 1,
            "body": f'{{"performAutoTraining": true, "solutionConfig": {{}}, "_folder": "f{n}"}}',
        }
        for n in range(n_records)
    ]
    with stores.engine.begin() as connection:
        for first in range(0, n_records, 10_000):
            connection.execute(insert(records), rows[first : first + 10_000])


def server_of(stores):
    live = Live(stores)
    return Server(
        stores=stores,
        deployments=Deployments(),
        kinds=KINDS,
        later=lambda step: step(),
        beside=lambda step: step(),
        feed=live.feed,
        live=LiveSets(live),
    )


def best_ms(work, times=5):
    took = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        took.append(time.perf_counter() - begun)
    return 1e3 * min(took)


def measure(folder, n_records):
    config = Config(data=folder)
    stores = Stores(config)
    if n_records:
        fill(stores, n_records)
    server = server_of(stores)

    def opening():
        Stores(config).close()

    found = {
        "opening the records": best_ms(opening),
        "finding what was left": best_ms(lambda: walks.take_up(server)),
        "a minute's upkeep": best_ms(lambda: upkeep.keep_up(server)),
        "has anything changed?": best_ms(server.records.revision),
    }
    stores.close()
    return found


def main():
    parser = argparse.ArgumentParser(description="What upkeep costs.")
    parser.add_argument("--records", type=int, default=100_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        empty = measure(Path(scratch, "empty"), 0)
        full = measure(Path(scratch, "full"), options.records)
    for name, ms in full.items():
        print(f"{name:25} {ms:7.2f} ms with {options.records:,} records, {empty[name]:7.2f} ms with none")


if __name__ == "__main__":
    main()
