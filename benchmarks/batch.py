"""How many users a second does a batch inference job answer?

    python benchmarks/batch.py [--items 3700] [--size 149] [--users 100000]

The stand-in of recommend.py for the recurrent network answers every user with the best 25 items, from a file of
lines in a bucket to a file of lines in a bucket. "known" users have nothing new since the training, "news" have
an event each that the model has not seen, "strangers" are users that the model was not trained on.

Answer (2 cores at a load of 2, OPENBLAS_NUM_THREADS=1, which the processes of jobs set, two runs of 100,000 users): known 22,594 and
21,670 users a second, 52 us of CPU each; news 10,829 and 10,194, 100 us; strangers 4,206 and 4,726, 291 and 259 us. On a busier machine (a
load of 6) known took 143 us, and 198 without OPENBLAS_NUM_THREADS=1, for the product's threads and the job's get into each other's way. Looking
for the best of few questions at a time, in the processor's cache, was tried and changed nothing.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

from presage import recipes
from presage.config import Config
from presage.features.columns import Columns
from presage.features.encode import encode
from presage.recipes.data import silent
from presage.recipes.ranking.states import user_states
from presage.serving.memory import build_snapshot
from presage.serving.version import save_version
from presage.stores import Stores
from presage.tables.fold import DATASETS
from presage.works.inferring import infer
from presage.works.sources import source_of
from recommend import AVRO, LAYOUT, StandIn

EVENTS_PER_USER = 10


def add(records, kind, parents=(), **body):
    record = records.add("personalize", kind, arn=kind, name=kind, body=body, parents=parents)
    records.settle(record)


def stock(stores, options):
    """A group with interactions, and a version that was trained on them."""
    rng = np.random.default_rng(7)
    with stores.records.writing() as records:
        add(records, "Schema", schema=json.dumps(AVRO))
        add(records, "DatasetGroup", _folder="group")
        names = {"datasetGroupArn": "DatasetGroup", "schemaArn": "Schema"}
        add(records, "Dataset", ("DatasetGroup",), datasetType="INTERACTIONS", _folder="events", **names)
        add(records, "SolutionVersion", _folder="version", datasetGroupArn="DatasetGroup")
    stores.log.open_stream("events", DATASETS)
    n_events = options.users * EVENTS_PER_USER
    interactions = pl.DataFrame(
        {
            "USER_ID": pl.Series(np.arange(n_events) % options.users).cast(pl.String),
            "ITEM_ID": pl.Series(rng.integers(0, options.items, n_events)).cast(pl.String),
            "TIMESTAMP": np.arange(n_events),
        }
    )
    table = stores.table(stores.records.expect("Dataset"))
    with table.importing() as draft:
        interactions.write_parquet(draft / "rows.parquet")
        table.store([draft / "rows.parquet"], LAYOUT, "INCREMENTAL", rows=n_events)
    items = pl.DataFrame({"ITEM_ID": pl.Series(range(options.items)).cast(pl.String)})
    encoded = encode(interactions, items, None, Columns())
    model = StandIn(
        weight=rng.normal(0, 0.3, (options.items, options.size)).astype(np.float32),
        bias=np.zeros(options.items, np.float32),
        keep=rng.normal(0, options.size**-0.5, (options.size, options.size)).astype(np.float32),
    )
    facts = {"recipe": "stand-in", "arn": "version", "seq": 0}
    folder = stores.model_folder(stores.records.expect("SolutionVersion"))
    save_version(folder, model, encoded, user_states(model, encoded.log), facts)
    build_snapshot(source_of(stores, stores.records.expect("DatasetGroup")))


def job(stores, name, users):
    """A job for so many users."""
    lines = b"".join(json.dumps({"userId": user}).encode() + b"\n" for user in users)
    stores.buckets.put("bucket", f"{name}.json", [lines])
    body = {
        "solutionVersionArn": "SolutionVersion",
        "numResults": 25,
        "jobInput": {"s3DataSource": {"path": f"s3://bucket/{name}.json"}},
        "jobOutput": {"s3DataDestination": {"path": f"s3://bucket/{name}/"}},
        "_type": "USER_PERSONALIZATION",
        "_scores": True,
        "_exploration": [0.0, 30.0],
    }
    with stores.records.writing() as records:
        return records.add("personalize", "BatchInferenceJob", arn=name, name=name, body=body)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--items", type=int, default=3_700)
    parser.add_argument("--size", type=int, default=149)
    parser.add_argument("--users", type=int, default=100_000)
    options = parser.parse_args()
    recipes.MODELS["stand-in"] = StandIn
    with tempfile.TemporaryDirectory() as folder:
        stores = Stores(Config(data=Path(folder)))
        stores.buckets.create("bucket")
        stock(stores, options)
        known = [str(n) for n in range(options.users)]
        measure(stores, "known", known)
        at = 10 * options.users * EVENTS_PER_USER
        few = known[: options.users // 10]
        for first in range(0, len(few), 1000):
            rows = [{"USER_ID": u, "ITEM_ID": "1", "TIMESTAMP": at} for u in few[first : first + 1000]]
            stores.log.append("events", rows).result()
        measure(stores, "news", few)
        measure(stores, "strangers", [f"stranger {n}" for n in range(options.users // 10)])
        stores.close()


def measure(stores, name, users):
    record = job(stores, name, users)
    begun, cpu = time.perf_counter(), time.process_time()
    counts = infer(stores, record, silent)
    assert counts == {"_lines": len(users), "_mistakes": 0}
    seconds, cpu = time.perf_counter() - begun, time.process_time() - cpu
    each = 1e6 * cpu / len(users)
    print(
        f"{name}: {len(users)} users in {seconds:.1f} s, {len(users) / seconds:.0f} a second, {each:.0f} us CPU each"
    )


if __name__ == "__main__":
    main()
