"""What does a filter cost, over a few thousand items and over a million?

    make setup && .venv/bin/python benchmarks/filters.py [--seconds 4] [--items 3700] [--many 1000000]

Signed GetRecommendations through real HTTP connections to one serving process, whose users are drawn from 2,000.
Over few items a campaign of presage-sequential-rules is asked by 32 connections without a filter and with each of
two, which take turns: "genre" lets one genre in four through and takes it as a parameter; "unseen" leaves out besides
what the user clicked. Over many items a campaign of aws-popularity-count gets the same filters at 50 questions/s.
The generator shares the machine. The dearer the model, the less a filter takes of the rate: these are cheap ones.

Answer (2 cores at a load of 7, one run): 3,700 items: 893/s and 713 us without a filter, 798/s and 730 us with "genre" (11 %
of the rate, 2.5 % more CPU), 808/s and 825 us with "unseen" (10 %, 16 %); before the values of a request were remembered
with the filter, with tests beside: 693, 966 and 1,326 us. A million items, 50/s: p50 4.6, 10.9 and 11.7 ms, p99 27.6, 45.7
and, with tests beside, 128 ms. Later, at a load of 1 to 3 (--seconds 4): 2,090/s and 490 us without a filter, 2,388/s and 428 us
with "genre", 1,851/s and 554 us with "unseen" (11 %, 13 %); a million items: p50 2.7, 3.8 and 5.1 ms, p99 3.8, 6.7 and 7.8 ms.
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("OMP_NUM_THREADS", "1")

from tests.operations.shop import Shop  # noqa: E402
from tests.running import RunningServer  # noqa: E402

from benchmarks.load import Tally, offer, saturate, signed  # noqa: E402

N_USERS, N_EVENTS = 2_000, 60_000
OFFERED = 50
ROUNDS = 4
PER_SECOND = 2_500
"""So many requests are made ready for each second of saturation."""
INTERACTIONS = [
    {"name": "USER_ID", "type": "string"},
    {"name": "ITEM_ID", "type": "string"},
    {"name": "TIMESTAMP", "type": "long"},
    {"name": "EVENT_TYPE", "type": "string"},
]
ITEMS = [
    {"name": "ITEM_ID", "type": "string"},
    {"name": "GENRE", "type": "string", "categorical": True},
    {"name": "PRICE", "type": "float"},
]
GENRE = "INCLUDE ItemID WHERE Items.GENRE IN ($GENRE)"
FILTERS = {
    "no filter": None,
    "genre": GENRE,
    "unseen": GENRE + ' | EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("click")',
}


def stocked(server, n_items, recipe):
    """A campaign, and its filters by name."""
    shop, rng = Shop(server), np.random.default_rng(0)
    item = (n_items * rng.power(0.3, N_EVENTS)).astype(int)
    user = rng.integers(N_USERS, size=N_EVENTS)
    events = "".join(
        f"u{u},i{i},{1_700_000_000 + n},click\n" for n, (u, i) in enumerate(zip(user, item, strict=True))
    )
    items = "".join(f"i{n},g{n % 4},{n % 97}.5\n" for n in range(n_items))
    for kind, fields, text in (("INTERACTIONS", INTERACTIONS, events), ("ITEMS", ITEMS, items)):
        shop.dataset(kind, fields)
        shop.import_rows(kind, ",".join(field["name"] for field in fields) + "\n" + text, seconds=300)
    campaign = shop.campaign(shop.version(shop.solution(recipe), seconds=300))
    arns = {}
    for name, expression in FILTERS.items():
        if expression is not None:
            arns[name] = shop.personalize.create_filter(
                name=f"{shop.id}-{name}", datasetGroupArn=shop.group, filterExpression=expression
            )["filterArn"]
            shop.wait("filter", arns[name])
    answer = shop.recommend(campaign, numResults=25, filterArn=arns["unseen"], filterValues={"GENRE": '"g1"'})
    assert {int(found["itemId"][1:]) % 4 for found in answer} == {1}
    return campaign, arns


def asking(server, campaign, filter_arn, n_requests):
    keys, rng = ("test", "test"), np.random.default_rng(1)
    requests = []
    for _ in range(n_requests):
        body = {"campaignArn": campaign, "userId": f"u{rng.integers(N_USERS)}", "numResults": 25}
        if filter_arn:
            body |= {"filterArn": filter_arn, "filterValues": {"GENRE": f'"g{rng.integers(4)}"'}}
        requests.append(
            signed(server.url, "/recommendations", "personalize", json.dumps(body).encode(), keys)
        )
    return requests


def saturated(server, n_items, seconds):
    """What each filter costs of the rate without one."""
    campaign, arns = stocked(server, n_items, "presage-sequential-rules")
    turn = seconds / ROUNDS
    requests = {
        name: asking(server, campaign, arns.get(name), int(PER_SECOND * (turn + 1))) for name in FILTERS
    }
    found = {name: Tally() for name in FILTERS}
    for _ in range(ROUNDS):
        for name, tally in found.items():
            pid = server.process.pid
            tally.add(saturate(server.port, requests[name], n_connections=32, seconds=turn, pid=pid))
    plain = found["no filter"]
    for name, tally in found.items():
        less, more = 1 - tally.rate / plain.rate, tally.cpu_us / plain.cpu_us - 1
        print(f"{n_items:,} items, {name}: {tally}; {less:.1%} of the rate, {more:.1%} more CPU", flush=True)


def offered(server, n_items, seconds):
    """How long the answers take when questions come at a steady rate."""
    campaign, arns = stocked(server, n_items, "aws-popularity-count")
    for name in FILTERS:
        requests = asking(server, campaign, arns.get(name), int(OFFERED * seconds))
        (tally,) = offer(server.port, (requests, OFFERED), seconds=seconds)
        print(f"{n_items:,} items, {name}, {OFFERED}/s offered: {tally}", flush=True)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--items", type=int, default=3_700)
    parser.add_argument("--many", type=int, default=1_000_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = RunningServer(Path(folder)).start()
        try:
            saturated(server, options.items, options.seconds)
            offered(server, options.many, options.seconds)
        finally:
            server.stop()


if __name__ == "__main__":
    main()
