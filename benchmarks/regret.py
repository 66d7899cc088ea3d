"""How much is lost while it is learned what each user likes best? The notebook's own two agents, and presage's policies.

    python benchmarks/regret.py --seeds 101 102 103 104 105
    python benchmarks/regret.py --large

The answer is in regret.md.
"""

import argparse
import os
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")  # as `presage simulate` does

import numpy as np

from presage.simulations.agents import AGENTS
from presage.simulations.regret import regrets
from presage.worlds.ratings import RatingWorld


def small(seeds: list[int], n_periods: int, n_users: int) -> None:
    """A row an agent: means over seeds, and the worst seed."""
    last, summed, seconds = ({name: [] for name in AGENTS} for _ in range(3))
    for seed in seeds:
        began, cpu = time.perf_counter(), time.process_time()
        rows = list(regrets(RatingWorld(n_users=n_users, seed=seed), list(AGENTS), n_periods, n_users))
        print(
            f"seed {seed}: {time.perf_counter() - began:.0f} s, {time.process_time() - cpu:.0f} CPU s",
            flush=True,
        )
        for name in AGENTS:
            lost = [row[f"mean_regret_{name}"] for row in rows]
            last[name].append(lost[-1])
            summed[name].append(sum(lost))
            seconds[name].append(
                sum(row[f"{part}_time_{name}"] for row in rows for part in ("inference", "training"))
            )
    print("| agent | regret in the last period | worst seed | regret of all periods | worst seed | seconds |")
    print("|---|--:|--:|--:|--:|--:|")
    for name in AGENTS:
        figures = (np.mean(last[name]), max(last[name]), np.mean(summed[name]), max(summed[name]))
        cells = " | ".join(f"{figure:.{3 if place < 2 else 2}f}" for place, figure in enumerate(figures))
        print(f"| {name} | {cells} | {np.mean(seconds[name]):.1f} |")


def large(n_periods: int) -> None:
    """A line a period of the notebook's class with its own defaults: 100,000 users, of whom 10,000 ask."""
    world = RatingWorld(n_users=100_000)
    playing = regrets(world, ["factors"], n_periods, 10_000)
    for period in range(1, n_periods + 1):
        began, cpu = time.perf_counter(), time.process_time()
        row = next(playing)
        print(
            f"period {period}: regret {row['mean_regret_factors']:.3f}, {time.perf_counter() - began:.2f} s, "
            f"{time.process_time() - cpu:.2f} CPU s",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=[101, 102, 103, 104, 105])
    parser.add_argument("--large", action="store_true", help="the notebook's defaults: 100,000 users")
    parser.add_argument("--quick", action="store_true", help="few users and periods, to see that it runs")
    options = parser.parse_args()
    if options.large:
        large(2 if options.quick else 10)
    elif options.quick:
        small([1], 2, 60)
    else:
        small(options.seeds, 50, 1_000)


if __name__ == "__main__":
    main()
