"""May one look at an experiment as often as one likes; and what does that cost?

    python benchmarks/experiments.py                         # all of it, about 10 minutes of CPU
    python benchmarks/experiments.py --runs 20 --part power

The answer is in experiments.md.
"""

import argparse
import random
import time

import msgspec
import numpy as np
from scipy.stats import norm

from presage.experiments.comparing import Counted, compared, preferred
from presage.experiments.experiment import Experiment
from presage.experiments.interleaving import team_draft
from presage.experiments.splitting import UNITS, sizes_of
from presage.metrics.sequential import effect_terms, log_mismatch, mean_of_any

N_LOOKS = 1_000
FIRST_SEED = 100_000
"""Seeds below were used while this was built."""


def experiment(shares=(0.5, 0.5), mode="split", planned=5_000, **metric):
    arms = [
        {"name": f"arm{arm}", "target": f"arn:{arm}", "weight": share} for arm, share in enumerate(shares)
    ]
    told = {"eventType": "buy", **metric}
    made = {"name": "e", "arms": arms, "metric": told, "mode": mode, "plannedUsers": planned}
    return msgspec.convert(made, Experiment)


def users(draw, shares, n, rng):
    """n users who came one after the other: their arms, and what each did."""
    sizes = sizes_of(shares)
    chance = np.array(sizes) / UNITS
    arm = rng.choice(len(shares), n, p=chance)
    return Counted(arm, np.tile(chance, (n, 1)), draw(rng, arm)), sizes


def rates(*rate):
    return lambda rng, arm: (rng.random(len(arm)) < np.array(rate)[arm]).astype(float)


def revenue(buys, lift=1.0):
    """Of those who buy, log-normal amounts: the largest of 1,000 is about 20 times the median."""
    return lambda rng, arm: (
        (rng.random(len(arm)) < buys) * rng.lognormal(2.0, 1.0, len(arm)) * np.where(arm == 1, lift, 1.0)
    )


def every_look(n):
    return np.unique(np.linspace(n / N_LOOKS, n, N_LOOKS).astype(int))


def found_at(sequence, looks):
    """After how many users a difference is found; infinity = it is not."""
    is_found = np.abs(sequence.mean) > sequence.radius
    return looks[is_found.argmax()] if is_found.any() else np.inf


def usual_test_found_at(counted, looks):
    """The same of the usual 95 % interval of the difference of two means, looked at again and again."""
    hit = []
    for arm in (0, 1):
        own = counted.arm == arm
        n = np.maximum(np.cumsum(own)[looks - 1], 1)
        total = np.cumsum(own * counted.outcome)[looks - 1]
        squares = np.cumsum(own * counted.outcome**2)[looks - 1]
        hit.append((total / n, (squares / n - (total / n) ** 2) / n))
    difference = hit[1][0] - hit[0][0]
    error = np.sqrt(hit[0][1] + hit[1][1])
    is_found = (np.abs(difference) > norm.ppf(0.975) * error) & (looks >= 200)
    return looks[is_found.argmax()] if is_found.any() else np.inf


def run(made, draw, shares, n, seed):
    """(found by the experiment, found by the usual test) after so many users."""
    counted, sizes = users(draw, shares, n, np.random.default_rng(seed))
    looks = every_look(n)
    return found_at(compared(made, counted, 1, sizes, looks), looks), usual_test_found_at(counted, looks)


