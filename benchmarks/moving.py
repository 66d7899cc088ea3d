"""What does it take to move a grown folder from SQLite files into Postgres, and back?

    .venv/bin/python benchmarks/moving.py [--events 1000000]

A log of events of 200 bytes and 1,000 records are copied into a Postgres server of its own (its data in memory,
if there is plenty), as `presage restore --database` does, then out of it again, as `presage backup` does. CPU
seconds are those of this process; what Postgres needs stands beside them.

Answer (2 cores at load 12, Python 3.11, Postgres 16): 1,000,000 events, 217 MB of SQLite files. Into Postgres 2.6
CPU s here and 3.0 in Postgres, 11 s; out of it 4.9 and 0.9, 16 s. So 378,000 events a CPU second in, 206,000 out.
"""

import argparse
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.servers import PostgresServer

from presage.backups.databases import dump_database, fill_database
from presage.config import Config
from presage.stores import open_stores

N_A_COMMIT = 5_000
TEXT = "x" * 120


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--events", type=int, default=1_000_000)
    n_events: int = asked.parse_args().events
    server = PostgresServer().start()
    try:
        with tempfile.TemporaryDirectory() as scratch:
            folder, back = Path(scratch, "folder"), Path(scratch, "back")
            back.mkdir()
            _grow(folder, n_events)
            n_bytes = sum(one.stat().st_size for one in folder.glob("*.sqlite"))
            print(f"{n_events:,} events, {n_bytes / 1e6:.0f} MB of SQLite files")
            config = Config(data=folder, database=server.new_database())
            with _Measured("into Postgres", server, n_events):
                fill_database(config, folder, lambda _what, _fraction: None)
            with open_stores(config) as stores, _Measured("out of Postgres", server, n_events):
                dump_database(stores, back)
    finally:
        server.close()


def _grow(folder: Path, n_events: int) -> None:
    with open_stores(Config(data=folder)) as stores:
        for _ in range(1_000):
            stores.keys.create()
        stores.log.open_stream("events", "somebody")
        for first in range(0, n_events, N_A_COMMIT):
            some = range(first, min(first + N_A_COMMIT, n_events))
            stores.log.write("events", [{"user": f"u{n}", "item": f"i{n}", "note": TEXT} for n in some])


class _Measured:
    """Says what a block takes."""

    def __init__(self, what: str, server: PostgresServer, n_events: int) -> None:
        self._what, self._n = what, n_events
        self._postgres = psutil.Process(server.process.pid if server.process else 0)

    def __enter__(self) -> None:
        self._began, self._own, self._theirs = time.monotonic(), time.process_time(), self._used()

    def __exit__(self, *_: object) -> None:
        own, theirs = time.process_time() - self._own, self._used() - self._theirs
        seconds = time.monotonic() - self._began
        print(
            f"{self._what}: {own:.1f} CPU s here, {theirs:.1f} in Postgres; {seconds:.0f} s;"
            f" {self._n / own:,.0f} events a CPU second"
        )

    def _used(self) -> float:
        """CPU seconds of the server, with those of the children that ended."""
        used = self._postgres.cpu_times()
        total = used.children_user + used.children_system
        for one in (self._postgres, *self._postgres.children()):
            with suppress(psutil.NoSuchProcess):
                total += one.cpu_times().user + one.cpu_times().system
        return total


if __name__ == "__main__":
    main()
