"""How many events a second does the log put on disk, and how long does one wait for it?

    .venv/bin/python benchmarks/event_log.py [--seconds 5] [--waiters 1 16 64 256] [--folder DIR] [--postgres]

Each waiter appends one event of 200 bytes, awaits its place, and appends the next. Beside it, in the same
run, stands the bare cost of durability: a thread that writes 200 bytes and calls fsync, again and again. Then
all that was logged is read as one frame, as a deployment does, and folded into a dataset. `--folder` names a
folder on the disk to be measured; `--postgres` measures the log in a Postgres server of its own, whose data lie in memory if
there is plenty: then it shows what the log costs besides the disk.

Answer (2 cores at load 1, Python 3.11): bare 4,237 fsyncs a second; 1 waiter 1,881 events a second, p50 0.5 ms;
16: 8,430, 1.8 ms; 64: 13,164, p50 4.6 ms, p99 11.5 ms; 256: 12,995, p50 19 ms, p99 48 ms. Fold: 131,661 a second.
At load 9, with 199 fsyncs a second: 103, 1,417, 5,322 and 9,072 events a second; fold 56,000.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from presage.log import Log, open_log
from presage.tables.datasets import DatasetTable
from presage.tables.fold import DATASETS, fold, rows_told_since
from presage.tables.personalize.layout import layout_of
from presage.tables.personalize.schema import parse_schema

FIELDS = [
    {"name": "USER_ID", "type": "string"},
    {"name": "ITEM_ID", "type": "string"},
    {"name": "TIMESTAMP", "type": "long"},
    {"name": "EVENT_TYPE", "type": "string"},
]
AVRO = {
    "type": "record",
    "name": "Interactions",
    "namespace": "com.amazonaws.personalize.schema",
    "fields": FIELDS,
    "version": "1.0",
}
LAYOUT = layout_of(parse_schema(json.dumps(AVRO)))
EVENT = {
    "USER_ID": "user-123456",
    "ITEM_ID": "item-123456",
    "TIMESTAMP": 1_700_000_000,
    "EVENT_TYPE": "view",
    "SESSION_ID": "b7c2a5c5-0d3c-4a44-8a4f-7a3d9d6a0a11",
    "EVENT_ID": "c2a5c5a0-0d3c-4a44-8a4f-7a3d9d6a0a11",
}
STREAM = "9f97c3db57a2448ebdee5d1ccdffeb58"


def fsyncs_per_second(path: Path, seconds: float) -> float:
    n_done, end = 0, time.perf_counter() + seconds
    with path.open("ab", buffering=0) as file:
        while time.perf_counter() < end:
            file.write(b"x" * 200)
            os.fsync(file.fileno())
            n_done += 1
    return n_done / seconds


def database(wanted: bool) -> str:
    """The URL of a new Postgres database, if it is wanted."""
    if not wanted:
        return ""
    sys.path.insert(0, str(Path(__file__).parent.parent))
    from tests.servers import shared_postgres  # noqa: PLC0415

    return shared_postgres().new_database()


async def waits(log: Log, n_waiters: int, seconds: float) -> list[float]:
    """How long each append waited, in seconds."""
    end = time.perf_counter() + seconds
    waited: list[float] = []

    async def wait() -> None:
        while (start := time.perf_counter()) < end:
            await asyncio.wrap_future(log.append(STREAM, [EVENT]))
            waited.append(time.perf_counter() - start)

    await asyncio.gather(*(wait() for _ in range(n_waiters)))
    return waited


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--seconds", type=float, default=5.0)
    options.add_argument("--waiters", type=int, nargs="+", default=[1, 16, 64, 256])
    options.add_argument("--folder", type=Path)
    options.add_argument("--postgres", action="store_true")
    given = options.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        folder = Path(name)
        print(f"bare fsync: {fsyncs_per_second(folder / 'bare', given.seconds):,.0f} a second")
        log = open_log(folder, database(given.postgres))
        log.open_stream(STREAM, DATASETS)
        for n_waiters in given.waiters:
            waited = asyncio.run(waits(log, n_waiters, given.seconds))
            p50, p99 = np.percentile(waited, [50, 99]) * 1000
            rate = len(waited) / given.seconds
            load = os.getloadavg()[0]
            waits_ms = f"p50 {p50:5.1f} ms, p99 {p99:6.1f} ms"
            print(f"{n_waiters:4} waiters: {rate:8,.0f} a second, {waits_ms}  load {load:.1f}")
        n_logged = log.last_place()
        start = time.perf_counter()
        rows_told_since(log, DatasetTable(folder / "dataset"), LAYOUT, STREAM, 0)
        print(f"read: {n_logged / (time.perf_counter() - start):,.0f} a second")
        start = time.perf_counter()
        fold(log, DatasetTable(folder / "dataset"), LAYOUT, STREAM)
        print(f"fold: {n_logged / (time.perf_counter() - start):,.0f} a second")
        log.close()


if __name__ == "__main__":
    main()