def false_alarms(runs):
    print(
        "\n| A/A test, 20,000 users, 1,000 looks | experiment | usual 95 % test at each look |\n|---|--:|--:|"
    )
    half, tenth = (0.5, 0.5), (0.9, 0.1)
    value = {"kind": "value"}
    for name, made, draw, shares in (
        ("conversion, 5 %", experiment(), rates(0.05, 0.05), half),
        ("conversion, 30 %", experiment(), rates(0.3, 0.3), half),
        ("conversion, 0.5 %", experiment(), rates(0.005, 0.005), half),
        ("conversion, 5 %, shares 90:10", experiment(tenth), rates(0.05, 0.05), tenth),
        ("value with a cap of 100, 5 % buy", experiment(cap=100.0, **value), revenue(0.05), half),
        ("value without a cap, 5 % buy", experiment(**value), revenue(0.05), half),
        ("the same, shares 90:10", experiment(tenth, **value), revenue(0.05), tenth),
        ("value without a cap, all buy", experiment(**value), revenue(1.0), half),
    ):
        found = np.isfinite([run(made, draw, shares, 20_000, FIRST_SEED + one) for one in range(runs)])
        print(f"| {name} | {share(found[:, 0])} | {share(found[:, 1])} |", flush=True)
    alarms = [split_is_doubted(sizes_of((0.5, 0.25, 0.25)), FIRST_SEED + one) for one in range(runs)]
    print(f"| the split itself, 50:25:25, at 1 % | {share(alarms)} | |")


def split_is_doubted(sizes, seed, n=20_000, true=None):
    """Whether users seem not to have come as they should, at any look."""
    shares = np.array(sizes) / UNITS
    rng = np.random.default_rng(seed)
    arm = rng.choice(len(shares), n, p=shares if true is None else true)
    counts = np.cumsum(np.eye(len(shares))[arm], axis=0)[every_look(n) - 1]
    return any(log_mismatch(one, shares) > np.log(100) for one in counts)


def share(found):
    """A share of the runs, and its standard error."""
    p = np.mean(found)
    return f"{p:.1%} ± {np.sqrt(p * (1 - p) / len(found)):.1%}"


def power(runs):
    print("\n| a difference that is there | fixed-n test, 80 % | experiment: half the runs | 80 % | 95 % |")
    print("|---|--:|--:|--:|--:|")
    for rate, better in ((0.05, 0.06), (0.05, 0.075), (0.1, 0.11), (0.3, 0.33), (0.005, 0.0075)):
        variance = rate * (1 - rate) + better * (1 - better)
        fixed = fixed_n(variance, better - rate)
        row(f"conversion {rate:.3g} → {better:.3g}", experiment(), rates(rate, better), fixed, runs)
    draw, lift = revenue(0.3), 1.15
    sample = draw(np.random.default_rng(0), np.zeros(10**6, int))
    fixed = fixed_n(sample.var() * (1 + lift**2), sample.mean() * (lift - 1))
    name = "value, 30 % buy, of 15 % more"
    row(f"{name}, no cap", experiment(kind="value"), revenue(0.3, lift), fixed, runs)
    row(f"{name}, cap 100", experiment(kind="value", cap=100.0), revenue(0.3, lift), fixed, runs)


def fixed_n(variance, difference):
    """Users of both arms that a two-sided test at 5 % needs to find it in 80 % of the cases, looking once."""
    return 2 * (norm.ppf(0.975) + norm.ppf(0.8)) ** 2 * variance / difference**2


def row(name, made, draw, fixed, runs):
    n = int(fixed * 5)
    found = np.sort([run(made, draw, (0.5, 0.5), n, FIRST_SEED + one)[0] for one in range(runs)])
    at = [found[int(np.ceil(part * runs)) - 1] for part in (0.5, 0.8, 0.95)]
    cells = [f"{one:,.0f} ({one / fixed:.2f})" if np.isfinite(one) else f"over {n:,}" for one in at]
    print(f"| {name} | {fixed:,.0f} | {' | '.join(cells)} |", flush=True)


ITEMS = [f"i{number}" for number in range(50)]
WORTH = {item: 1 - number / len(ITEMS) for number, item in enumerate(ITEMS)}


def ranking(rng, noise):
    """The items by their worth as a ranker sees it: the noisier, the worse."""
    seen = -np.arange(len(ITEMS)) / len(ITEMS) + rng.normal(0, noise, len(ITEMS))
    return [ITEMS[one] for one in np.argsort(-seen)]


