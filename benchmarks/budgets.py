"""How much of what a budget could earn is earned, when traffic is not as it was planned?

    python benchmarks/budgets.py

A day of users who differ in what offers would make them earn more, four offers from cheap to dear, one of them capped, and a
budget for less than a tenth of what the dearest offer for everybody would cost. The plan expects 20,000 decisions, few by
night and many by day; 12,000, 20,000 or 28,000 come, and each hour may be off by another 40 %. What each offer would earn is
told with each user, so that prices are judged, and not learning. The best is the allocation that a linear program finds when the day
is over. Answer: budgets.md.
"""

import argparse
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

os.environ.setdefault("OMP_NUM_THREADS", "1")  # matrices are small: a second thread only waits

import msgspec
import numpy as np

from presage.decisions.campaign import NO_OFFER, Campaign
from presage.decisions.challengers import Challenger, Contest
from presage.decisions.choosing import decide
from presage.decisions.planning import HOUR, plan_of_traffic
from presage.decisions.pricing import solve_prices
from presage.decisions.questions import Question
from presage.decisions.state import State
from presage.recipes.bandits.allocating import allocate
from presage.recipes.bandits.data import Rounds
from presage.recipes.bandits.linear import LinearGreedy
from presage.recipes.bandits.policy import Policy

START = datetime(2026, 1, 5, tzinfo=UTC)
PLAN = 1 + 0.8 * np.sin((np.arange(24) - 9) / 24 * 2 * np.pi)
"""Decisions in each hour of the day, relative to the mean: few at three in the morning, many at three."""
OFFERS = (("5 %", 0.5, None), ("10 %", 1.0, None), ("20 %", 2.0, 600), ("40 %", 4.0, None))
"""Name, cost and total cap."""
COST = np.array([cost for _, cost, _ in OFFERS])
CASES = [(level, wobble) for wobble in (0.0, 0.4) for level in (0.6, 1.0, 1.4)]
"""Traffic over what was planned, and by how much each hour may be off beside that."""


@dataclass(frozen=True, kw_only=True)
class Day:
    """The users of a day.

    Parameters
    ----------
    at : (n,), seconds since its beginning
    value : (n, 5), what each offer would earn, then none
    """

    at: np.ndarray
    value: np.ndarray

    @property
    def uplift(self) -> np.ndarray:
        """(n, 5): what offers earn beyond what is earned without."""
        return self.value - self.value[:, -1:]


def weeks_before(seed: int, planned: int) -> dict[int, int]:
    """Hours since 1970 -> decisions, of eight weeks: each day is off by up to 20 %, each hour by 40 % more."""
    rng, n_days = np.random.default_rng([seed, 1]), 56
    hourly = np.tile(planned * PLAN / PLAN.sum(), n_days) * np.repeat(
        rng.uniform(0.8, 1.2, n_days), len(PLAN)
    )
    came = rng.poisson(hourly * rng.uniform(0.6, 1.4, len(hourly)))
    first = int(START.timestamp() / HOUR) - len(came)
    return dict(zip(range(first, first + len(came)), came.tolist(), strict=True))


def day(seed: int, planned: int, level: float = 1.0, wobble: float = 0.0) -> Day:
    """Users differ in how much offers move them, and in how deep they must be."""
    rng = np.random.default_rng(seed)
    hourly = planned * level * PLAN / PLAN.sum() * (1 + wobble * rng.uniform(-1, 1, len(PLAN)))
    at = np.concatenate([np.sort(hour + rng.random(n)) for hour, n in enumerate(rng.poisson(hourly))]) * 3600
    eager, depth = rng.lognormal(0, 1, len(at)), rng.uniform(0.5, 4, len(at))
    uplift = eager[:, None] * (1 - np.exp(-COST / depth[:, None])) * rng.lognormal(0, 0.3, (len(at), 4))
    base = rng.exponential(1, len(at))
    return Day(at=at, value=np.column_stack([base[:, None] + uplift, base]))


