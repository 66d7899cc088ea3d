"""How often does a worse policy take over, and how soon does a better one?

    python benchmarks/promotion.py

The answer is in promotion.md.
"""

import argparse
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # matrices are small: a second thread only waits

import msgspec
import numpy as np

from presage.decisions.campaign import Campaign
from presage.decisions.challengers import RISK, Contest
from presage.decisions.choosing import decide
from presage.decisions.questions import Question
from presage.decisions.state import State
from presage.metrics.advantage import advantages, log_capital
from presage.recipes.bandits.data import Rounds

ARMS = ("a", "b", "c", "no-offer")
MOST = 50.0
FIRST = 1_000
"""The first seed; those below were looked at while this was built."""


class World:
    """Contexts of two numbers, four arms; rewards of 0 and 1, or a price that few pay and some pay many times."""

    def __init__(self, seed, *, revenue, n_contexts=200):
        self.rng = np.random.default_rng([FIRST + seed, revenue])
        self.revenue = revenue
        self.context = self.rng.normal(size=(n_contexts, 2))
        logit = self.context @ self.rng.normal(size=(2, len(ARMS))) + self.rng.normal(size=len(ARMS)) * 0.5
        self.chance = 1 / (1 + np.exp(2 - logit))
        sizes = np.exp(np.random.default_rng(1).normal(1.5, 1, 1_000_000)).clip(0, MOST)
        self.mean = self.chance * (sizes.mean() if revenue else 1.0)

    def rewards(self, at, arm, rng):
        size = np.exp(rng.normal(1.5, 1, len(at))).clip(0, MOST) if self.revenue else 1.0
        return (rng.random(len(at)) < self.chance[at, arm]) * size

    def value(self, probabilities):
        """What a policy earns a decision, (n_contexts, n_arms) of probabilities."""
        return float((probabilities * self.mean).sum(axis=1).mean())

    def policy(self, sharpness, rng):
        """One that knows the truth by so much (below 0: prefers what earns little), and explores in a tenth."""
        liking = sharpness * (self.mean - self.mean.mean()) / self.mean.std() + rng.normal(
            size=self.mean.shape
        )
        chance = np.exp(liking - liking.max(axis=1, keepdims=True))
        return 0.9 * chance / chance.sum(axis=1, keepdims=True) + 0.1 / len(ARMS)


def fixed(revenue, gap, n_runs, n_rounds):
    """Policies that do not learn; the challenger's value is over the other's by the part `gap` of it.

    Returns (share of runs with a promotion, median of the decisions until then, mean of the true gaps).
    """
    first, gaps = [], []
    for run in range(n_runs):
        world = World(run % 50, revenue=revenue)
        rng = np.random.default_rng([FIRST + run, 5])
        own, other = world.policy(0.5, rng), world.policy(-1.0 if gap < 0 else 1.5, rng)
        value = world.value(own)
        mix = min(
            1.0, gap * value / (world.value(other) - value)
        )  # so much of the other policy makes the gap
        judged = own * (1 - mix) + other * mix if gap else _same_value(world, own, rng)
        gaps.append(world.value(judged) / value - 1)
        at = rng.integers(0, len(world.context), n_rounds)
        place = (np.cumsum(own[at], axis=1)[:, :-1] < rng.random((n_rounds, 1))).sum(axis=1)
        reward = world.rewards(at, place, rng) / (MOST if revenue else 1.0)
        foreseen = np.full((n_rounds, len(ARMS)), world.mean.mean() / (MOST if revenue else 1.0))
        told = advantages(judged[at], own[at], foreseen, place, reward)
        shown = np.flatnonzero(promotes(told))
        first.append(shown[0] + 1 if len(shown) else np.inf)
    first = np.array(first)
    return float(np.isfinite(first).mean()), float(np.median(first)), float(np.mean(gaps))


def promotes(told):
    """(n_rounds,): whether a campaign's only challenger takes over after each round: `Evidence.is_above` at once."""
    total, squares = np.cumsum(told), np.cumsum(told**2)
    mark = 2 ** np.floor(np.log2(np.arange(1, len(told) + 1))).astype(int) // 2
    before = [np.concatenate([[0.0], sums])[mark] for sums in (total, squares)]
    later = total - before[0] > 2 * np.sqrt(squares - before[1])
    return (log_capital(total, squares) >= -np.log(RISK / 2)) & later


def _same_value(world, own, rng):
    """Another policy of exactly the same value: the worst case that is no better."""
    better, worse = world.policy(1.5, rng), world.policy(-1.0, rng)
    values = [world.value(one) for one in (own, better, worse)]
    mix = (values[0] - values[2]) / (values[1] - values[2])
    return better * mix + worse * (1 - mix)


