"""What does it cost to learn a network in two processes, and how much sooner could it be done?

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python benchmarks/ranks.py [--events 40000]

The log is the first customers of the bundled shop. Each fit runs with one rank and with two, each rank on one
thread. CPU seconds: those of rank 0, and those of the other rank with its start. With a core for each rank a fit
takes at least as long as rank 0 computes; walls are left out, for the machine had other work.

Answer (2 cores at load 20): aws-user-personalization 1.30 s of rank 0 a pass with one rank, 0.91 with two (the
other: 1.4, with its start of about 3 s in all); presage-linear-recurrence 1.25 and 0.86. So with a core for each,
two ranks are at most about 1.4 times as quick, and cost 1.6 to 1.8 times the CPU. Last losses 6.655 and 6.585
(held events), 5.334 and 5.308: random parts are drawn apart.
"""

import argparse
import resource
import time

from benchmarks.training import shop
from presage.jobs.ranks_here import ranks_here
from presage.recipes.data import RankingRecipe, Training
from presage.recipes.ranking.hrnn.recipe import UserPersonalization
from presage.recipes.ranking.linear_recurrence.recipe import LinearRecurrence

RECIPES: dict[str, RankingRecipe] = {
    "aws-user-personalization": UserPersonalization(),
    "presage-linear-recurrence": LinearRecurrence(),
}


def others_seconds() -> float:
    """CPU seconds of processes that were started and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Fit each recipe with one rank and with two."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=40_000)
    log = shop(parser.parse_args().events)
    print(f"{len(log.item)} events of {log.n_items} items")
    for name, recipe in RECIPES.items():
        for n in (1, 2):
            losses: list[float] = []
            own, others = time.process_time(), others_seconds()
            recipe.fit(log, Training(ranks=ranks_here(n), monitor=lambda _, loss, to=losses: to.append(loss)))
            own, others = time.process_time() - own, others_seconds() - others
            told = f"{len(losses)} passes, the last loss {losses[-1]:.3f}"
            print(f"{name}: {n} ranks: rank 0 {own:.1f} s, other {others:.1f} s; {told}", flush=True)


if __name__ == "__main__":
    main()
