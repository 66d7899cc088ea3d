"""How long does the recurrent network learn, how good is it then, and what does a step of it cost when serving?

    export OPENBLAS_NUM_THREADS=1 MALLOC_MMAP_THRESHOLD_=33554432 MALLOC_TRIM_THRESHOLD_=4294967296
    python benchmarks/training.py [--seeds 0 1 2] [--dimension 149] [--quick]

The log is the bundled shop's: 383,605 purchases of 3,645 items by 4,324 customers; AWS's defaults of
`aws-user-personalization`. All on one thread, in CPU seconds. "Bare products" are matrix products of the sizes
that a pass over the data needs, forward and backward, and nothing else: what a pass could cost at best.
"Anew" learns the log from nothing; "UPDATE" goes on from a model of its oldest 90 %.

Answer (2 cores at load 1, seed 0): anew NDCG@10 0.1529, NDCG@25 0.1686, MRR@25 0.2190, 16.4 s a pass, 164 s in all,
1.41 times bare products; UPDATE 0.1484, 0.1683, 0.2170 in 50 s. 1,000 events 0.6 s, 10,000 events 4.2 s. States of
all users 3.5 s; CPU us: advance 40, after a silence 108, represent 17, score all items 70. Before issue 5, on the
same machine and day: 33.8 s a pass; NDCG@10 0.146, NDCG@25 0.1712, MRR@25 0.2205.
"""

import argparse
import os
import platform
import time
from collections.abc import Callable

import numpy as np
import torch

from presage.demo.retail import bundled_lines, clean
from presage.features.columns import Columns, Fields
from presage.features.encode import encode
from presage.recipes.data import History, Interactions, Previous, Query, RankingModel, Training
from presage.recipes.ranking.hrnn.plan import Plan
from presage.recipes.ranking.hrnn.recipe import UserPersonalization
from presage.recipes.ranking.selection import keep_events
from presage.recipes.ranking.states import user_states
from presage.trials.ranking import RankingTask, split_log

FIGURES = {
    "NDCG@10": "normalized_discounted_cumulative_gain_at_10",
    "NDCG@25": "normalized_discounted_cumulative_gain_at_25",
    "MRR@25": "mean_reciprocal_rank_at_25",
}
NOBODY = History(item=np.zeros(0, np.int32), time=np.zeros(0, np.int64))
STEP_EVENTS = 3_200
"""Events of a step of learning, about: the rows of the bare products."""


def shop(n_events: int | None = None) -> Interactions:
    """The shop's log, or as many of its first customers as have so many events together."""
    tables = clean(bundled_lines())
    columns = Columns(
        item=Fields(categorical=("KIND",), numeric=("PRICE",)), user=Fields(categorical=("COUNTRY",))
    )
    log = encode(tables.interactions, tables.items, tables.users, columns).log
    return log if n_events is None else keep_events(log, np.arange(len(log.item)) < n_events)


def cpu(work: Callable[[], object]) -> float:
    """CPU seconds that some work takes."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def best_of(work: Callable[[], object], times: int = 50) -> float:
    """CPU microseconds of the quickest of several rounds of ten."""
    return 1e5 * min(cpu(lambda: [work() for _ in range(10)]) for _ in range(times))


def bare_products(n_events: int, d: int, n_items: int) -> float:
    """CPU seconds of the matrix products of one pass."""
    scored = min(n_items, Plan.n_negatives)
    rows, n_steps = torch.randn(STEP_EVENTS, d), 5
    widths = [torch.randn(d, width) for width in (3 * d, 3 * d, d, scored)]

    def step() -> None:
        for weight in widths:
            out = rows @ weight  # forward; then the gradients of what went in and of the weight
            out @ weight.T
            rows.T @ out

    step()
    return cpu(lambda: [step() for _ in range(n_steps)]) / n_steps * n_events / STEP_EVENTS


class Passes:
    """A report that times the passes of a training beside bare products."""

    def __init__(self, bare: Callable[[], float]) -> None:
        self.bare, self.products, self.seconds = bare, [bare()], list[float]()
        self.begun = time.process_time()

    def __call__(self, step: str, fraction: float) -> None:
        del fraction
        if step.startswith("learning"):
            self.seconds.append(time.process_time() - self.begun)
            self.products.append(self.bare())
            self.begun = time.process_time()

    def __str__(self) -> str:
        mean, bare = np.mean(self.seconds), np.mean(self.products)
        return (
            f"{len(self.seconds)} passes, {sum(self.seconds):.0f} s, {mean:.1f} s a pass,"
            f" {mean / bare:.2f} times bare products ({bare:.1f} s)"
        )


def learned(
    log: Interactions, d: int, seed: int, previous: Previous | None = None
) -> tuple[RankingModel, Passes]:
    """A model, and how long its passes took."""
    passes = Passes(lambda: bare_products(len(log.item), d, log.n_items))
    training = Training(seed=seed, report=passes, previous=previous)
    return UserPersonalization(hidden_dimension=d).fit(log, training), passes


def quality_and_time(log: Interactions, d: int, seeds: list[int]) -> None:
    """The whole log anew, and after an update, for several seeds."""
    for seed in seeds:
        split = split_log(log, seed=seed)
        oldest = split.training.time <= np.quantile(split.training.time, 0.9)
        older, _ = learned(keep_events(split.training, oldest), d, seed)
        previous = Previous(model=older, item=np.arange(log.n_items, dtype=np.int32))
        for name, before in (("anew", None), ("UPDATE", previous)):
            model, passes = learned(split.training, d, seed, before)
            found = RankingTask().score(model, split)
            figures = ", ".join(f"{short} {found[long]:.4f}" for short, long in FIGURES.items())
            print(f"seed {seed}, {name}: {figures}; {passes}", flush=True)


def small_logs(d: int, sizes: list[int]) -> None:
    """Fitting alone."""
    for size in sizes:
        log = shop(size)
        seconds = [cpu(lambda: UserPersonalization(hidden_dimension=d).fit(log)) for _ in range(3)]  # noqa: B023
        print(f"{size} events: {min(seconds):.1f} CPU s", flush=True)


def serving(log: Interactions, d: int) -> None:
    """What a model that has learned costs: every user's state, one step, one answer."""
    few = keep_events(log, log.user < 200)
    model = UserPersonalization(hidden_dimension=d).fit(few)
    print(f"states of {log.n_users} users: {cpu(lambda: user_states(model, log)):.1f} CPU s")
    state, item, silence = model.read([NOBODY]), np.zeros(1, np.int32), np.zeros(1, np.float32)
    answer = model.represent(state, [Query()])
    print(
        f"CPU us: advance {best_of(lambda: model.advance(state, item, silence, [{}])):.0f},"
        f" after a silence {best_of(lambda: model.advance(state, item, silence + 1e9, [{}])):.0f},"
        f" represent {best_of(lambda: model.represent(state, [Query()])):.0f},"
        f" score {log.n_items} items {best_of(lambda: model.score(answer)):.0f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--dimension", type=int, default=149)
    parser.add_argument("--quick", action="store_true", help="a few seconds: 4,000 events, narrow states")
    options = parser.parse_args()
    torch.set_num_threads(1)
    d, log = (32, shop(4_000)) if options.quick else (options.dimension, shop())
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.0f}; {len(log.item)} events, d {d}"
    )
    quality_and_time(log, d, options.seeds[: 1 if options.quick else None])
    small_logs(d, [1_000] if options.quick else [1_000, 10_000])
    serving(log, d)


if __name__ == "__main__":
    main()
