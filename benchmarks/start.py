"""How long does a server take to be ready, and does anything wait while a campaign deploys?

    .venv/bin/python benchmarks/start.py [--groups 5000] [--campaigns 300] [--events 500000] [--items 300000]

A data folder is written directly: dataset groups, campaigns of one version in one of them, and told events. They
are moved into the dataset as the server's own upkeep does every minute (`--unfolded`: they lie in the log alone,
as if no upkeep had ever run). The server is started three times: the first time it builds the group's memory. Its
times to readiness, resident memory and descriptors are noted, beside those of a server on an empty folder. Then a
campaign is deployed whose model knows many items, while another campaign is asked again and again: the longest
answer says whether anybody waits.

Answer (2 cores): an empty folder 2.0 s; 5,000 groups, 300 campaigns and 500,000 told events 2.2 s, the first time
3.0 s; 361 MiB resident of which 244 private, 40 descriptors. While a model of 300,000 items deploys (0.5 s) the
longest of 93 answers took 31 ms, before that 13 ms of 1,230. Unfolded: 3.7 s, the first time 3.2 s. Issue 5
reports of the main before it: 520 s for 301 campaigns of one version and 40,000 told events, 43 descriptors each.
"""

import argparse
import os
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import polars as pl

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("OMP_NUM_THREADS", "1")

from tests.operations.shop import avro  # noqa: E402
from tests.running import RunningServer, wait_until  # noqa: E402

from presage.config import load_config  # noqa: E402
from presage.features.columns import Columns  # noqa: E402
from presage.features.encode import encode  # noqa: E402
from presage.recipes.data import silent  # noqa: E402
from presage.recipes.ranking.popularity import PopularityCount  # noqa: E402
from presage.recipes.ranking.states import user_states  # noqa: E402
from presage.serving.version import save_version  # noqa: E402
from presage.stores import open_stores  # noqa: E402
from presage.works import folding  # noqa: E402

ARN = "arn:aws:personalize:us-east-1:000000000000"
N_USERS = 50_000
FIELDS = [
    {"name": "USER_ID", "type": "string"},
    {"name": "ITEM_ID", "type": "string"},
    {"name": "TIMESTAMP", "type": "long"},
    {"name": "EVENT_TYPE", "type": "string"},
]


def add(records, kind, arn, name, body, parents=()):
    """Write a record that is ACTIVE, past the operation that would check and start something; its ARN."""
    arn = f"{ARN}:{arn}"
    records.add("personalize", kind, arn=arn, name=name, body=body, parents=parents, settled=True)
    return arn


def write_folder(config, options):
    """Groups, two versions of a solution (a small and a big one), campaigns of the first, told events."""
    with open_stores(config) as stores:
        with stores.records.writing() as records:
            versions = write_records(records, options)
        for arn, name, n_items in zip(versions, ("small", "big"), (1_000, options.items), strict=True):
            write_version(config.data / "models" / name, n_items, arn)
        write_events(stores.log, options.events)
    if not options.unfolded:
        for _ in range(2):  # the second takes out of the log what the first has folded
            folding.run(config, "fold", silent)
    return versions


def write_records(records, options):
    """The ARNs of the versions."""
    groups = [
        add(records, "DatasetGroup", f"dataset-group/g{n}", f"g{n}", {"_folder": f"g{n}"})
        for n in range(options.groups)
    ]
    of_group = {"datasetGroupArn": groups[0]}
    schema = add(records, "Schema", "schema/s", "s", {"schema": avro("Interactions", FIELDS)})
    body = {**of_group, "datasetType": "INTERACTIONS", "schemaArn": schema, "_folder": "told"}
    add(records, "Dataset", "dataset/g0/INTERACTIONS", "g0", body, (groups[0], schema))
    body = {**of_group, "recipeArn": "arn:aws:personalize:::recipe/aws-popularity-count"}
    solution = add(records, "Solution", "solution/s", "s", body, (groups[0],))
    versions = [
        add(
            records,
            *("SolutionVersion", f"solution/s/{name}", ""),
            {**body, "solutionArn": solution, "_folder": name},
            (solution, groups[0]),
        )
        for name in ("small", "big")
    ]
    body = {"solutionVersionArn": versions[0], "minProvisionedTPS": 1}
    for n in range(options.campaigns):
        add(records, "Campaign", f"campaign/c{n}", f"c{n}", body, (solution, versions[0]))
    return versions


