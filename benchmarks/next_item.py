"""How well is the next item foreseen, on public data and by public protocols, beside rules, Markov and EASE?

    python benchmarks/next_item.py DATA/recsys/ml-1m
    python benchmarks/next_item.py DATA/recsys/ml-1m --recipe aws-user-personalization-v2 --only
    python benchmarks/next_item.py DATA/recsys/ml-1m --validate --set hidden_dimension=96
    python benchmarks/next_item.py DATA/recsys/beauty-5core --without-two
    python benchmarks/next_item.py DATA/recsys/ml-100k --by-users

Leave one out: each user's last event is asked for, and ranked against every item that the user has not used; ties
get the mean rank. `--validate` leaves the last events out altogether and asks for the last but one: settings are
chosen there, never on the last. `--without-two` asks for the last event, but learns without the last two.
`--by-users` is Amazon Personalize's own: a tenth of the users is not learned, their newest tenth of events (1 at
least) is asked for; the mean over ten folds. The folder holds `interactions.parquet`; without one
`PRESAGE_DATA/recsys/ml-1m` is read. The answers stand in `next_item.md`.
"""

import argparse
import os
import platform
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array

from presage.recipes import RANKING
from presage.recipes.data import History, Interactions, Query, Training
from presage.recipes.ranking.relations import used_by
from presage.recipes.ranking.selection import keep_events
from presage.recipes.settings import parse_settings

Scorer = Callable[[NDArray[np.int64]], NDArray[np.floating]]
"""(n,) users -> (n, n_items) scores from what is shown of them."""
BATCH = 512
N_FOLDS = 10


@dataclass(frozen=True, kw_only=True)
class Split:
    """What is learned, what is shown of the users who are asked about, and the items asked for.

    Parameters
    ----------
    target : (n_events, 2), rows of users of `shown` and of items, sorted by user
    """

    learned: Interactions
    shown: Interactions
    target: NDArray[np.int32]

    def history(self, user: int) -> slice:
        """The events that are shown of a user."""
        first, last = np.searchsorted(self.shown.user, [user, user + 1])
        return slice(int(first), int(last))


def read_log(folder: Path) -> Interactions:
    """Every event, in the order of users and times."""
    table = pl.read_parquet(folder / "interactions.parquet").sort("USER_ID", "TIMESTAMP", maintain_order=True)
    user = np.unique(table["USER_ID"].to_numpy(), return_inverse=True)[1].astype(np.int32)
    item = np.unique(table["ITEM_ID"].to_numpy(), return_inverse=True)[1].astype(np.int32)
    return Interactions(
        user=user,
        item=item,
        time=table["TIMESTAMP"].to_numpy().astype(np.int64),
        n_users=int(user.max()) + 1,
        n_items=int(item.max()) + 1,
    )


def leave_one_out(log: Interactions, *, validate: bool, without_two: bool) -> Split:
    """Each user's last event is asked for (the last but one to validate); what comes before it is shown."""
    last = np.append(np.flatnonzero(np.diff(log.user)), len(log.user) - 1)
    target, place = last - int(validate), np.arange(len(log.user))
    shown = keep_events(log, place < target[log.user])
    learned = keep_events(log, place < target[log.user] - 1) if without_two else shown
    return Split(learned=learned, shown=shown, target=np.stack([log.user, log.item], 1)[target])


