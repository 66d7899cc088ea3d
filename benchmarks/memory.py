"""How much does a server remember of a user, and how long does it take to build that?

    make setup && .venv/bin/python benchmarks/memory.py [--users 300000] [--events 20]

A group of so many users with so many events each, about 10,000 items, and a record of each user with an age, is
brought into tables; then its memory is built, opened as a serving process does, and every hundredth user's latest
events are read. The file is memory-mapped: all processes of a machine share it, and what is not asked for is on disk.

Answer (2 cores at a load of 24; CPU seconds and bytes, which that does not change): 300,000 users, 6,000,000 events: built in
11.5 CPU s; on disk 267 MB, 890 bytes a user with 20 events; a process that has all of it in use 278 MB, shared by all of a machine.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl
import psutil

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.serving.group import Group

from presage.serving.memory import GroupMemory, build_snapshot

N_ITEMS = 10_000


def bring(group, n_users, n_events):
    rng = np.random.default_rng(0)
    n = n_users * n_events
    group.bring(
        "INTERACTIONS",
        {
            "USER_ID": pl.Series(np.repeat(np.arange(n_users), n_events)).cast(pl.String),
            "ITEM_ID": pl.Series(rng.zipf(1.3, n) % N_ITEMS).cast(pl.String),
            "TIMESTAMP": 1_700_000_000 + rng.integers(0, 10**7, n),
            "EVENT_TYPE": pl.repeat("view", n, eager=True),
            **{name: pl.repeat(None, n, eager=True) for name in ("EVENT_VALUE", "DEVICE", "IMPRESSION")},
        },
    )
    group.bring(
        "USERS",
        {"USER_ID": pl.Series(np.arange(n_users)).cast(pl.String), "AGE": rng.integers(18, 90, n_users)},
    )


def main():
    parser = argparse.ArgumentParser(description="Bytes and seconds of a group's memory.")
    parser.add_argument("--users", type=int, default=300_000)
    parser.add_argument("--events", type=int, default=20)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        group = Group(Path(name))
        bring(group, given.users, given.events)
        begun = time.process_time()
        build_snapshot(group.source)
        built = time.process_time() - begun
        size = sum(one.stat().st_size for one in (Path(name) / "memory").glob("*.safetensors"))
        process = psutil.Process()
        before = process.memory_info().rss
        memory = GroupMemory(group.source)
        memory.load(group.log)
        for user in range(0, given.users, 100):
            memory.events(str(user))
        opened = process.memory_info().rss - before
        group.close()
    print(f"{given.users:,} users, {given.users * given.events:,} events: built in {built:.1f} CPU s")
    print(f"memory on disk {size / 1e6:,.0f} MB, {size / given.users:,.0f} bytes a user")
    print(f"one process more: {opened / 1e6:,.1f} MB resident, shared pages and all")


if __name__ == "__main__":
    main()
