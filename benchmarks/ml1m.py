"""How good is the recurrent network on MovieLens 1M, beside popularity, sequential rules and EASE?

    python benchmarks/ml1m.py DATA/recsys/ml-1m            # or PRESAGE_DATA=DATA python benchmarks/ml1m.py
    python benchmarks/ml1m.py DATA/recsys/ml-1m --validate --set hidden_dimension=96

Leave one out: each user's last event is asked for, and ranked against every item that the user has not used
(3,416 minus the history); ties get the mean rank. `--validate` leaves the last events out altogether and asks
for the last but one: settings are chosen there, never on the last. The answer stands in `ml1m.md`.
"""

import argparse
import os
import platform
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array

from presage.recipes import RANKING
from presage.recipes.data import History, Interactions, Query, Training
from presage.recipes.settings import parse_settings

Scorer = Callable[[NDArray[np.int64]], NDArray[np.floating]]
"""(n,) users -> (n, n_items) scores from what they did before the event that is asked for."""
BATCH = 512


@dataclass(frozen=True, kw_only=True)
class Split:
    """What is learned from, and the item of each user that is asked for."""

    log: Interactions
    target: NDArray[np.int32]

    def history(self, user: int) -> slice:
        """The events of a user in the log."""
        first, last = np.searchsorted(self.log.user, [user, user + 1])
        return slice(int(first), int(last))

    def used(self) -> csr_array:
        """(n_users, n_items), True where a user used an item."""
        shape = (self.log.n_users, self.log.n_items)
        return csr_array((np.ones(len(self.log.item)), (self.log.user, self.log.item)), shape=shape).astype(
            bool
        )


def read_split(folder: Path, *, validate: bool) -> Split:
    """The log without each user's last event (last two to validate), and the event that follows it."""
    table = pl.read_parquet(folder / "interactions.parquet").sort("USER_ID", "TIMESTAMP")
    user = np.unique(table["USER_ID"].to_numpy(), return_inverse=True)[1].astype(np.int32)
    item = np.unique(table["ITEM_ID"].to_numpy(), return_inverse=True)[1].astype(np.int32)
    time_ = table["TIMESTAMP"].to_numpy().astype(np.int64)
    target = np.append(np.flatnonzero(np.diff(user)), len(user) - 1) - int(validate)
    keep = np.arange(len(user)) < target[user]
    log = Interactions(
        user=user[keep],
        item=item[keep],
        time=time_[keep],
        n_users=int(user.max()) + 1,
        n_items=int(item.max()) + 1,
    )
    return Split(log=log, target=item[target])


def judge(scorer: Scorer, split: Split) -> dict[str, float]:
    """HR@1, HR@10, NDCG@10 and MRR@25 over all users."""
    used, ranks = split.used(), []
    for first in range(0, split.log.n_users, BATCH):
        users = np.arange(first, min(first + BATCH, split.log.n_users))
        score = np.array(scorer(users), float)
        right = score[np.arange(len(users)), split.target[users]][:, None]
        score[used[users].toarray()] = -np.inf
        above, level = (score > right).sum(axis=1), (score == right).sum(axis=1)
        ranks.append(above + np.maximum(level - 1, 0) / 2)
    rank = np.concatenate(ranks)
    return {
        "HR@1": float((rank < 1).mean()),
        "HR@10": float((rank < 10).mean()),
        "NDCG@10": float(np.where(rank < 10, 1 / np.log2(rank + 2), 0).mean()),
        "MRR@25": float(np.where(rank < 25, 1 / (rank + 1), 0).mean()),
    }


def presage_model(name: str, settings: dict[str, str], split: Split, seed: int) -> Scorer:
    """One of our recipes, fitted."""
    recipe = RANKING[name](**parse_settings(RANKING[name], settings, "algorithmHyperParameters"))
    training = Training(seed=seed, report=lambda step, part: print(f"  {part:4.0%} {step}", flush=True))
    model = recipe.fit(split.log, training)

    def score(users: NDArray[np.int64]) -> NDArray[np.floating]:
        past = [split.history(user) for user in users]
        states = model.read([History(item=split.log.item[own], time=split.log.time[own]) for own in past])
        return model.score(model.represent(states, [Query()] * len(users)))

    return score


