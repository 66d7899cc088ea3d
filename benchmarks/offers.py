"""Which offer should each player of a game be shown, and what does it earn?

    python benchmarks/offers.py

A game of 2,000 players (`presage.worlds.game`): each week every player is shown one of nine offers (three types by three
prices) or none, and what counts is what they pay within seven days. Some buy in the shop anyway: an offer makes them pay
less. Policies know the player's country, sign-in, last session and last week's purchases, and learn a week late. `best_offer`
shows everybody the offer that earns most on average, by the truth; `by_truth` shows each player their best one.
"""

import argparse
import os
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")  # as `presage simulate` does

from presage.simulations.offers import FIGURES, SHOWS, compare
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
    print(f"| {' | '.join(FIGURES)} | CPU s |\n|---|--:|--:|--:|--:|--:|")
    began = time.process_time()
    for one in compare(worlds, list(SHOWS), n_weeks):
        seconds, began = (time.process_time() - began) / n_seeds, time.process_time()
        print(f"| {' | '.join(one.figures)} | {seconds:.1f} |", flush=True)


if __name__ == "__main__":
    main()
