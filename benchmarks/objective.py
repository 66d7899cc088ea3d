"""What does an optimizationObjective earn, and what relevance does it cost?

    python benchmarks/objective.py [--worlds 3] [--quick]

In a simulated world (`presage.worlds.tastes`) it is known how likely each user is to use each item next, and what
a use of it earns; the two have nothing to do with each other. `aws-user-personalization` learns 20 uses of each
user, with its defaults, and answers each with ten items not used yet. All figures are expectations by the truth.
"By truth" are the best rankings there are: by how likely a use is, and by that times what it earns.

Answer (mean of 3 worlds of 2,000 users and 500 items, 71 CPU s in all; between worlds the last column differs by 0.01):

    | objectiveSensitivity         | worth of an item shown | next use among the ten | earned an answer |
    |------------------------------|-----------------------:|-----------------------:|-----------------:|
    | OFF                          |                   1.18 |                 23.6 % |            0.278 |
    | LOW                          |                   1.96 |                 19.1 % |            0.308 |
    | MEDIUM                       |                   2.55 |                 11.7 % |            0.248 |
    | HIGH                         |                   3.00 |                  6.3 % |            0.168 |
    | by truth, likelihood         |                   1.17 |                 27.9 % |            0.325 |
    | by truth, likelihood x worth |                   1.68 |                 25.2 % |            0.362 |
    | at random                    |                   1.13 |                  2.1 % |            0.024 |

What is shown is worth more with each step, at the cost of relevance. LOW earns 11 % more than OFF; MEDIUM and HIGH
earn less, because users do not want what they are shown: they are for aims other than the sum of what uses earn. A
score grows by a power of e per standard deviation of the attribute, whatever its scale; `presage:multiplierColumn`
multiplies by the worth itself, as the best ranking does (not measured here).
"""

import argparse
import time
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from presage.recipes.data import Categories, Interactions, Query, RankingModel
from presage.recipes.ranking.hrnn.recipe import UserPersonalization
from presage.recipes.ranking.objective import STRENGTH, LiftedModel, objective_weights
from presage.recipes.ranking.selection import history_of
from presage.worlds.tastes import TasteWorld

HOUR = 3600
WORLD = TasteWorld(n_users=2000, n_items=500)
N_USED, N_SHOWN = 20, 10


def log_of(
    world: TasteWorld,
    user: NDArray[np.integer],
    item: NDArray[np.integer],
    time: NDArray[np.integer],
    n_items: int,
) -> Interactions:
    """Uses of the first `n_items` items of a world, with the items' categories."""
    order = np.lexsort((time, user))
    return Interactions(
        user=user[order].astype(np.int32),
        item=item[order].astype(np.int32),
        time=time[order].astype(np.int64),
        n_users=world.n_users,
        n_items=n_items,
        item_features={
            "CATEGORY": Categories(
                start=np.arange(n_items + 1, dtype=np.int64),
                codes=world.category[:n_items],
                n_values=world.n_categories,
            )
        },
    )


def answers(model: RankingModel, log: Interactions) -> NDArray[np.float32]:
    """(n_users, n_items): the scores for each user of a log."""
    edges = np.searchsorted(log.user, np.arange(log.n_users + 1)).tolist()
    states = model.read([history_of(log, user, *own) for user, own in enumerate(pairwise(edges))])
    return model.score(model.represent(states, [Query()] * log.n_users))


def next_use(world: TasteWorld, used: NDArray[np.int32]) -> NDArray[np.float64]:
    """(n_users, n_items): the truth: how likely each item is to be used next; 0 where it was used."""
    wish = np.exp(world.appeal)
    np.put_along_axis(wish, used, 0, axis=1)
    return wish / wish.sum(axis=1, keepdims=True)


def judge(
    score: NDArray[np.floating], chance: NDArray[np.float64], worth: NDArray[np.float64]
) -> list[float]:
    """Per answer, of the N_SHOWN items with the highest score among those not used yet (chance 0).

    Returns the mean worth of an item shown, the chance that the next use is among them, and what it earns then.
    """
    shown = np.argsort(-np.where(chance > 0, score, -np.inf), axis=1)[:, :N_SHOWN]
    hit = np.take_along_axis(chance, shown, axis=1)
    return [worth[shown].mean(), hit.sum(axis=1).mean(), (hit * worth[shown]).sum(axis=1).mean()]


def rows_of(world: TasteWorld) -> dict[str, list[float]]:
    """The figures of each row of the table, in one world."""
    used = world.uses(N_USED)
    chance = next_use(world, used)
    user, at = np.indices(used.shape)
    log = log_of(world, user.ravel(), used.ravel(), at.ravel() * HOUR, world.n_items)
    relevance = UserPersonalization().fit(log)
    rows: dict[str, list[float]] = {}
    for sensitivity in STRENGTH:
        model = LiftedModel(inner=relevance, weight=objective_weights(world.worth, sensitivity))
        rows[sensitivity] = judge(answers(model, log), chance, world.worth)
    rows["by truth, likelihood"] = judge(chance, chance, world.worth)
    rows["by truth, likelihood x worth"] = judge(chance * world.worth, chance, world.worth)
    anything = np.random.default_rng(world.seed).random(chance.shape)
    return rows | {"at random": judge(anything, chance, world.worth)}


def main() -> None:
    """Print a row for each sensitivity: the mean over worlds."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--worlds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="a small world, to see that it runs")
    options = parser.parse_args()
    world = replace(WORLD, n_users=80, n_items=60) if options.quick else WORLD
    found = [rows_of(replace(world, seed=seed)) for seed in range(options.worlds)]
    for name in found[0]:
        worth, hit, earned = np.mean([rows[name] for rows in found], axis=0)
        spread = np.std([rows[name][2] for rows in found])
        print(f"{name:30} {worth:.3f} {hit:7.1%} {earned:7.3f} (+- {spread:.3f})")
    print(f"{time.process_time():.0f} CPU s")


if __name__ == "__main__":
    main()
