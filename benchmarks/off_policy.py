"""What would a policy earn, judged from the log of another one; and how often does the interval hold the truth?

    python benchmarks/off_policy.py --data DATA/recsys/open-bandit-sample

The answer is in off_policy.md.
"""

import argparse
from pathlib import Path

import numpy as np
import polars as pl

from presage.metrics.off_policy import (
    bias_of,
    cross_fitted,
    doubly_robust,
    importance,
    interval,
    ips,
    optimistic,
    snips,
    switch,
    tuned,
)

STRENGTHS = (0.0, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1_000.0, np.inf)
MOST = (0.0, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, np.inf)


def estimators(weight, reward, foreseen, expected):
    """Name -> contributions, and the bias that shrinking may have brought."""
    told = (reward, foreseen, expected)
    found = {
        "DM": (expected, 0.0),
        "IPS": (ips(weight, reward), 0.0),
        "SNIPS": (snips(weight, reward), 0.0),
        "DR": (doubly_robust(weight, *told), 0.0),
    }
    for name, shrink, among in (("DR, optimistic", optimistic, STRENGTHS), ("DR, switch", switch, MOST)):
        shrunk = shrink(weight, tuned(shrink, weight, *told, among=among))
        found[name] = doubly_robust(shrunk, *told), bias_of(weight - shrunk, reward, foreseen)
    return found


class World:
    """Contexts, actions that are taken by chance, and rewards of 0 and 1 (rarely) or of any size (mostly)."""

    def __init__(self, seed, n_contexts=200, n_actions=5, width=3, *, rare):
        rng = np.random.default_rng([seed, rare])
        self.context = rng.normal(size=(n_contexts, width))
        self.logit = (
            self.context @ rng.normal(size=(width, n_actions)) * 0.7 + rng.normal(size=n_actions) * 0.5
        )
        self.mean = 1 / (1 + np.exp(3.5 - self.logit)) if rare else self.logit
        self.rare = rare
        self.logged = softmax(0.5 * self.logit + 0.5 * rng.normal(size=self.logit.shape))
        self.target = softmax(2.0 * self.logit)
        self.value = float((self.target * self.mean).sum(axis=1).mean())

    def log(self, n, rng):
        at = rng.integers(0, len(self.context), n)
        edges = np.cumsum(self.logged[at], axis=1)
        action = np.minimum((edges < rng.random((n, 1))).sum(axis=1), edges.shape[1] - 1)
        mean = self.mean[at, action]
        reward = (rng.random(n) < mean).astype(float) if self.rare else mean + rng.normal(size=n)
        return at, action, reward

    def estimate(self, n, rng):
        at, action, reward = self.log(n, rng)

        def fit(rows):
            """A ridge regression an action: wrong where the truth is no line."""
            x = np.concatenate([np.ones((n, 1)), self.context[at]], axis=1)
            weights = []
            for one in range(self.mean.shape[1]):
                mine = rows[action[rows] == one]
                left = x[mine].T @ x[mine] + np.eye(x.shape[1])
                weights.append(np.linalg.solve(left, x[mine].T @ reward[mine]))
            return lambda asked: x[asked] @ np.array(weights).T

        foreseen = cross_fitted(fit, n, 3, rng)
        weight = importance(self.target[at, action], self.logged[at, action])
        expected = (self.target[at] * foreseen).sum(axis=1)
        return estimators(weight, reward, foreseen[np.arange(n), action], expected)


def softmax(logit):
    chance = np.exp(logit - logit.max(axis=1, keepdims=True))
    return chance / chance.sum(axis=1, keepdims=True)


def coverage(n_runs, n_rounds):
    for rare in (False, True):
        held, error, width = {}, {}, {}
        for run in range(n_runs):
            world = World(run % 20, rare=rare)
            for name, (contribution, bias) in world.estimate(
                n_rounds, np.random.default_rng([run, 1])
            ).items():
                value, low, high = interval(contribution, bias=bias)
                held.setdefault(name, []).append(low <= world.value <= high)
                error.setdefault(name, []).append((value - world.value) / abs(world.value))
                width.setdefault(name, []).append((high - low) / abs(world.value))
        print(
            f"\n{'rewards of 0 and 1, few of 1' if rare else 'rewards of any size'}: {n_runs} runs of {n_rounds} rounds"
        )
        print(
            "| estimator | interval holds the truth | root mean squared relative error | median width / value |"
        )
        print("|---|--:|--:|--:|")
        for name, is_held in held.items():
            cells = np.mean(is_held), np.mean(np.square(error[name])) ** 0.5, np.median(width[name])
            print(f"| {name} | {cells[0]:.1%} | {cells[1]:.3f} | {cells[2]:.2f} |", flush=True)


