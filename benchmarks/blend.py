"""How much CPU does one answer of a blend cost, beside the plain way?

    OPENBLAS_NUM_THREADS=1 python benchmarks/blend.py [--items 3700] [--history 120]

The closed forms of presage-blend, as they are shaped when they are fitted to many users (500 relatives an item), score
users with histories of so many different items, 1, 16 or 512 together. The plain way gathers the weights of each
item, member by member, and takes logarithms of what each member answers, as they stand in the definition. Both take
turns on the same users; the largest difference between their scores is printed too.

Answer (2 cores at a load of 7): 1 together 943 us a user (699 in a run of its own), plainly 1,134; 16 together 569, plainly
992; 512 together 622, plainly 1,419. On ml-1m, the blend fitted there (validation users, 108 items each on average), before
the rows of small catalogues were held in full: 1 together 1,114, 16 together 868, 512 together 929; after: 718, 533, 425. A
history counts here as far back as an item counts 5 % of the latest one; with 1 %, as before, 118 rows are added instead of
81, and NDCG@10 on validation is 0.1699 instead of 0.1702. Adding up fewer of the 500 weights of older items was tried and
left out: 14,000 of 55,000 weights cost 0.002 of NDCG@10. Scores differ from the plain way by 2e-6 of themselves.
"""

import argparse
import time

import numpy as np

from presage.recipes.ranking.blend.model import blended
from presage.recipes.ranking.linear import NEGLIGIBLE, POPULAR, LinearModel
from presage.recipes.ranking.popularity import shares
from presage.recipes.ranking.relations import RELATIVES, Relations

MEMBERS = {"rules": (0.7, 10), "ridge": (0.8, 20), "EASE": (0.9, 200), "walks": (0.9, 200)}
"""Name -> decay and max_history_length, as they are by default."""
N_USERS = 128
WEIGHTS = [0.7, 0.2, 0.2, 0.4, -0.9]


def blend_of(n_items, rng):
    share = shares(rng.integers(1, 100, n_items))
    n_relatives = min(RELATIVES, n_items)
    members = []
    for decay, length in MEMBERS.values():
        relative = np.concatenate([rng.permutation(n_items)[:n_relatives] for _ in range(n_items)])
        related = Relations(
            start=np.arange(n_items + 1) * n_relatives,
            relative=relative.astype(np.int32),
            weight=rng.random(len(relative), np.float32),
        )
        members.append(LinearModel(share=share, relations=related, decay=decay, max_history_length=length))
    itself = Relations(
        start=np.arange(n_items + 1),
        relative=np.arange(n_items, dtype=np.int32),
        weight=np.ones(n_items, np.float32),
    )
    members.append(LinearModel(share=share, relations=itself, decay=1.0, max_history_length=200))
    return blended(members, np.array(WEIGHTS))


def plainly(blend, states):
    return np.stack([_plain_row(blend, state) for state in states])


def _plain_row(blend, state):
    logit = np.zeros(blend.n_items, np.float32)
    for member, weight in zip(blend.members, blend.weights, strict=True):
        counts = member.decay ** np.arange(member.max_history_length)
        latest = state[: member.max_history_length][counts >= NEGLIGIBLE]
        item = latest[latest > 0].astype(np.int64) - 1
        kept = member.relations
        begin, end = kept.start[item], kept.start[item + 1]
        here = [slice(*pair) for pair in zip(begin.tolist(), end.tolist(), strict=True)]
        count = np.repeat(counts[: len(item)].astype(np.float32), end - begin)
        values = count * np.concatenate([kept.weight[run] for run in here])
        relative = np.concatenate([kept.relative[run] for run in here])
        total = np.maximum(0, np.bincount(relative, values, minlength=blend.n_items))
        part = (total * ((1 - POPULAR) / total.sum()) + member.share * POPULAR).astype(np.float32)
        logit += weight * np.log(part)
    logit = np.exp(logit - logit.max())
    return logit / logit.sum()


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--items", type=int, default=3_700)
    parser.add_argument("--history", type=int, default=120)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    rng = np.random.default_rng(7)
    blend = blend_of(options.items, rng)
    states = np.zeros((512, blend.state_size), np.float32)
    for state in states:
        state[: options.history] = rng.permutation(options.items)[: options.history] + 1
    apart = np.abs(blend.score(states[:8]) / plainly(blend, states[:8]) - 1).max()
    print(f"scores differ by at most {apart:.1e} of themselves")
    for together in (1, 16, 512):
        asked = states if together > N_USERS else states[:N_USERS]
        ours = cost(blend.score, asked, together, options.rounds)
        plain = cost(lambda some: plainly(blend, some), asked, together, options.rounds)
        print(
            f"{together:3} together: {ours:.0f} us a user, plainly {plain:.0f}: {plain / ours:.1f} times as many"
        )


def cost(score, states, together, rounds):
    """The least CPU microseconds a user, of several rounds: others want the processor too."""
    seconds = []
    for _ in range(rounds):
        begun = time.process_time()
        for first in range(0, len(states), together):
            score(states[first : first + together])
        seconds.append((time.process_time() - begun) / len(states))
    return 1e6 * min(seconds)


if __name__ == "__main__":
    main()
