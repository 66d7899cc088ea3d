"""How much CPU does one recommendation cost, apart from HTTP?

    OPENBLAS_NUM_THREADS=1 python benchmarks/recommend.py [--items 3700] [--size 149] [--users 6000]

A stand-in for the HRNN's answer, softmax(W u + b) over all items, serves users with histories of 100
events; questions come 1, 8 or 32 together, as from that many connections. They are about users who were asked
about before ("known"), of whom something is known anew ("news"), or who were never asked about ("new"). The
stand-in reads a history as the mean of its last items' vectors; a GRU takes longer. "score" is the model's
own share: the matrix product and the softmax.

Answer (2 cores of a shared virtual machine at load 8 to 11, so upper limits; OpenBLAS 1 thread; CPU
microseconds a question, 25 results; medians of 3 runs, those with --items 1000000 --size 64 of 1 run):

    items x size       together   known   news    new    of these score
    3,700 x 149        1            342    557    469               109
                       8            181    190    284                65
                       32           124    123    238                37
    1,000,000 x 64     1         22,539 21,870 22,877            19,336
                       32         8,054  8,261 10,385             7,004

Scored in a thread (--inline 0) a lone question costs 1.5 times as much (437 for 272), 32 together the same:
so models of up to 20,000 items, which hold up the loop for few milliseconds, are scored in the loop.
"""

import argparse
import asyncio
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from presage import recipes
from presage.features import Columns, encode
from presage.serving import scorer
from presage.serving.deployment import Deployments
from presage.serving.recommend import Question, recommend
from presage.serving.version import save_version

GROUP, CAMPAIGN = "group", "campaign"


@dataclass(frozen=True, kw_only=True)
class StandIn:
    """softmax(W u + b), u the mean of the vectors of the last 32 items."""

    weight: np.ndarray
    bias: np.ndarray

    @property
    def n_items(self):
        return len(self.bias)

    def represent(self, queries):
        return np.stack(
            [self.weight[q.item[-32:]].mean(axis=0) if len(q.item) else 0 * self.weight[0] for q in queries]
        )

    def score(self, represented):
        logits = represented @ self.weight.T
        logits += self.bias
        logits -= logits.max(axis=1, keepdims=True)
        np.exp(logits, out=logits)
        logits /= logits.sum(axis=1, keepdims=True)
        return logits

    def state(self):
        return {"weight": self.weight, "bias": self.bias}, {"model": "stand-in"}

    @classmethod
    def from_state(cls, arrays, _meta):
        return cls(weight=arrays["weight"], bias=arrays["bias"])


def deploy(folder, options):
    rng = np.random.default_rng(7)
    n_events = options.users * 100
    interactions = pl.DataFrame(
        {
            "USER_ID": pl.Series(rng.integers(0, options.users, n_events)).cast(pl.String),
            "ITEM_ID": pl.Series(rng.integers(0, options.items, n_events)).cast(pl.String),
            "TIMESTAMP": np.arange(n_events),
        }
    )
    items = pl.DataFrame({"ITEM_ID": pl.Series(range(options.items)).cast(pl.String)})
    encoded = encode(interactions, items, None, Columns())
    model = StandIn(
        weight=rng.normal(0, 0.3, (options.items, options.size)).astype(np.float32),
        bias=np.zeros(options.items, np.float32),
    )
    save_version(folder, model, encoded, {"recipe": "stand-in", "arn": "version", "seq": 0})
    recipes.MODELS["stand-in"] = StandIn
    deployments = Deployments(rng)
    begun = time.perf_counter()
    deployments.deploy(CAMPAIGN, folder=folder, group=GROUP, told=lambda _: ())
    print(f"loading the version: {1e3 * (time.perf_counter() - begun):.1f} ms")
    return deployments


def score_alone(model, together):
    """CPU microseconds a question."""
    represented = np.random.default_rng(7).random((together, model.weight.shape[1]), np.float32)
    n_times = max(1, 200 // together)
    begun = time.process_time()
    for _ in range(n_times):
        model.score(represented)
    return 1e6 * (time.process_time() - begun) / n_times / together


async def asked(deployments, users, options, *, news=False):
    """CPU microseconds a question."""
    deployment = deployments.get(CAMPAIGN)
    begun = time.process_time()
    for first in range(0, len(users), options.together):
        group = users[first : first + options.together]
        if news:
            rows = [
                {"USER_ID": u, "ITEM_ID": "1", "TIMESTAMP": 10**9 + first, "SESSION_ID": "s"} for u in group
            ]
            deployments.tell(GROUP, "INTERACTIONS", range(first + 1, first + 1 + len(rows)), rows)
        await asyncio.gather(*(recommend(deployment, Question(user_id=u, now=1.0), 25) for u in group))
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
    users = [str(user) for user in range(options.users)]
    with tempfile.TemporaryDirectory() as folder:
        deployments = deploy(Path(folder, "version"), options)
        for options.together in (1, 8, 32):
            deployments.get(CAMPAIGN).kept.clear()
            new = asyncio.run(asked(deployments, users, options))
            known = asyncio.run(asked(deployments, users, options))
            news = asyncio.run(asked(deployments, users, options, news=True))
            score = score_alone(deployments.get(CAMPAIGN).version.model, options.together)
            print(
                f"{options.together:3} together: known {known:.0f}, news {news:.0f}, new {new:.0f} us;"
                f" of these score {score:.0f} us"
            )


if __name__ == "__main__":
    main()