def open_bandit(folder, n_bootstraps):
    """Random to BTS: the judged policy's chances are how often its own log shows each item at each position."""
    rows = pl.read_parquet(folder / "interactions.parquet").with_columns(pl.col("ITEM_ID").cast(pl.Int64))
    place = ["campaign", "position"]
    judged = rows.filter(policy="bts")
    chance = (
        judged.group_by(*place, "ITEM_ID")
        .len()
        .with_columns(target=pl.col("len") / pl.col("len").sum().over(place))
    )
    log = rows.filter(policy="random").join(chance, on=[*place, "ITEM_ID"], how="left").fill_null(0)
    n_items = int(rows["ITEM_ID"].max()) + 1
    campaign = (log["campaign"] == "women").to_numpy().astype(int)
    cell = (campaign * 3 + log["position"].to_numpy() - 1).astype(int)
    target = np.zeros((6, n_items))
    for where, position, item, _, share in chance.select(*place, "ITEM_ID", "len", "target").iter_rows():
        target[3 * (where == "women") + position - 1, item] = share
    item, click = log["ITEM_ID"].to_numpy(), log["click"].to_numpy().astype(float)
    weight = importance(log["target"].to_numpy(), log["propensity_score"].to_numpy())

    def fitted(rows):
        """The click rate of each item of each campaign, drawn to the campaign's."""
        sums = [np.zeros((2, n_items)) for _ in range(2)]
        np.add.at(sums[0], (campaign[rows], item[rows]), click[rows])
        np.add.at(sums[1], (campaign[rows], item[rows]), 1)
        usual = sums[0].sum(axis=1, keepdims=True) / sums[1].sum(axis=1, keepdims=True)
        prior = 300
        return (sums[0] + prior * usual) / (sums[1] + prior)

    truth = {
        "both": judged["click"].mean(),
        "men": judged.filter(campaign="men")["click"].mean(),
        "women": judged.filter(campaign="women")["click"].mean(),
    }
    error = {}
    for bootstrap in range(n_bootstraps):
        rng = np.random.default_rng(bootstrap)
        drawn = rng.integers(0, len(click), len(click))
        which, source = np.unique(drawn, return_inverse=True)  # a row and its copies stay in one fold
        fold = rng.integers(0, 3, len(which))[source]
        foreseen = np.empty((len(drawn), n_items))
        for k in range(3):
            foreseen[fold == k] = fitted(drawn[fold != k])[campaign[drawn[fold == k]]]
        expected = (target[cell[drawn]] * foreseen).sum(axis=1)
        own = foreseen[np.arange(len(drawn)), item[drawn]]
        for part, mine in (
            ("both", drawn >= 0),
            ("men", campaign[drawn] == 0),
            ("women", campaign[drawn] == 1),
        ):
            found = estimators(weight[drawn][mine], click[drawn][mine], own[mine], expected[mine])
            found["the log's own rate"] = click[drawn][mine], 0.0
            for name, (contribution, _) in found.items():
                relative = abs(contribution.mean() - truth[part]) / truth[part]
                error.setdefault(name, {}).setdefault(part, []).append(relative)
    print(f"\nopen bandit sample, random to BTS: mean relative error over {n_bootstraps} bootstraps")
    print("| estimator | both campaigns | men | women |\n|---|--:|--:|--:|")
    for name, parts in error.items():
        print(f"| {name} | " + " | ".join(f"{np.mean(parts[part]):.3f}" for part in truth) + " |")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--data", type=Path, help="the folder of the open bandit sample")
    parser.add_argument("--quick", action="store_true", help="few runs, to see that it runs")
    options = parser.parse_args()
    coverage(4 if options.quick else options.runs, 2_000)
    if options.data:
        open_bandit(options.data, 30)


if __name__ == "__main__":
    main()
