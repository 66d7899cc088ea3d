"""How good are the recipes without order on Gowalla, in the split of LightGCN?

    python benchmarks/gowalla.py DATA/recsys/gowalla-lightgcn       # or PRESAGE_DATA=DATA python benchmarks/gowalla.py
    python benchmarks/gowalla.py DATA/recsys/gowalla-lightgcn --recipe presage-als --set hidden_dimension=128

810,128 pairs of 29,858 users and 40,981 places to learn from, 217,242 to be found: every place that the user has not
been to is ranked. Recall@20 is the part of a user's places that is found, NDCG@20 as usual, means over all users. The
pairs have no times, so that `decay` is 1. `--validate` learns from nine tenths of the pairs to learn from, drawn at
random, and asks for the others: settings are chosen there.

Answer (2 cores, shared with others at a load of 8, `OMP_NUM_THREADS=2`; settings as they are):

    presage-spectral                               recall@20 0.1903  NDCG@20 0.1596  471 CPU s
    presage-spectral, max_relatives=2000           recall@20 0.1922  NDCG@20 0.1607  675 CPU s
    aimed at: 0.191; published for the formula (BSPM-EM)  0.1920     0.1597

The 500 strongest relatives of each item lose 0.002 of what the whole formula finds; 2,000 lose nothing. Training takes 2.4 GB at
most with 500, an answer 0.7 ms of CPU.
"""

import argparse
import os
import platform
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from presage.recipes import RANKING
from presage.recipes.data import History, Interactions, Query, RankingModel, Training
from presage.recipes.settings import parse_settings, settings_of

BATCH, DEPTH = 256, 20
WITHOUT_ORDER = {"decay": "1", "max_history_length": "500"}


@dataclass(frozen=True, kw_only=True)
class Split:
    """What is learned, and what is asked for.

    Parameters
    ----------
    known, asked : per user, (n,) items
    """

    known: Sequence[NDArray[np.int32]]
    asked: Sequence[NDArray[np.int32]]
    n_items: int

    @property
    def log(self) -> Interactions:
        """What is learned, all at one instant."""
        length = [len(items) for items in self.known]
        return Interactions(
            user=np.repeat(np.arange(len(length), dtype=np.int32), length),
            item=np.concatenate(self.known),
            time=np.zeros(sum(length), np.int64),
            n_users=len(length),
            n_items=self.n_items,
        )


def read_split(folder: Path, *, validate: bool) -> Split:
    """The published split, or one inside its training part."""
    train, test = (pl.read_parquet(folder / f"{part}.parquet") for part in ("train", "test"))
    n_users, n_items = (int(max(train[name].max(), test[name].max())) + 1 for name in ("USER_ID", "ITEM_ID"))
    if validate:
        held = pl.Series(np.random.default_rng(0).random(len(train)) < 0.1)
        train, test = train.filter(~held), train.filter(held)
    return Split(known=_lists(train, n_users), asked=_lists(test, n_users), n_items=n_items)


def _lists(pairs: pl.DataFrame, n_users: int) -> list[NDArray[np.int32]]:
    pairs = pairs.sort("USER_ID", "ITEM_ID")
    cuts = np.searchsorted(pairs["USER_ID"].to_numpy(), np.arange(1, n_users))
    return np.split(pairs["ITEM_ID"].to_numpy().astype(np.int32), cuts)


def judge(model: RankingModel, split: Split) -> tuple[float, float]:
    """Recall@20 and NDCG@20, means over the users of whom something is asked for."""
    gain = 1 / np.log2(np.arange(2, DEPTH + 2))
    users = np.array([user for user, asked in enumerate(split.asked) if len(asked)])
    recall, ndcg = [], []
    for batch in np.array_split(users, -(-len(users) // BATCH)):
        histories = [
            History(item=split.known[user], time=np.zeros(len(split.known[user]), np.int64)) for user in batch
        ]
        scores = model.score(model.represent(model.read(histories), [Query()] * len(batch)))
        for user, score in zip(batch, scores, strict=True):
            score[split.known[user]] = -1
            best = np.argpartition(-score, DEPTH)[:DEPTH]
            hits = np.isin(best[np.argsort(-score[best])], split.asked[user])
            recall.append(hits.sum() / len(split.asked[user]))
            ndcg.append((hits * gain).sum() / gain[: len(split.asked[user])].sum())
    return float(np.mean(recall)), float(np.mean(ndcg))


def main() -> None:
    """Fit, judge and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    default = os.environ.get("PRESAGE_DATA")
    parser.add_argument(
        "folder", type=Path, nargs="?", default=default and Path(default, "recsys", "gowalla-lightgcn")
    )
    parser.add_argument("--recipe", default="presage-spectral")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a hyperparameter")
    parser.add_argument("--validate", action="store_true")
    options = parser.parse_args()
    if options.folder is None:
        parser.error("name the folder that holds train.parquet, or set PRESAGE_DATA")
    split = read_split(options.folder, validate=options.validate)
    recipe = RANKING[options.recipe]
    settings = {name: value for name, value in WITHOUT_ORDER.items() if name in settings_of(recipe)}
    settings |= dict(pair.split("=", 1) for pair in options.set)
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, {len(split.log.item)} pairs to learn from", flush=True
    )
    wall, cpu = time.perf_counter(), time.process_time()
    model = recipe(**parse_settings(recipe, settings, "algorithmHyperParameters")).fit(split.log, Training())
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"{options.recipe} {settings} | train {wall:.0f} s wall, {cpu:.0f} s CPU", flush=True)
    wall = time.process_time()
    recall, ndcg = judge(model, split)
    print(
        f"recall@20 {recall:.4f} | NDCG@20 {ndcg:.4f} | answers {time.process_time() - wall:.0f} s CPU",
        flush=True,
    )


if __name__ == "__main__":
    main()