def chooses(rng, item, place):
    """Whether a user chooses an item: the better and the higher, the likelier; about one in five users does."""
    return rng.random() < 0.1 * WORTH[item] ** 3 / (1 + place)


def interleaved(noises, n, seed):
    """After how many users interleaving, and a split with the same rankings, find a difference."""
    rng, draft = np.random.default_rng(seed), random.Random(seed)
    credit, arm = np.zeros((n, 2)), rng.integers(0, 2, n)
    converted = np.zeros(n)
    for user in range(n):
        rankings = [ranking(rng, noise) for noise in noises]
        for place, (item, one) in enumerate(team_draft(rankings, 10, draft.shuffle)):
            credit[user, one] += chooses(rng, item, place)
        converted[user] = any(
            chooses(rng, item, place) for place, item in enumerate(rankings[arm[user]][:10])
        )
    looks = every_look(n)
    mixed = preferred(experiment(mode="interleave"), Counted(arm, np.zeros((n, 0)), credit), 1, looks)
    half = np.full((n, 2), 0.5)
    split = compared(experiment(), Counted(arm, half, converted), 1, sizes_of((1, 1)), looks)
    return found_at(mixed, looks), found_at(split, looks), mixed.mean[-1]


def interleaving(runs):
    runs = max(runs // 5, 10)
    print(
        f"\n| rankers, 10,000 users, 1,000 looks, {runs} runs | interleaving finds one better | a split does | preference, mean |"
    )
    print("|---|--:|--:|--:|")
    for name, noises in (("equally noisy", (0.3, 0.3)), ("noise 0.3 and 0.15", (0.3, 0.15))):
        found = np.array([interleaved(noises, 10_000, FIRST_SEED + one) for one in range(runs)])
        cells = [f"{share(np.isfinite(at))}{half_after(at)}" for at in found[:, :2].T]
        error = found[:, 2].std() / np.sqrt(runs)
        print(f"| {name} | {' | '.join(cells)} | {found[:, 2].mean():.4f} ± {error:.4f} |", flush=True)


def half_after(at):
    """After how many users half of the runs have found it, if they have."""
    median = np.sort(at)[len(at) // 2]
    return f"; half after {median:,.0f}" if np.isfinite(median) else ""


def asymptotic(runs):
    print(
        "\n| conversion rate, shares | false alarms, asymptotic | width of empirical Bernstein in the end, over asymptotic |"
    )
    print("|---|--:|--:|")
    for rate, shares in ((0.05, (1, 1)), (0.005, (1, 1)), (0.05, (9, 1)), (0.005, (9, 1))):
        made, draw, n, alarms, widths = experiment(shares), rates(rate, rate), 20_000, [], []
        looks = every_look(n)
        for one in range(runs):
            counted, sizes = users(draw, shares, n, np.random.default_rng(FIRST_SEED + one))
            terms, foreseen = effect_terms(counted.outcome, counted.arm == 1, counted.chance[:, 1])
            found = mean_of_any(terms, foreseen, looks, alpha=0.05, tuned_for=2.0 * made.planned_users)
            alarms.append((np.abs(found.mean) > found.radius)[looks >= 200].any())
            exact = compared(made, counted, 1, sizes)
            widths.append(exact.radius[-1] / found.radius[-1])
        print(
            f"| {rate:.1%}, {shares[0]}:{shares[1]} | {share(alarms)} | {np.mean(widths):.2f} |", flush=True
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1_000)
    parts = {"alarms": false_alarms, "power": power, "interleaving": interleaving, "asymptotic": asymptotic}
    parser.add_argument("--part", choices=[*parts, "all"], default="all")
    asked = parser.parse_args()
    for name, part in parts.items():
        if asked.part in (name, "all"):
            began = time.process_time()
            part(asked.runs)
            print(f"\n{name}: {asked.runs} runs, {time.process_time() - began:.0f} s of CPU", flush=True)


if __name__ == "__main__":
    main()
