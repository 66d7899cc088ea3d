"""What do clicks pay for exploration, and does it find the new items that are really good?

    python benchmarks/exploration.py [--worlds 2] [--quick]

In a simulated world (`presage.worlds.tastes`) it is known how likely each user is to click each item. There are 300
items with a past, 12 uses of each user; on each of 8 days 25 new items are told, of which only the category is known,
and each user is answered once with ten items not used yet: scores of `aws-user-personalization`
(hidden_dimension 32), then `explore`. Users look at lower places less (1 / log2(1 + place)) and click by the truth.
One user in twenty finds an item without us, a day. After each day the model goes on learning (trainingMode UPDATE).

A really good new item is one of the fifth of all new ones that the truth would put most often among the first ten.
"Found" is how many of these places the last model gives it, without exploration.

Answer (mean of 2 worlds of 600 users, 128 CPU s in all; expected clicks an answer; worlds differ by 0.3 to 0.6 in the sum):

    | explorationWeight | day 1    2    3    4    5    6    7    8 |  sum  | found |
    |-------------------|------------------------------------------|-------|-------|
    | 0                 |  2.48 2.06 1.83 1.62 1.44 1.29 1.13 1.04 | 12.90 |   0 % |
    | 0.3               |  2.09 2.11 1.90 1.69 1.49 1.33 1.23 1.18 | 13.00 |  10 % |
    | 1.0               |  0.87 2.19 1.97 1.84 1.63 1.47 1.37 1.33 | 12.66 |  16 % |
    | by truth          |  3.05 2.90 2.79 2.68 2.65 2.69 2.70 2.62 | 22.07 | 100 % |

The price is paid on the first day: 16 % of the clicks with 0.3, 65 % with 1.0, while nothing is known of the new items.
From the second day on every answer earns more than without: on the eighth 13 % and 28 %. By then 0.3 has about earned back
what it cost, 1.0 has not quite. Without exploration new items stay as unlikely as the least popular old one and are never
found, and clicks fall as users have used up what they like. All stay far from the truth's clicks, probably because the
model learns from uses and not from how often an item was shown in vain: a new item that few were shown looks unpopular.
"""

import argparse
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parent.parent))
from benchmarks.objective import HOUR, answers, log_of
from presage.recipes.data import Interactions, Previous, RankingModel, Training
from presage.recipes.ranking.exploration import explore
from presage.recipes.ranking.hrnn.recipe import UserPersonalization
from presage.recipes.ranking.selection import take
from presage.worlds.tastes import TasteWorld

DAY = 24 * HOUR
WEIGHTS = (0.0, 0.3, 1.0)
N_PAST, N_SHOWN, N_OLD, N_NEW, N_DAYS = 12, 10, 300, 25, 8
RECIPE = UserPersonalization(hidden_dimension=32)
ORGANIC = 0.05  # the part of the users who find an item without us, a day
RARITY = 3.0  # subtracted from appeal, so that a click is an exception
ATTENTION = 1 / np.log2(2 + np.arange(N_SHOWN))


@dataclass(kw_only=True)
class Past:
    """What has happened in a world.

    Parameters
    ----------
    user, item, time : (n_events,)
    known : (n_items,), how often each item was used or shown beside something used
    is_used : (n_users, n_items)
    """

    user: NDArray[np.int64]
    item: NDArray[np.int64]
    time: NDArray[np.int64]
    known: NDArray[np.int64]
    is_used: NDArray[np.bool_]

    def add(self, user: NDArray[np.int64], item: NDArray[np.int64], time: NDArray[np.int64]) -> None:
        """Further uses."""
        self.user, self.item = np.append(self.user, user), np.append(self.item, item)
        self.time = np.append(self.time, time)
        np.add.at(self.known, item, 1)
        self.is_used[user, item] = True

    def log(self, world: TasteWorld, n_items: int) -> Interactions:
        """All of it, of the items that are known yet."""
        return log_of(world, self.user, self.item, self.time, n_items)


def past_of(world: TasteWorld) -> Past:
    """N_PAST uses of each user of old items, an hour after another."""
    used = world.uses(N_PAST, N_OLD)
    user, at = (part.ravel() for part in np.indices(used.shape))
    none = np.zeros(0, np.int64)
    is_used = np.zeros((world.n_users, world.n_items), bool)
    past = Past(user=none, item=none, time=none, known=np.zeros(world.n_items, np.int64), is_used=is_used)
    past.add(user, used.ravel().astype(np.int64), at * HOUR)
    return past