def campaign(planned: int, *, is_forecast: bool = False) -> Campaign:
    """A budget for about a tenth of what the deepest offer for everybody would cost."""
    offers = [
        {"id": name, "cost": cost} | ({"totalCap": cap * planned // 20_000} if cap else {})
        for name, cost, cap in OFFERS
    ]
    budget = {
        "amount": 0.3 * planned,
        "startsAt": START,
        "until": START + timedelta(days=1),
    } | ({"planFrom": {}} if is_forecast else {"plan": PLAN.tolist(), "expectedDecisions": planned})
    features = [{"name": name} for name in (*(name for name, _, _ in OFFERS), NO_OFFER)]
    made = {"name": "day", "offers": offers, "features": features, "budget": budget, "seed": 0}
    return msgspec.convert(made, Campaign)


class Told:
    """What offers would earn is told with each user, so that prices alone are judged, and not learning."""

    def expected(self, rounds: Rounds) -> np.ndarray:
        return rounds.context[:, rounds.action]

    def spread(self, rounds: Rounds) -> np.ndarray:
        return np.zeros((rounds.n_rounds, rounds.n_actions))


def beginning(made: Campaign) -> State:
    width = made.arm_features.shape[1]
    policy = Policy(
        name="told",
        settings=LinearGreedy(),
        believed=Told(),  # pyright: ignore[reportArgumentType]  (it never learns)
        n_context=len(made.features),
        n_features=width,
    )
    told = Challenger(id="told", policy=policy, refit_every=1)
    return State(campaign=made, contest=Contest(deciding=told, challengers=[]))


def at_prices(made: Campaign, users: Day, plan: list[float] | None) -> Iterator[int]:
    """What presage gives each user; it may have a plan from a forecast."""
    state = beginning(made)
    if plan:
        state.apply({"kind": "plan", "plan": plan, "expected": round(sum(plan)), "at": START.timestamp()})
    for number, (at, value) in enumerate(zip(users.at, users.value.tolist(), strict=True)):
        context = dict(zip(made.arms, value, strict=True))
        asked = Question(
            user=f"u{number}", session="", key="", context=context, at=START.timestamp() + float(at)
        )
        record = decide(state, "stream", asked)
        state.apply(record)
        if state.prices.is_due:
            state.apply(solve_prices(state))
        yield made.rows[record["offer"]]


def at_constant_price(made: Campaign, users: Day, price: np.ndarray) -> Iterator[int]:
    """What is given at the prices of a day that was as it was planned, until it is used up."""
    limits = beginning(made).prices
    used = np.zeros(len(limits.amount))
    for value in users.value:
        can = (used + limits.use <= limits.amount).all(axis=1)
        arm = int(np.where(can, value - limits.use @ price, -np.inf).argmax())
        used += limits.use[arm]
        yield arm


def judged(made: Campaign, users: Day, chosen: Iterator[int], best: float) -> tuple[float, float]:
    """Of what the best allocation in hindsight earns beyond no offers; and of the budget, what was spent."""
    limits = beginning(made).prices
    arms = np.fromiter(chosen, int)
    spent = limits.use[arms, 0].sum() / limits.amount[0]
    return float(users.uplift[np.arange(len(arms)), arms].sum() / best), float(spent)


def _range(shares: Sequence[float]) -> str:
    return f"{min(shares):.1%} to {max(shares):.1%}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--first-seed", type=int, default=101)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--planned", type=int, default=20_000, help="decisions that are expected")
    parser.add_argument("--quick", action="store_true", help="few decisions, to see that it runs")
    parser.add_argument("--forecast", action="store_true", help="the plan is a forecast of earlier traffic")
    options = parser.parse_args()
    planned, n_seeds = (500, 1) if options.quick else (options.planned, options.seeds)
    made = campaign(planned, is_forecast=options.forecast)
    limits = beginning(made).prices
    print(
        "| traffic | each hour | prices of presage | worst | used | constant price | worst | used | CPU s |"
    )
    print("|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
    for level, wobble in CASES:
        began, found, constant = time.process_time(), [], []
        for seed in range(options.first_seed, options.first_seed + n_seeds):
            users = day(seed, planned, level, wobble)
            is_open = np.ones(users.value.shape, bool)
            best = float(
                (allocate(users.uplift, is_open, limits.use, limits.amount).share * users.uplift).sum()
            )
            budget = made.budget
            plan = None
            if options.forecast and budget is not None:
                plan = plan_of_traffic(budget, weeks_before(seed, planned), START.timestamp())
            found.append(judged(made, users, at_prices(made, users, plan), best))
            before = day(seed + 10_000, planned)
            price = allocate(
                before.uplift, np.ones(before.value.shape, bool), limits.use, limits.amount
            ).price
            constant.append(judged(made, users, at_constant_price(made, users, price), best))
        own, used = zip(*found, strict=True)
        other, kept = zip(*constant, strict=True)
        seconds = (time.process_time() - began) / n_seeds
        print(
            f"| {level:.0%} | {f'± {wobble:.0%}' if wobble else 'as planned'} | {np.mean(own):.2%} | {min(own):.2%}"
            f" | {_range(used)} | {np.mean(other):.2%} | {min(other):.2%} | {_range(kept)} | {seconds:.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
