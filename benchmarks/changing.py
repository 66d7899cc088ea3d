"""How long do decisions wait while a campaign changes and its policies learn all rewards again?

    python benchmarks/changing.py

One process asks a campaign for decisions, one after the other, while the campaign gets one more offer. `while all
wait` is the change as it is replayed, within the turn of the log; `beside` is what PATCH does.

Answer (20,000 rewards; two cores, which others used too):

| policy | change | seconds | decisions meanwhile | median ms | longest ms |
|---|---|--:|--:|--:|--:|
| presage-linear-thompson | while all wait | 1.1 | 1 | 1057.3 | 1057 |
| presage-linear-thompson | beside | 2.7 | 786 | 0.7 | 110 |
| presage-reward-model | while all wait | 2.0 | 1 | 2007.6 | 2008 |
| presage-reward-model | beside | 8.5 | 3675 | 0.7 | 228 |

The change takes longer, and no decision waits for it; the longest wait is while the process that learns is told the rewards.
"""

import argparse
import tempfile
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
import numpy as np

from presage.decisions.campaign import Campaign
from presage.decisions.decider import Decider
from presage.decisions.questions import Change, Question, Reward
from presage.log import open_log

OFFERS = [{"id": "small", "price": 5}, {"id": "large", "price": 10}]
NEVER = 10_000_000
MORE = [*OFFERS, {"id": "huge", "price": 20}]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rewards", type=int, default=20_000)
    parser.add_argument("--quick", action="store_true", help="few rewards, to see that it runs")
    options = parser.parse_args()
    n_rewards = 300 if options.quick else options.rewards
    print(
        "| policy | change | seconds | decisions meanwhile | median ms | longest ms |\n|---|---|--:|--:|--:|--:|"
    )
    for policy in ("presage-linear-thompson", "presage-reward-model"):
        for way in ("while all wait", "beside"):
            with deciding(policy) as decider:
                play(decider, n_rewards)
                seconds, waits = change(decider, policy, beside=way == "beside")
            median, longest = 1000 * np.median(waits), 1000 * np.max(waits)
            print(
                f"| {policy} | {way} | {seconds:.1f} | {len(waits)} | {median:.1f} | {longest:.0f} |",
                flush=True,
            )


@contextmanager
def deciding(policy: str) -> Generator[Decider]:
    """A decider on a log of its own."""
    with tempfile.TemporaryDirectory() as name:
        log = open_log(Path(name))
        log.open_stream("s", "decisions")
        decider = Decider(campaign(policy, OFFERS, NEVER), log=log, stream="s", folder=Path(name) / "policy")
        try:
            yield decider
        finally:
            decider.close()
            log.close()


def campaign(policy: str, offers: Sequence[Mapping[str, object]], refit_every: int) -> Campaign:
    """One whose policy is refitted after so many rewards."""
    chosen = {"name": policy, "refitEvery": refit_every}
    made = {"name": "c", "seed": 7, "offers": offers, "features": [{"name": "level"}], "policy": chosen}
    return msgspec.convert(made, Campaign)


def play(decider: Decider, n_rewards: int) -> None:
    """Decisions and their rewards, many at once."""
    made = [decider.ask(question(number)) for number in range(n_rewards)]
    told = [
        Reward(decision=one.result().record["id"], value=float(n % 3), at=2.0) for n, one in enumerate(made)
    ]
    for one in [decider.ask(reward) for reward in told]:
        one.result()


def question(number: int) -> Question:
    """Of one of a thousand users."""
    return Question(user=f"u{number % 1000}", session="", key="", context={"level": number % 10}, at=1.0)


def change(decider: Decider, policy: str, *, beside: bool) -> tuple[float, list[float]]:
    """Seconds that a change takes, and those that each decision waited for meanwhile."""
    asked = Change(campaign=campaign(policy, MORE, 100), at=3.0)
    begun, waits = time.perf_counter(), list[float]()
    changed = decider.change(asked) if beside else decider.ask(asked)
    while not changed.done():
        asked_at = time.perf_counter()
        decider.ask(question(len(waits))).result()
        waits.append(time.perf_counter() - asked_at)
    changed.result()
    return time.perf_counter() - begun, waits


if __name__ == "__main__":
    main()