def best(score: NDArray[np.floating], is_used: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(n_users, N_SHOWN): the items with the highest score among those not used."""
    return np.argsort(-np.where(is_used, -np.inf, score), axis=1)[:, :N_SHOWN]


def explored(
    score: NDArray[np.float32], past: Past, day: int, weight: float, rng: np.random.Generator
) -> NDArray[np.int64]:
    """(n_users, N_SHOWN): the answers of a day, as a campaign gives them to users who want nothing twice."""
    n_items = score.shape[1]
    age = np.where(np.arange(n_items) < N_OLD, 365.0, day - (np.arange(n_items) - N_OLD) // N_NEW)
    shown = np.empty((len(score), N_SHOWN), np.int64)
    for user, row in enumerate(score):
        free = np.flatnonzero(~past.is_used[user, :n_items])
        moved = explore(
            row[free], age[free], past.known[free], weight=weight, cutoff_days=30.0, rng=rng, slots=N_SHOWN
        )
        shown[user] = free[np.argsort(-moved)[:N_SHOWN]]
    return shown


def tell(past: Past, shown: NDArray[np.int64], click: NDArray[np.bool_], at: int) -> None:
    """A day's clicks, from the first place on; what was shown beside a click is known a little better."""
    user, place = np.nonzero(click)
    past.add(user, shown[user, place], at + 60 * place)
    beside = click.any(axis=1)
    np.add.at(past.known, shown[beside].ravel(), 1)


def search(past: Past, world: TasteWorld, n_items: int, at: int, rng: np.random.Generator) -> None:
    """Some users find an item by themselves."""
    user = np.flatnonzero(rng.random(world.n_users) < ORGANIC)
    key = world.appeal[user, :n_items] + rng.gumbel(size=(len(user), n_items))
    past.add(
        user, np.where(past.is_used[user, :n_items], -np.inf, key).argmax(axis=1), np.full(len(user), at)
    )


def learned(log: Interactions, older: RankingModel | None, seed: int) -> RankingModel:
    """A first model, or the older one after it has learned on."""
    if older is None:
        return RECIPE.fit(log, Training(seed=seed))
    row = np.arange(log.n_items, dtype=np.int32)
    row[older.n_items :] = -1
    return RECIPE.fit(log, Training(seed=seed, previous=Previous(model=older, item=row)))


def told(model: RankingModel, log: Interactions) -> RankingModel:
    """The model with the items that have come since it learned, known by their category."""
    rows = np.arange(model.n_items, log.n_items)
    return model.extended({name: take(column, rows) for name, column in log.item_features.items()}, len(rows))


def found(chance: NDArray[np.float64], score: NDArray[np.float32], is_used: NDArray[np.bool_]) -> float:
    """The part of the places that the truth gives to really good new items, and the scores give them too."""
    right, ours = (
        np.bincount(best(one, is_used).ravel(), minlength=chance.shape[1])[N_OLD:] for one in (chance, score)
    )
    good = np.argsort(-right)[: len(right) // 5]
    return float(np.minimum(ours[good], right[good]).sum() / right[good].sum())


def live(world: TasteWorld, weight: float | None, n_days: int) -> tuple[list[float], float]:
    """Clicks an answer on each day, and how far the really good new items are found.

    Parameters
    ----------
    weight : explorationWeight; None = answers by the truth
    """
    rng = np.random.default_rng(world.seed)
    past, clicks = past_of(world), list[float]()
    chance = 1 / (1 + np.exp(RARITY - world.appeal))
    model = learned(past.log(world, N_OLD), None, world.seed) if weight is not None else None
    for day in range(n_days):
        n_items, at = N_OLD + (day + 1) * N_NEW, (day + 1) * DAY
        shown = best(chance[:, :n_items], past.is_used[:, :n_items])
        if model is not None and weight is not None:
            log = past.log(world, n_items)
            shown = explored(answers(told(model, log), log), past, day, weight, rng)
        seen = np.take_along_axis(chance, shown, axis=1) * ATTENTION
        clicks.append(float(seen.sum(axis=1).mean()))
        tell(past, shown, rng.random(seen.shape) < seen, at)
        search(past, world, n_items, at + HOUR, rng)
        if model is not None:
            model = learned(past.log(world, n_items), model, world.seed)
    score = chance if model is None else answers(model, past.log(world, world.n_items))
    return clicks, found(chance, score, past.is_used)


def main() -> None:
    """Print a row for each explorationWeight: the mean over worlds."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--worlds", type=int, default=2)
    parser.add_argument("--quick", action="store_true", help="few users and days, to see that it runs")
    options = parser.parse_args()
    n_users, n_days = (60, 2) if options.quick else (600, N_DAYS)
    worlds = [
        TasteWorld(n_users=n_users, n_items=N_OLD + n_days * N_NEW, seed=seed)
        for seed in range(options.worlds)
    ]
    for weight in (*WEIGHTS, None):
        lives = [live(world, weight, n_days) for world in worlds]
        clicks = np.array([one for one, _ in lives])
        row = " ".join(f"{day:.2f}" for day in clicks.mean(axis=0))
        name = "by truth" if weight is None else f"{weight}"
        print(
            f"{name:9} {row}  all {clicks.sum(axis=1).mean():.2f} (+- {clicks.sum(axis=1).std():.2f})",
            end=" ",
        )
        print(f" found {np.mean([part for _, part in lives]):.0%}", flush=True)
    print(f"{time.process_time():.0f} CPU s")


if __name__ == "__main__":
    main()