def by_users(log: Interactions, fold: int) -> Split:
    """A tenth of the users is not learned; their newest tenth of events is asked for, 1 at least."""
    order = np.random.RandomState(0).permutation(log.n_users)
    asked = np.isin(log.user, np.array_split(order, N_FOLDS)[fold])
    count = np.bincount(log.user, minlength=log.n_users)
    to_end = np.cumsum(count)[log.user] - np.arange(len(log.user))
    hidden = asked & (to_end <= np.maximum(1, count // 10)[log.user])
    return Split(
        learned=keep_events(log, ~asked),
        shown=keep_events(log, asked & ~hidden),
        target=np.stack([log.user, log.item], 1)[hidden],
    )


def judge(scorer: Scorer, split: Split) -> dict[str, float]:
    """HR@1, HR@10, NDCG@10, MRR@25 and P@10 over all users who are asked about, and microseconds a user."""
    asked, first = np.unique(split.target[:, 0], return_index=True)
    used, figures, seconds = used_by(split.shown).astype(bool), [], 0.0
    for batch in np.array_split(np.arange(len(asked)), -(-len(asked) // BATCH)):
        users, begun = asked[batch].astype(np.int64), time.process_time()
        score = np.array(scorer(users), np.float32)
        seconds += time.process_time() - begun
        score[used[users].toarray()] = -np.inf
        targets = np.split(split.target[:, 1], first[1:])[batch[0] : batch[-1] + 1]
        figures += [_figures(row, np.unique(items)) for row, items in zip(score, targets, strict=True)]
    means = np.mean(figures, axis=0).tolist()
    names = ("HR@1", "HR@10", "NDCG@10", "MRR@25", "P@10")
    return dict(zip(names, means, strict=True)) | {"us a user": seconds / len(asked) * 1e6}


def _figures(score: NDArray[np.float32], items: NDArray[np.int32]) -> tuple[float, ...]:
    """One user's, from the scores of all items (used ones at minus infinity) and those asked for."""
    right = score[items][:, None]
    above, level = (score > right).sum(axis=1), (score == right).sum(axis=1)
    rank = np.sort(above + np.maximum(level - 1, 0) / 2)
    gain = np.where(rank < 10, 1 / np.log2(rank + 2), 0).sum()
    ideal = (1 / np.log2(np.arange(min(10, len(items))) + 2)).sum()
    first = 1 / (rank[0] + 1) if rank[0] < 25 else 0.0
    return float(rank[0] < 1), float(rank[0] < 10), gain / ideal, first, (rank < 10).sum() / 10


def presage_model(name: str, settings: dict[str, str], split: Split, seed: int) -> Scorer:
    """One of our recipes, fitted."""
    recipe = RANKING[name](**parse_settings(RANKING[name], settings, "algorithmHyperParameters"))
    training = Training(seed=seed, report=lambda step, part: print(f"  {part:4.0%} {step}", flush=True))
    model = recipe.fit(split.learned, training)
    shown = split.shown

    def score(users: NDArray[np.int64]) -> NDArray[np.floating]:
        past = [split.history(user) for user in users]
        states = model.read([History(item=shown.item[own], time=shown.time[own]) for own in past])
        return model.score(model.represent(states, [Query()] * len(users)))

    return score


def followers(split: Split, window: int = 5) -> csr_array:
    """(n_items, n_items): the sum of 1/k over the times that one followed the other by k <= window steps."""
    log, n = split.learned, split.learned.n_items
    total = csr_array((n, n))
    for k in range(1, window + 1):
        same = log.user[:-k] == log.user[k:]
        pairs = (log.item[:-k][same], log.item[k:][same])
        total = total + csr_array((np.full(int(same.sum()), 1 / k), pairs), shape=(n, n))
    return total


def markov(split: Split) -> Scorer:
    """What followed the last item."""
    follows = followers(split)
    last = np.array([split.shown.item[split.history(user).stop - 1] for user in range(split.shown.n_users)])
    return lambda users: follows[last[users]].toarray()


def sequential_rules(split: Split, n_last: int = 10, decay: float = 0.8, discount: float = 0.3) -> Scorer:
    """What followed the last ten items, older ones counting less, popular followers less."""
    follows = followers(split)
    by_row = diags_array(1 / np.maximum(follows.sum(axis=1), 1e-9))
    by_column = diags_array(np.maximum(follows.sum(axis=0), 1e-9) ** -discount)
    rules = (by_row @ follows @ by_column).tocsr()

    def recent() -> Iterator[tuple[float, int, int]]:
        for user in range(split.shown.n_users):
            for age, item in enumerate(split.shown.item[split.history(user)][::-1][:n_last]):
                yield decay**age, user, int(item)

    weight, user, item = (np.array(part) for part in zip(*recent(), strict=True))
    latest = csr_array((weight, (user, item)), shape=(split.shown.n_users, split.shown.n_items))
    return lambda users: (latest[users] @ rules).toarray()


def ease(split: Split, ridge: float = 500.0) -> Scorer:
    """Each item from all others by least squares.

    Source: Steck, Embarrassingly shallow autoencoders for sparse data, WWW 2019.
    """
    learned, shown = (used_by(log).astype(np.float32) for log in (split.learned, split.shown))
    gram = (learned.T @ learned).toarray() + ridge * np.eye(learned.shape[1], dtype=np.float32)
    inverse = np.linalg.inv(gram)
    weight = -inverse / np.diag(inverse)
    np.fill_diagonal(weight, 0)
    return lambda users: shown[users] @ weight


def rows_of(options: argparse.Namespace) -> dict[str, Callable[[Split], Scorer]]:
    """What is fitted and judged, by name."""
    settings = dict(pair.split("=", 1) for pair in options.set)
    rows: dict[str, Callable[[Split], Scorer]] = {
        f"{options.recipe} {' '.join(options.set)}": lambda split: presage_model(
            options.recipe, settings, split, options.seed
        )
    }
    if not options.only:
        rows |= {
            "sequential rules": sequential_rules,
            "first-order Markov": markov,
            "EASE": ease,
            "aws-popularity-count": lambda split: presage_model("aws-popularity-count", {}, split, 0),
        }
    return rows


def splits_of(log: Interactions, options: argparse.Namespace) -> Sequence[Split]:
    """One split, or ten by users."""
    if options.by_users:
        return [by_users(log, fold) for fold in range(options.folds)]
    return [leave_one_out(log, validate=options.validate, without_two=options.without_two)]


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
    parser.add_argument("--without-two", action="store_true", help="learn without the last two events")
    parser.add_argument("--by-users", action="store_true", help="ask about users who are not learned")
    parser.add_argument("--folds", type=int, default=N_FOLDS, help="of --by-users, at most 10")
    parser.add_argument("--only", action="store_true", help="no peers")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if options.folder is None:
        parser.error("name the folder that holds interactions.parquet, or set PRESAGE_DATA")
    splits = splits_of(read_log(options.folder), options)
    print(f"{platform.machine()}, {os.cpu_count()} cores, {len(splits[0].learned.item)} events to learn from")
    for name, fit in rows_of(options).items():
        found, wall, cpu = [], 0.0, 0.0
        for split in splits:
            wall, cpu = wall - time.perf_counter(), cpu - time.process_time()
            scorer = fit(split)
            wall, cpu = wall + time.perf_counter(), cpu + time.process_time()
            found.append(judge(scorer, split))
        mean = {key: np.mean([figures[key] for figures in found]) for key in found[0]}
        shown = " | ".join(f"{key} {value:.4f}" for key, value in mean.items())
        print(f"{name} | {shown} | train {wall:.0f} s wall, {cpu:.0f} s CPU", flush=True)


if __name__ == "__main__":
    main()
