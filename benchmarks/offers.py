"""Which offer should each player of a game be shown, and what does it earn?

    python benchmarks/offers.py

A game of 2,000 players (`presage.worlds.game`): each week every player is shown one of nine offers (three types by three
prices) or none, and what counts is what they pay within seven days. Some buy in the shop anyway: an offer makes them pay
less. Policies know the player's country, sign-in, last session, last week's purchases and what is usual in a week, and learn a week late.
`best_offer` shows everybody the offer that earns most on average, by the truth; `by_truth` shows each player their best one. An offer gives away
0.6 of its price, as the shop values it; `greedy_budget` and `linear_budget` may give away 2.00 a player and week, at the price of a linear program.

Answer (20 worlds, seeds 100 to 119; policies, settings and the budget were chosen on the seeds 0 to 9; `to sure buyers` is the part of what the shown
offers give away that was shown to players who would have paid more without any):

| policy | revenue a player and week | last week | more than the best fixed offer | bought by sure buyers | given away | to sure buyers | CPU s |
|---|--:|--:|--:|--:|--:|--:|--:|
| no_offer | 2.183 | 2.183 | -0.447 ± 0.011 | 0.0% | 0.00 | 0.0% | 0.0 |
| fixed_split | 2.526 | 2.532 | -0.104 ± 0.006 | 16.5% | 3.39 | 8.6% | 0.0 |
| best_offer | 2.630 | 2.630 | +0.000 ± 0.000 | 16.0% | 2.99 | 8.6% | 0.0 |
| by_truth | 3.433 | 3.433 | +0.804 ± 0.011 | 0.0% | 2.69 | 0.0% | 0.0 |
| greedy | 2.938 | 3.086 | +0.308 ± 0.023 | 10.6% | 3.31 | 11.1% | 0.1 |
| epsilon | 2.914 | 3.047 | +0.284 ± 0.015 | 9.8% | 3.23 | 8.3% | 0.1 |
| linear | 2.870 | 3.035 | +0.240 ± 0.015 | 9.8% | 3.19 | 8.6% | 0.9 |
| greedy_budget | 2.888 | 3.058 | +0.258 ± 0.033 | 7.2% | 2.00 | 6.7% | 1.9 |
| linear_budget | 2.844 | 3.046 | +0.214 ± 0.014 | 6.8% | 1.98 | 5.9% | 2.7 |

`trees` takes most of the time and was last measured before policies knew what is usual in a week: 2.840, +0.210 ± 0.013.
Every policy that looks at the player earns 8 to 12 % more than the best offer for all, and that 4 % more than a fixed split. Players
differ so much that greedy learning explores enough by itself; it leads, and cannot be judged by others' logs. Half of what could be
earned is still missing after 20 weeks: a week's revenue is mostly chance.

With a third less to give away than the best offer for all takes, policies still earn 8 to 10 % more than it, and 5.9 % (linear) or 6.7 % (greedy) of the
budget go to sure buyers, who are 8.6 % of the players; without a budget 8.6 % and 11.1 % of what is given away do. At most 5 % is the aim, and it is
missed by these two. `trees_budget` and `uplift_budget` were added later and ran once: trees on the first 9 of these seeds (100 to 108, in which the
best fixed offer earns 2.588), uplift on all 20 (± is half a 95 % interval):

| policy | revenue a player and week | last week | more than the best fixed offer | bought by sure buyers | given away | to sure buyers | in the last quarter | CPU s |
|---|--:|--:|--:|--:|--:|--:|--:|--:|
| trees_budget, 9 seeds | 2.790 | 2.973 | +0.203 ± 0.025 | 6.4% | 1.99 | 5.4% ± 0.9 | 3.5% ± 0.5 | 19.8 |
| uplift_budget | 2.701 | 2.740 | +0.071 ± 0.013 | 2.8% | 1.98 | 1.5% ± 0.1 | 0.2% ± 0.1 | 22.7 |

So `presage-uplift` meets the aim in each of them (at most 2.3 %), and still earns more than the best offer for all; trees meet it in the last weeks alone.

Where it goes (seeds of the development, 0 to 9; a run with other random draws differs by up to 2 points):

| | weeks 1 to 4 | weeks 5 to 20 | last week | all, mean and worst seed | revenue |
|---|--:|--:|--:|--:|--:|
| greedy_budget | 7.0 % | 2.9 % | 2.3 % | 3.8 %, 9.2 % | 2.925 |
| the same, other draws | 7.4 % | 5.3 % | 5.3 % | 5.8 %, 13.0 % | 2.904 |
| linear_budget | 9.4 % | 4.2 % | 1.9 % | 5.3 %, 7.4 % | 2.835 |
| the same, other draws | 9.9 % | 6.1 % | 4.1 % | 6.8 %, 11.9 % | 2.822 |
| trees_budget (seeds 0 and 1) | 7.3 % | 3.4 % | 2.0 % | 4.2 %, 4.4 % | 2.828 |
| uplift_budget (seeds 0 and 1) | 6.0 % | 0.2 % | 0.0 % | 1.3 %, 1.5 % | 2.730 |

So it is a matter of learning: whoever is not known yet gets offers as all do. Thompson sampling spends more on sure buyers in the second and third week than chance
would (10 %): they buy much, so their numbers lie farthest out, and there the belief is widest. What a linear policy can hold of them is coarse; some worlds
mislead the greedy one for all 20 weeks. Trees tell them apart sooner. `presage-uplift` foresees whether somebody buys, not how much: that sure buyers
buy anyway is known after a few weeks, and they get nothing from then on; it pays for that with revenue. Features that offers share did not help (greedy 6.7 to 12 % instead of
5.8, linear 6.0 to 11 % instead of 6.8), nor did a tighter budget (greedy with 1.00: 10 % on seed 0), nor more exploration (epsilon 0.1: 2.6 to 17 %).
"""

import argparse
import os
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")  # as `presage simulate` does

from presage.simulations.comparing import FIGURES, compare
from presage.simulations.offers import SHOWS
from presage.worlds.game import GameWorld


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--first-seed", type=int, default=100)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--weeks", type=int, default=20)
    parser.add_argument("--quick", action="store_true", help="few players and weeks, to see that it runs")
    options = parser.parse_args()
    n_players, n_weeks, n_seeds = (100, 3, 2) if options.quick else (2_000, options.weeks, options.seeds)
    worlds = [GameWorld(n_players=n_players, seed=options.first_seed + number) for number in range(n_seeds)]
    print(f"| {' | '.join(FIGURES)} | CPU s |\n|---|{'--:|' * len(FIGURES)}")
    began = time.process_time()
    for one in compare(worlds, list(SHOWS), n_weeks):
        seconds, began = (time.process_time() - began) / n_seeds, time.process_time()
        print(f"| {' | '.join(one.figures)} | {seconds:.1f} |", flush=True)


if __name__ == "__main__":
    main()
