"""How much CPU does one recommendation cost, apart from HTTP?

    OPENBLAS_NUM_THREADS=1 python benchmarks/recommend.py [--items 3700] [--size 149] [--users 6000]

A stand-in for the recurrent network, whose state moves on by one product of matrices and which answers with
softmax(W u + b) over all items, serves users with histories of 50 events; questions come 1, 8 or 32 together, as
from that many connections. They are about users of the training ("known"), of whom an event was told since they
were asked about last ("news"), or who are strangers to the model and have told 5 events ("strangers"). "score" is
the model's own share: the matrix product and the softmax.

Answer (2 cores, beside a kill loop that wants both): 1 together: known 571, news 489, strangers 722 us, of these
score 104; 8 together: 287, 283, 489 and 80; 32 together: 215, 140, 393 and 67 us.
"""

import argparse
import asyncio
import json
import math
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from presage import recipes
from presage.features.columns import Columns
from presage.features.encode import encode
from presage.log import open_log
from presage.recipes.ranking.states import user_states
from presage.serving import scorer
from presage.serving.deployments import Deployments
from presage.serving.recommend import Question, recommend
from presage.serving.source import Campaign, Dataset, Source
from presage.serving.version import save_version
from presage.tables.datasets import DatasetTable
from presage.tables.personalize.layout import layout_of
from presage.tables.personalize.schema import parse_schema

GROUP, CAMPAIGN, STREAM = "group", "campaign", "interactions"
EVENTS_PER_USER = 50
FIELDS = [("USER_ID", "string"), ("ITEM_ID", "string"), ("TIMESTAMP", "long")]
AVRO = {
    "type": "record",
    "name": "Interactions",
    "namespace": "com.amazonaws.personalize.schema",
    "fields": [{"name": name, "type": kind} for name, kind in FIELDS],
    "version": "1.0",
}
LAYOUT = layout_of(parse_schema(json.dumps(AVRO)))


@dataclass(frozen=True, kw_only=True)
class StandIn:
    """softmax(W u + b); u moves on as tanh(u K + w), w the vector of the event's item."""

    weight: np.ndarray
    bias: np.ndarray
    keep: np.ndarray
    gap: float = math.inf

    @property
    def n_items(self):
        return len(self.bias)

    @property
    def state_size(self):
        return self.weight.shape[1]

    def read(self, histories):
        states = np.zeros((len(histories), self.state_size), np.float32)
        for state, history in zip(states, histories, strict=True):
            for item in history.item:
                state[:] = self.advance(state[None], [item], None, None)[0]
        return states

    def advance(self, states, item, _silence, _context):
        return np.tanh(states @ self.keep + self.weight[item])

    def represent(self, states, _queries):
        return states

    def score(self, represented):
        logits = represented @ self.weight.T
        logits += self.bias
        logits -= logits.max(axis=1, keepdims=True)
        np.exp(logits, out=logits)
        logits /= logits.sum(axis=1, keepdims=True)
        return logits

    def state(self):
        return {"weight": self.weight, "bias": self.bias, "keep": self.keep}, {"model": "stand-in"}

    @classmethod
    def from_state(cls, arrays, _meta):
        return cls(**arrays)


def deploy(folder, options):
    rng = np.random.default_rng(7)
    n_events = options.users * EVENTS_PER_USER
    interactions = pl.DataFrame(
        {
            "USER_ID": pl.Series(rng.integers(0, options.users, n_events)).cast(pl.String),
            "ITEM_ID": pl.Series(rng.integers(0, options.items, n_events)).cast(pl.String),
            "TIMESTAMP": np.arange(n_events),
        }
    )
    table = DatasetTable(folder / "table")
    with table.importing() as draft:
        interactions.write_parquet(draft / "rows.parquet")
        table.store([draft / "rows.parquet"], LAYOUT, "INCREMENTAL", rows=n_events)
    items = pl.DataFrame({"ITEM_ID": pl.Series(range(options.items)).cast(pl.String)})
    encoded = encode(interactions, items, None, Columns())
    size = options.size
    model = StandIn(
        weight=rng.normal(0, 0.3, (options.items, size)).astype(np.float32),
        bias=np.zeros(options.items, np.float32),
        keep=rng.normal(0, size**-0.5, (size, size)).astype(np.float32),
    )
    one_step = replace(
        encoded.log, **{name: getattr(encoded.log, name)[:0] for name in ("user", "item", "time")}
    )
    facts = {"recipe": "stand-in", "arn": "version", "seq": 0}
    save_version(folder / "version", model, encoded, user_states(model, one_step), facts)
    recipes.MODELS["stand-in"] = StandIn
    deployments = Deployments(rng)
    source = Source(
        group=GROUP,
        datasets={"INTERACTIONS": Dataset(stream=STREAM, table=table, layout=LAYOUT)},
        snapshots=folder / "memory",
    )
    campaign = Campaign(name=CAMPAIGN, model=folder / "version", source=source)
    log = open_log(folder)
    for what in ("building the memory and deploying", "deploying again"):
        begun = time.perf_counter()
        deployments = Deployments(rng)
        deployments.deploy(campaign, log)
        print(f"{what}: {1e3 * (time.perf_counter() - begun):.0f} ms")
    log.close()
    return deployments


def score_alone(model, together):
    """CPU microseconds a question."""
    represented = np.random.default_rng(7).random((together, model.weight.shape[1]), np.float32)
    n_times = max(1, 200 // together)
    begun = time.process_time()
    for _ in range(n_times):
        model.score(represented)
    return 1e6 * (time.process_time() - begun) / n_times / together


def tell(deployments, users, n_events):
    """Each user does so much, each time later than before."""
    memory = deployments.get(CAMPAIGN).served.memory
    for n in range(n_events):
        at = 10**9 + memory.arrivals
        rows = [{"USER_ID": u, "ITEM_ID": str(n), "TIMESTAMP": at, "SESSION_ID": f"of {u}"} for u in users]
        deployments.tell(GROUP, "INTERACTIONS", range(at, at + len(rows)), rows)


async def asked(deployments, users, together):
    """CPU microseconds a question."""
    deployment = deployments.get(CAMPAIGN)
    begun = time.process_time()
    for first in range(0, len(users), together):
        group = users[first : first + together]
        await asyncio.gather(*(recommend(deployment, Question(user_id=u, now=2e9), 25) for u in group))
    return 1e6 * (time.process_time() - begun) / len(users)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--items", type=int, default=3_700)
    parser.add_argument("--size", type=int, default=149)
    parser.add_argument("--users", type=int, default=6_000)
    parser.add_argument(
        "--inline", type=int, default=scorer.INLINE_ITEMS, help="score more items in a thread"
    )
    options = parser.parse_args()
    scorer.INLINE_ITEMS = options.inline
    with tempfile.TemporaryDirectory() as folder:
        deployments = deploy(Path(folder), options)
        for n, together in enumerate((1, 8, 32)):
            third = range(n * options.users // 3, (n + 1) * options.users // 3)
            users, strangers = [str(user) for user in third], [f"stranger {user}" for user in third]
            tell(deployments, strangers, 5)
            known = asyncio.run(asked(deployments, users, together))
            tell(deployments, users, 1)
            news = asyncio.run(asked(deployments, users, together))
            new = asyncio.run(asked(deployments, strangers, together))
            score = score_alone(deployments.get(CAMPAIGN).served.version.model, together)
            print(
                f"{together:3} together: known {known:.0f}, news {news:.0f}, strangers {new:.0f} us;"
                f" of these score {score:.0f} us"
            )


if __name__ == "__main__":
    main()