def followers(split: Split, window: int = 5) -> csr_array:
    """(n_items, n_items): the sum of 1/k over the times that one followed the other by k <= window steps."""
    log, n = split.log, split.log.n_items
    total = csr_array((n, n))
    for k in range(1, window + 1):
        same = log.user[:-k] == log.user[k:]
        pairs = (log.item[:-k][same], log.item[k:][same])
        total = total + csr_array((np.full(int(same.sum()), 1 / k), pairs), shape=(n, n))
    return total


def markov(split: Split) -> Scorer:
    """What followed the last item."""
    follows = followers(split)
    last = np.array([split.log.item[split.history(user).stop - 1] for user in range(split.log.n_users)])
    return lambda users: follows[last[users]].toarray()


def sequential_rules(split: Split, n_last: int = 10, decay: float = 0.8, discount: float = 0.3) -> Scorer:
    """What followed the last ten items, older ones counting less, popular followers less."""
    follows = followers(split)
    by_row = diags_array(1 / np.maximum(follows.sum(axis=1), 1e-9))
    by_column = diags_array(np.maximum(follows.sum(axis=0), 1e-9) ** -discount)
    rules = (by_row @ follows @ by_column).tocsr()

    def recent() -> Iterator[tuple[float, int, int]]:
        for user in range(split.log.n_users):
            for age, item in enumerate(split.log.item[split.history(user)][::-1][:n_last]):
                yield decay**age, user, int(item)

    weight, user, item = (np.array(part) for part in zip(*recent(), strict=True))
    latest = csr_array((weight, (user, item)), shape=(split.log.n_users, split.log.n_items))
    return lambda users: (latest[users] @ rules).toarray()


def ease(split: Split, ridge: float = 500.0) -> Scorer:
    """Each item from all others by least squares.

    Source: Steck, Embarrassingly shallow autoencoders for sparse data, WWW 2019.
    """
    used = split.used().astype(np.float32)
    inverse = np.linalg.inv((used.T @ used).toarray() + ridge * np.eye(split.log.n_items, dtype=np.float32))
    weight = -inverse / np.diag(inverse)
    np.fill_diagonal(weight, 0)
    return lambda users: used[users] @ weight


def main() -> None:
    """Fit, judge and print a row for each model."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    default = os.environ.get("PRESAGE_DATA")
    parser.add_argument("folder", type=Path, nargs="?", default=default and Path(default, "recsys", "ml-1m"))
    parser.add_argument("--recipe", default="aws-user-personalization")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a hyperparameter")
    parser.add_argument("--validate", action="store_true", help="ask for the last but one event instead")
    parser.add_argument("--only", action="store_true", help="no peers")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if options.folder is None:
        parser.error("name the folder that holds interactions.parquet, or set PRESAGE_DATA")
    split = read_split(options.folder, validate=options.validate)
    settings = dict(pair.split("=", 1) for pair in options.set)
    rows: dict[str, Callable[[], Scorer]] = {
        f"{options.recipe} {' '.join(options.set)}": lambda: presage_model(
            options.recipe, settings, split, options.seed
        )
    }
    if not options.only:
        rows |= {
            "sequential rules": lambda: sequential_rules(split),
            "first-order Markov": lambda: markov(split),
            "EASE": lambda: ease(split),
            "aws-popularity-count": lambda: presage_model("aws-popularity-count", {}, split, 0),
        }
    print(f"{platform.machine()}, {os.cpu_count()} cores, {len(split.log.item)} events to learn from")
    for name, fit in rows.items():
        wall, cpu = time.perf_counter(), time.process_time()
        scorer = fit()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        figures = " | ".join(f"{key} {value:.4f}" for key, value in judge(scorer, split).items())
        print(f"{name} | {figures} | train {wall:.0f} s wall, {cpu:.0f} s CPU", flush=True)


if __name__ == "__main__":
    main()
