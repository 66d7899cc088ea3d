"""How many events a second does a Blurr Transform Spec fold in one process, beside Blurr itself?

    make setup && .venv/bin/python benchmarks/bts.py [--users 1000] [--sessions 10] [--rounds 3] [--peer blurr] [--window]

The streaming document of the offer example over game events, ten a session, in time order: whole commands from start to
last line, `presage features run --processes 1` and, with `--peer`, the `blurr transform` of that path (0.4.1 needs Python
3.6), by turns. CPU seconds are user and system together. The events of the defaults are byte for byte those of the fact
sheet's figures (sha256 e6ccd6eb...). Answers: bts.md.
"""

import argparse
import hashlib
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).parent.parent
CASE = ROOT / "tests/data/bts/offer_ai"


def session(rng, user, country, at, number):
    """The ten events of a session, each as (time, what it tells)."""
    moment = at

    def event(kind, **more):
        told = {"event_id": kind, "event_time": moment.isoformat(), "customer_identifier": user}
        return told | {"session_id": f"{user}-{number:03d}"} | more

    signin = "fb" if rng.random() < 0.4 else "other"
    start = {"country": country, "os": "Android", "os_version": "6.4.5", "signin_method": signin}
    yield event("app_launched", **start, package_name="my_app")
    moment += timedelta(seconds=1)
    yield event("user_updated", country=country, signin_method="other")
    for _ in range(3):
        moment += timedelta(seconds=5 + int(rng.random() * 60))
        yield event("game_start", currency_balance="3400", level=int(rng.random() * 30))
        moment += timedelta(seconds=10 + int(rng.random() * 120))
        level, score = int(rng.random() * 30), int(rng.random() * 9999)
        yield event("game_end", currency_balance="4000", level=level, score=score, won=rng.random() < 0.5)
    moment += timedelta(seconds=5)
    kind, bought = "xmas" if rng.random() < 0.5 else "spring", rng.random() < 0.3
    offer = {"offer_type": kind, "offer_price": "9.99", "offer_purchased": bought, "offer_dismissed": False}
    yield event("offer_shown", **offer)
    moment += timedelta(seconds=5)
    where = "offer" if rng.random() < 0.5 else "shop"
    yield event("purchase", sku="coins-pack-4", txn_amount="4.99", purchase_source=where)


def events(n_users, n_sessions, seed=42):
    """Events of all users, in time order."""
    rng, found = random.Random(seed), []
    for user in range(n_users):
        at = datetime(2018, 1, 1) + timedelta(seconds=int(rng.random() * 86400))
        country = "DE US IN BR FR".split()[int(rng.random() * 5)]
        for number in range(n_sessions):
            found += session(rng, f"user-{user:05d}", country, at, number)
            at += timedelta(hours=4 + int(rng.random() * 40))
    return sorted(found, key=lambda event: event["event_time"])


def measured(command):
    """(CPU seconds, wall seconds, lines printed) of a command."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    wall, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, wall, done.stdout.splitlines()


def additions():
    """CPU seconds of ten million additions in a loop: how quick the machine is now."""
    began, total = time.process_time(), 0
    while total < 10_000_000:
        total += 1
    return time.process_time() - began


def main():
    parse = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parse.add_argument("--users", type=int, default=1000)
    parse.add_argument("--sessions", type=int, default=10)
    parse.add_argument("--rounds", type=int, default=3)
    parse.add_argument("--peer", help="the blurr command to measure beside")
    parse.add_argument("--window", action="store_true", help="with the window document")
    asked = parse.parse_args()
    found = events(asked.users, asked.sessions)
    text = "".join(json.dumps(event) + "\n" for event in found)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "events.jsonl")
        path.write_text(text)
        documents = [str(CASE / "streaming.yml"), *([str(CASE / "window.yml")] if asked.window else [])]
        names = ("--streaming-bts", "--window-bts")
        commands = {"presage": [sys.executable, "-m", "presage", "features", "run", *documents, str(path)]}
        commands["presage"] += ["--processes", "1"]
        if asked.peer:
            flags = [f"{name}={document}" for name, document in zip(names, documents, strict=False)]
            commands["blurr"] = [asked.peer, "transform", *flags, f"--source={path}"]
        print(f"{len(found):,} events, sha256 {hashlib.sha256(text.encode()).hexdigest()[:8]}")
        print(f"loop of ten million additions {additions():.2f} CPU s, load {os.getloadavg()[0]:.0f}")
        seconds, printed = {}, {}
        for _ in range(asked.rounds):
            for name, command in commands.items():
                cpu, wall, lines = measured(command)
                seconds.setdefault(name, []).append(cpu)
                printed[name] = [json.loads(line) for line in lines if line.startswith("[")]
                print(f"  {name}: {cpu:.2f} CPU s, {wall:.2f} s", flush=True)
        for name, spent in seconds.items():
            median = statistics.median(spent)
            print(
                f"{name}: {median:.2f} CPU s (median of {len(spent)}), {len(found) / median:,.0f} events a CPU second"
            )
        if asked.peer:
            ratio = statistics.median(seconds["blurr"]) / statistics.median(seconds["presage"])
            print(
                f"presage is {ratio:.1f} times as fast; same output: {printed['presage'] == printed['blurr']}"
            )


if __name__ == "__main__":
    main()