def write_version(folder, n_items, arn):
    """A version whose items are i0, i1, ..., with as many texts to read as a trained one has."""
    n = np.arange(max(n_items, 10_000))
    events = pl.select(
        pl.format("u{}", pl.Series(n % N_USERS)).alias("USER_ID"),
        pl.format("i{}", pl.Series(n % n_items)).alias("ITEM_ID"),
        pl.Series("TIMESTAMP", n),
    )
    encoded = encode(events, None, None, Columns())
    model = PopularityCount().fit(encoded.log)
    facts = {"recipe": "aws-popularity-count", "arn": arn, "seq": 0}
    save_version(folder, model, encoded, user_states(model, encoded.log), facts)


def write_events(log, n_events):
    rng = np.random.default_rng(0)
    for first in range(0, n_events, 20_000):
        users = rng.integers(0, N_USERS, 20_000).tolist()
        items = rng.integers(0, 1_000, 20_000).tolist()
        rows = [
            {
                "USER_ID": f"u{user}",
                "ITEM_ID": f"i{item}",
                "TIMESTAMP": 1_700_000_000 + first + n,
                "EVENT_TYPE": "click",
                "SESSION_ID": f"session {(first + n) // 10}",
            }
            for n, (user, item) in enumerate(zip(users, items, strict=True))
        ]
        log.append("told", rows).result()


def started(data):
    """(the running server, seconds to readiness)."""
    begun = time.perf_counter()
    server = RunningServer(data, workers=0).start()
    return server, time.perf_counter() - begun


def used(server):
    """MiB resident, of them not shared with others; open descriptors."""
    process = Path(f"/proc/{server.process.pid}")
    sizes = dict(line.split(":") for line in (process / "smaps_rollup").read_text().splitlines()[1:])
    rss, private = (int(sizes[name].split()[0]) // 1024 for name in ("Rss", "Private_Dirty"))
    return f"{rss} MiB resident, {private} private, {len(list((process / 'fd').iterdir()))} descriptors"


def waits_while_deploying(server, version):
    """Seconds of each answer of a small campaign, before and while a big one deploys; and of the deployment."""
    runtime, personalize = server.client("personalize-runtime"), server.client("personalize")
    times, is_over = [], threading.Event()

    def keep_asking():
        while not is_over.is_set():
            begun = time.perf_counter()
            runtime.get_recommendations(campaignArn=f"{ARN}:campaign/c1", userId=f"u{len(times)}")
            times.append(time.perf_counter() - begun)

    asking = threading.Thread(target=keep_asking)
    asking.start()
    time.sleep(3.0)
    n_before, begun = len(times), time.perf_counter()
    arn = f"{ARN}:campaign/c0"
    personalize.update_campaign(campaignArn=arn, solutionVersionArn=version)
    wait_until(lambda: personalize.describe_campaign(campaignArn=arn)["campaign"]["latestCampaignUpdate"])
    took = time.perf_counter() - begun
    is_over.set()
    asking.join()
    return times[:n_before], times[n_before:], took


def in_ms(times):
    return (
        f"median {1e3 * statistics.median(times):.1f} ms, longest {1e3 * max(times):.0f} ms of {len(times)}"
    )


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--groups", type=int, default=5_000)
    parser.add_argument("--campaigns", type=int, default=300)
    parser.add_argument("--events", type=int, default=500_000)
    parser.add_argument("--items", type=int, default=300_000)
    parser.add_argument("--unfolded", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server, seconds = started(Path(folder, "empty"))
        print(f"an empty folder: ready after {seconds:.1f} s, {used(server)}")
        server.stop()
        config = load_config({"data": Path(folder, "data")})
        config.data.mkdir()
        _, big = write_folder(config, options)
        for what in ("first start, the memory is built", "start", "start"):
            server, seconds = started(config.data)
            print(
                f"{what}: ready after {seconds:.1f} s, {used(server)}, load {os.getloadavg()[0]:.1f}",
                flush=True,
            )
            if what != "start":
                server.stop()
                continue
            before, meanwhile, took = waits_while_deploying(server, big)
            print(
                f"answers before: {in_ms(before)}; while a model of {options.items:,} items deploys ({took:.1f} s): {in_ms(meanwhile)}"
            )
            server.stop()
            break


if __name__ == "__main__":
    main()