LEARNING = {
    "a worse one: looks at no context": ("presage-epsilon-greedy", "presage-popularity-thompson", {}, {}),
    "a worse one: tries anything": ("presage-epsilon-greedy", "presage-epsilon-greedy", {}, {"epsilon": 0.8}),
    "better at first, worse later": (
        "presage-linear-thompson",
        "presage-popularity-thompson",
        {"noise_sd": 4.0, "prior_sd": 0.5, "epsilon": 0.1},
        {},
    ),
    "a better one: looks at the context": (
        "presage-popularity-thompson",
        "presage-linear-thompson",
        {"epsilon": 0.2},
        {"noise_sd": 0.4, "epsilon": 0.05},
    ),
    "a better one: tries less": (
        "presage-epsilon-greedy",
        "presage-epsilon-greedy",
        {"epsilon": 0.8},
        {"epsilon": 0.05},
    ),
}


def learning(case, n_runs, n_rounds, delay=20):
    """Campaigns at work, from the first decision on; rewards come `delay` decisions late.

    Returns (how much better each policy was that took over, as it stood then, as a part of the other's value; the share of
    runs in which one was worse; the share in which one took over; the median of the decisions until the first).
    """
    own, other, settings, other_settings = LEARNING[case]
    gains, first, unsafe_runs = [], [], 0
    for run in range(n_runs):
        world, rng = World(run % 50, revenue=False), np.random.default_rng([FIRST + run, 6])
        campaign = msgspec.convert(
            {
                "name": "c",
                "seed": FIRST + run,
                "offers": [{"id": arm} for arm in ARMS[:-1]],
                "features": [{"name": "x"}, {"name": "y"}],
                "policy": {"name": own, "settings": settings, "refitEvery": 200},
                "challengers": [{"id": "new", "name": other, "settings": other_settings, "refitEvery": 200}],
                "rewardRange": [0, 1],
            },
            Campaign,
        )
        state, waiting, found = State(campaign=campaign, contest=Contest.of(campaign)), [], None
        was_unsafe = False
        for number in range(n_rounds):
            at = int(rng.integers(len(world.context)))
            context = {"x": float(world.context[at, 0]), "y": float(world.context[at, 1])}
            asked = Question(user=f"u{number}", session="", key="", context=context, at=float(number))
            decision = decide(state, "s", asked)
            state.apply(decision)
            arm = ARMS.index(decision["offer"])
            waiting.append((decision, float(world.rewards(np.array([at]), np.array([arm]), rng)[0])))
            if len(waiting) <= delay:
                continue
            earlier, value = waiting.pop(0)
            names = ("user", "context", "offer", "candidates", "propensities", "expected")
            told = {"kind": "reward", "decision": earlier["id"], "value": value, "at": float(number)}
            state.apply(told | {name: earlier[name] for name in names})
            for one in state.contest.everyone:
                one.take_refit()
            promotion = state.promotion(float(number))
            if promotion is not None:
                values = [
                    _value(world, campaign, one) for one in (state.contest.deciding, state.contest.winner())
                ]
                was_unsafe = was_unsafe or values[1] < values[0]
                gains.append(values[1] / values[0] - 1)
                found = found or number
                state.apply(promotion)
        unsafe_runs += was_unsafe
        first.append(found or np.inf)
    return np.array(gains), unsafe_runs / n_runs, float(np.isfinite(first).mean()), float(np.median(first))


def _value(world, campaign, one):
    """The true value of a policy as it stands."""
    n = len(world.context)
    scaled = np.array([campaign.context_row(dict(zip("xy", row, strict=True)))[0] for row in world.context])
    rounds = Rounds(
        user=np.full(n, -1), context=scaled, action=np.arange(len(ARMS)), features=campaign.arm_features
    )
    return world.value(one.policy.probabilities(rounds, np.random.default_rng(0)))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=20_000)
    parser.add_argument("--learning-runs", type=int, default=100)
    parser.add_argument("--learning-rounds", type=int, default=2_000)
    parser.add_argument("--quick", action="store_true", help="few runs, to see that it runs")
    options = parser.parse_args()
    if options.quick:
        options.runs, options.rounds, options.learning_runs, options.learning_rounds = 3, 300, 1, 100
    print(f"\n{options.runs} runs of {options.rounds:,} decisions, looked at after each\n")
    print("| rewards | true gap | promoted | median decisions until then |\n|---|--:|--:|--:|")
    for revenue in (False, True):
        for gap in (-0.3, -0.1, 0.0, 0.1, 0.3):
            share, median, true = fixed(revenue, gap, options.runs, options.rounds)
            told = "revenue" if revenue else "0 or 1"
            print(f"| {told} | {true:+.1%} | {share:.1%} | {median:,.0f} |", flush=True)
    print(f"\n{options.learning_runs} runs of {options.learning_rounds:,} decisions; both learn\n")
    print(
        "| challenger | runs with a promotion | median decisions until then | promotions | to a worse one | runs with one |"
    )
    print("|---|--:|--:|--:|--:|--:|")
    for case in LEARNING:
        gains, unsafe, share, median = learning(case, options.learning_runs, options.learning_rounds)
        worse = gains[gains < 0]
        told = f"{len(worse)}" + (f" ({worse.mean():.1%})" if len(worse) else "")
        print(f"| {case} | {share:.0%} | {median:,.0f} | {len(gains)} | {told} | {unsafe:.1%} |", flush=True)


if __name__ == "__main__":
    main()
