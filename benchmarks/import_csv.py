"""How long does an import of interactions take, from CSV to a checked and committed dataset?

    .venv/bin/python benchmarks/import_csv.py [--rows 10000000] [--rounds 3] [--quoted]

The CSV is generated (38 bytes a row: user, item, timestamp, event type, event value; 500,000 users, 50,000
items). In turn, each in a process of its own, Polars copies it to Parquet, scan to sink and nothing else, and
`import_files` reads, checks, stores and syncs it. Wall and CPU seconds and peak resident memory; the ratio is
that of the best rounds. `--quoted` puts every text in quotes and backslashes into some: the slow path.

Answer (2 cores at load 1, Python 3.11): bare 2.6 s wall, 5.5 s CPU, 444 MiB; import 3.5 s wall, 6.9 s CPU,
545 MiB: 1.31 times the bare copy. At load 8 to 9: bare 10.7 s wall, import 11.5 s; quoted, with backslashes,
34.7 s wall, 18.1 s CPU, 568 MiB, 2.04 times the bare copy.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

from presage.recipes.data import silent
from presage.tables.datasets import DatasetTable
from presage.tables.imports import import_files
from presage.tables.personalize.layout import layout_of
from presage.tables.personalize.schema import parse_schema

AVRO = {
    "type": "record",
    "name": "Interactions",
    "namespace": "com.amazonaws.personalize.schema",
    "fields": [
        {"name": "USER_ID", "type": "string"},
        {"name": "ITEM_ID", "type": "string"},
        {"name": "TIMESTAMP", "type": "long"},
        {"name": "EVENT_TYPE", "type": "string"},
        {"name": "EVENT_VALUE", "type": ["null", "float"]},
    ],
    "version": "1.0",
}
LAYOUT = layout_of(parse_schema(json.dumps(AVRO)))
ROWS_PER_CHUNK = 1_000_000


def generate(path: Path, n_rows: int, *, quoted: bool) -> None:
    chance = np.random.default_rng(0)
    with path.open("wb") as file:
        for start in range(0, n_rows, ROWS_PER_CHUNK):
            rows = chunk(chance, min(ROWS_PER_CHUNK, n_rows - start))
            style = "non_numeric" if quoted else "necessary"
            text = rows.write_csv(include_header=False, quote_style=style)
            if start == 0:
                file.write((",".join(LAYOUT.names) + "\n").encode())
            file.write((text.replace('"u100', '"\\\\u100') if quoted else text).encode())


def chunk(chance: np.random.Generator, n_rows: int) -> pl.DataFrame:
    numbers = pl.DataFrame(
        {
            "USER_ID": chance.integers(0, 500_000, n_rows),
            "ITEM_ID": chance.integers(0, 50_000, n_rows),
            "TIMESTAMP": chance.integers(1_500_000_000, 1_700_000_000, n_rows),
            "EVENT_TYPE": np.array(["view", "click", "purchase"])[chance.integers(0, 3, n_rows)],
            "EVENT_VALUE": chance.random(n_rows).round(3),
        }
    )
    return numbers.with_columns(
        pl.format("u{}", "USER_ID").alias("USER_ID"), pl.format("i{}", "ITEM_ID").alias("ITEM_ID")
    )


def copy_bare(path: Path, folder: Path) -> None:
    rows = pl.scan_csv(path, schema=dict(LAYOUT.types), glob=False)
    rows.sink_parquet(folder / "bare.parquet", engine="streaming")


def import_checked(path: Path, folder: Path) -> None:
    import_files([("s3://bucket/log.csv", path)], LAYOUT, DatasetTable(folder / "dataset"), "FULL", silent)


WORK = {"bare": copy_bare, "import": import_checked}


def measure(name: str, path: Path) -> tuple[float, float, float]:
    """(wall seconds, CPU seconds, peak MiB) of one kind of work in a fresh process."""
    command = [sys.executable, __file__, "--work", name, "--path", str(path)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    wall, cpu, peak = map(float, answer.stdout.split())
    return wall, cpu, peak


def work(name: str, path: Path) -> None:
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        start = time.perf_counter()
        WORK[name](path, Path(folder))
        wall = time.perf_counter() - start
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--rows", type=int, default=10_000_000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--quoted", action="store_true")
    options.add_argument("--work", choices=WORK, help=argparse.SUPPRESS)
    options.add_argument("--path", type=Path, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.work:
        work(given.work, given.path)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.csv"
        generate(path, given.rows, quoted=given.quoted)
        print(f"{given.rows:,} rows, {path.stat().st_size / 1e6:.0f} MB, {os.cpu_count()} cores")
        best: dict[str, float] = {}
        for n in range(given.rounds):
            for name in WORK:
                wall, cpu, peak = measure(name, path)
                best[name] = min(wall, best.get(name, wall))
                load = os.getloadavg()[0]
                used = f"{wall:6.1f} s wall {cpu:6.1f} s CPU {peak:6.0f} MiB"
                print(f"round {n}: {name:6} {used}  load {load:.1f}")
        print(f"import / bare = {best['import'] / best['bare']:.2f}")


if __name__ == "__main__":
    main()
