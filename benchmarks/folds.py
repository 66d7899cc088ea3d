"""How large does a dataset grow that is folded into every second, and how slow does it become to read?

    .venv/bin/python benchmarks/folds.py [--folds 3000] [--events 60]

Each round tells a log some events and folds them: one Delta commit. Said are the most data files and the most
log entries that lay there at any time, the bytes of both at the end, how long a fold took, and how long it takes
to open the table and to read it.

Answer (2 cores at load 15): 3,000 folds, 180,000 rows: at most 99 files and 150 log entries, 1.3 MB at the
end; a fold 121 ms, open 20 ms, read 259 ms. Before files and entries were counted and pruned: 3,061 and 3,061,
54 MB, a fold 280 ms at load 10.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

from event_log import EVENT, LAYOUT, STREAM
from presage.log import open_log
from presage.tables.datasets import DatasetTable
from presage.tables.fold import DATASETS, fold


def timed(work) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--folds", type=int, default=3000)
    options.add_argument("--events", type=int, default=60)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        log, table = open_log(folder), DatasetTable(folder / "dataset")
        log.open_stream(STREAM, DATASETS)
        put = folder / "dataset/put"
        most_files, most_entries, took_ms = 0, 0, 0.0
        for n in range(1, given.folds + 1):
            events = [EVENT | {"TIMESTAMP": n * given.events + k} for k in range(given.events)]
            log.append(STREAM, events).result()
            took_ms += timed(lambda: fold(log, table, LAYOUT, STREAM))
            most_files = max(most_files, len(list(put.glob("*.parquet"))))
            most_entries = max(most_entries, len(list(put.glob("_delta_log/*.json"))))
            if n % max(1, given.folds // 3) == 0:
                n_bytes = sum(path.stat().st_size for path in put.rglob("*") if path.is_file())
                open_ms, read_ms = timed(lambda: table.version), timed(lambda: table.read(LAYOUT))
                print(
                    f"{n:5} folds, {n * given.events:,} rows: at most {most_files} files and"
                    f" {most_entries} log entries, {n_bytes / 1e6:.1f} MB; a fold {took_ms / n:.0f} ms,"
                    f" open {open_ms:.0f} ms, read {read_ms:.0f} ms  load {os.getloadavg()[0]:.1f}",
                    flush=True,
                )
        log.close()


if __name__ == "__main__":
    main()
