"""How fast are live features: a look-up of an identity, and events folded into the online store?

    make setup && nice -n 5 .venv/bin/python benchmarks/online_features.py [--identities 10000] [--sessions 10] [--online-store URL]

The offer example's two documents over the game events of bts.py, ten a session. The events are appended to a log, folded
into the embedded store (or that of a URL) in turns of 1,000, and then identities are looked up at random in another connection, while nothing
else happens and while further events are folded.

Two shared virtual cores at a load of 5, 10,000 identities of ten sessions, 1,000,000 events:

    folded 900,000 events of 10,000 identities: 21,974 a CPU second
    look-up, alone:          p50 0.007 ms, p99 0.011 ms, p99.9 0.085 ms
    look-up, while folding:  p50 0.005 ms, p99 0.010 ms, p99.9 8.168 ms
    the store takes 5,658 bytes an identity

Postgres 16.14 and Valkey 9.1 on the same machine, which a load of 9 kept busy: those servers and the benchmark were
therefore started with `chrt -r 1`. `--identities 2000 --sessions 5 --online-store URL`, 100,000 events:

    Postgres
    folded 90,000 events of 2,000 identities: 28,361 a CPU second, 24,671 a second
    look-up, alone:          p50 0.122 ms, p99 0.200 ms, p99.9 0.343 ms
    look-up, while folding:  p50 0.129 ms, p99 0.263 ms, p99.9 5.533 ms

    Valkey
    folded 90,000 events of 2,000 identities: 28,413 a CPU second, 26,335 a second
    look-up, alone:          p50 0.095 ms, p99 0.171 ms, p99.9 0.272 ms
    look-up, while folding:  p50 0.092 ms, p99 0.230 ms, p99.9 5.327 ms

At the priority of everything else on that machine p50 is 0.08 and 0.06 ms, and p99 4 ms: the turn of another process.
The CPU seconds are the benchmark's own. The last of a thousand look-ups while folding waits for the other thread to let go of the interpreter (5 ms here; a server
sets 1 ms).
"""

import argparse
import random
import tempfile
import threading
import time
from pathlib import Path

import bts
from presage.live.documents import Documents
from presage.live.folding import Folding
from presage.log import open_log
from presage.online import open_online

EXAMPLE = bts.ROOT / "examples/offer-ai"
N_LOOKUPS = 20_000
SET = "offers"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--identities", type=int, default=10_000)
    parser.add_argument("--sessions", type=int, default=10)
    parser.add_argument("--online-store", default="", help="postgresql:// or redis:// URL; else a file")
    options = parser.parse_args()
    told = bts.events(options.identities, options.sessions)
    users = sorted({event["customer_identifier"] for event in told})
    first, rest = told[: len(told) * 9 // 10], told[len(told) * 9 // 10 :]
    texts = [(EXAMPLE / name).read_text() for name in ("sessions.yml", "rows.yml")]
    with tempfile.TemporaryDirectory() as folder:
        log, online = open_log(Path(folder)), open_online(Path(folder), options.online_store)
        log.open_stream(SET, "features")
        folding = Folding(SET, Documents(*texts), log, online)
        append(log, first)
        cpu, wall = time.process_time(), time.perf_counter()
        while folding.step():
            pass
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        print(f"folded {len(first):,} events of {len(users):,} identities:", end=" ")
        print(f"{len(first) / cpu:,.0f} a CPU second, {len(first) / wall:,.0f} a second")
        print("look-up, alone:         ", quantiles(online, users))
        append(log, rest)
        thread = threading.Thread(target=lambda: [None for _ in iter(folding.step, 0)])
        thread.start()
        print("look-up, while folding: ", quantiles(online, users))
        thread.join()
        if not online.is_remote:
            size = sum(file.stat().st_size for file in Path(folder).glob("online.sqlite*"))
            print(f"the store takes {size / len(users):,.0f} bytes an identity")
        online.drop(SET)
        log.close()
        online.close()


def append(log, events):
    for begin in range(0, len(events), 5_000):
        log.append(SET, events[begin : begin + 5_000]).result()


def quantiles(online, users):
    rng = random.Random(7)
    taken = []
    for _ in range(N_LOOKUPS):
        user = rng.choice(users)
        started = time.perf_counter()
        assert online.find(SET, user)
        taken.append(time.perf_counter() - started)
    taken.sort()
    shown = {f"p{100 * q:g}": taken[int(q * len(taken))] * 1e3 for q in (0.5, 0.99, 0.999)}
    return ", ".join(f"{name} {ms:.3f} ms" for name, ms in shown.items())


if __name__ == "__main__":
    main()
