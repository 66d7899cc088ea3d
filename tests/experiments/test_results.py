"""From the records of a stream to results and words."""

import msgspec
import numpy as np
import orjson
import pytest

from presage.errors import InvalidInputException
from presage.experiments.comparing import least_chance
from presage.experiments.experiment import Experiment, check_experiment
from presage.experiments.results import results_of
from presage.experiments.splitting import UNITS, sizes_of
from presage.experiments.units import exposure, mixed_exposure, outcome, read_units
from presage.log import LoggedRecord

START, WINDOW = 1_000.0, 100.0
HALF = sizes_of([1, 1])


def experiment(n_arms=2, metric=None, **more):
    arms = [{"name": "abc"[arm], "target": f"arn:{arm}"} for arm in range(n_arms)]
    told = {"eventType": "buy", "windowSeconds": WINDOW} | (metric or {})
    return msgspec.convert({"name": "e", "arms": arms, "metric": told, **more}, Experiment)


def logged(records):
    return [LoggedRecord(n, "e", 0.0, orjson.dumps(record)) for n, record in enumerate(records, 1)]


def split(users, arms, values, sizes=HALF, at=START):
    """Records of users who met arms, and what each did."""
    for user, arm, value in zip(users, arms, values, strict=True):
        yield exposure(user=user, arm=arm, sizes=sizes, at=at, answer="")
        if value:
            yield outcome(user=user, at=at + 1, value=value, answer="", item="i")


def found(what, records, first=HALF, at=START + WINDOW + 1):
    return results_of(what, read_units(what, logged(records)), first=first, now=first, at=at)


def of_rates(rates, n, seed=0, **more):
    rng = np.random.default_rng(seed)
    arms = rng.integers(0, len(rates), n)
    values = (rng.random(n) < np.array(rates)[arms]).astype(float)
    sizes = sizes_of([1] * len(rates))
    records = split([f"u{number}" for number in range(n)], arms.tolist(), values.tolist(), sizes)
    return found(experiment(len(rates), **more), records, sizes)


def test_a_difference_is_found_and_said():
    shown = of_rates([0.2, 0.3], 4_000)
    one = shown.differences[0]
    assert 0 < one.low < 0.1 < one.high
    assert one.holds_from_the_first_user
    assert one.verdict.startswith("b has a higher conversion rate than a: by ")
    assert one.verdict.endswith(" percentage points.")


def test_where_there_is_none_none_is_claimed():
    shown = of_rates([0.2, 0.2], 4_000)
    assert shown.differences[0].low < 0 < shown.differences[0].high
    assert "No difference between b and a is shown: " in shown.verdict


def test_more_arms_share_the_level():
    two, three = of_rates([0.2, 0.2], 3_000), of_rates([0.2, 0.2, 0.3], 4_500)
    width = [shown.differences[0].high - shown.differences[0].low for shown in (two, three)]
    assert width[1] > width[0] * 1.02
    assert [one.arm for one in three.differences] == ["b", "c"]
    assert three.differences[1].low > 0


def test_what_a_user_does_first_decides_and_every_user_counts_once():
    records = [
        exposure(user="ann", arm=0, sizes=HALF, at=START, answer=""),
        exposure(user="ann", arm=1, sizes=HALF, at=START + 5, answer=""),
        outcome(user="ann", at=START + 10, value=1, answer="", item="i"),
        outcome(user="ann", at=START + 20, value=1, answer="", item="i"),
        outcome(user="ben", at=START + 20, value=1, answer="", item="i"),
    ]
    shown = found(experiment(), records)
    assert [(arm.exposed, arm.converted) for arm in shown.arms] == [(1, 1), (0, 0)]
    assert (shown.moved, shown.unknown_events) == (1, 1)


@pytest.mark.parametrize(("at", "counts"), [(-1, 0), (0, 1), (WINDOW, 1), (WINDOW + 0.1, 0)])
def test_what_is_told_within_the_window_counts(at, counts):
    records = [
        exposure(user="ann", arm=0, sizes=HALF, at=START, answer=""),
        outcome(user="ann", at=START + at, value=1, answer="", item="i"),
    ]
    assert found(experiment(), records).arms[0].converted == counts


def test_users_count_once_their_window_is_over_in_the_order_of_their_coming():
    records = [
        *split(["ann"], [0], [1.0]),
        *split(["ben"], [1], [1.0], at=START + 50),
        *split(["cat"], [1], [1.0], at=START + 20),
    ]
    shown = found(experiment(), records, at=START + WINDOW + 30)
    assert ([arm.counted for arm in shown.arms], shown.waiting) == ([1, 0], 2)


def test_a_wrong_split_is_told_first():
    n = 400
    shown = found(
        experiment(), split([f"u{one}" for one in range(n)], [one % 5 // 4 for one in range(n)], [0] * n)
    )
    assert shown.split.is_mismatched
    assert shown.verdict.startswith("Users did not come to the arms as the shares say")


def test_shares_that_change_do_not_mislead():
    """Later users buy more, and more of them get b; b is no better."""
    rng = np.random.default_rng(3)
    early, late = HALF, sizes_of([1, 9])
    first = sizes_of([1, 9])  # as the least share must be known beforehand
    records = []
    for number in range(6_000):
        sizes, rate = (early, 0.1) if number < 3_000 else (late, 0.5)
        arm = int(rng.random() >= sizes[0] / UNITS)
        records += split([f"u{number}"], [arm], [float(rng.random() < rate)], sizes)
    shown = found(experiment(), records, first)
    assert shown.arms[1].mean - shown.arms[0].mean > 0.1
    assert shown.differences[0].low < 0 < shown.differences[0].high
    assert abs(shown.differences[0].estimate) < 0.06
    assert not shown.split.is_mismatched


def values(cap, n=4_000):
    rng = np.random.default_rng(4)
    arms = rng.integers(0, 2, n)
    spent = np.where(rng.random(n) < 0.3, rng.exponential(5 + 2 * arms), 0)
    metric = {"kind": "value", **({"cap": cap} if cap else {})}
    records = split([f"u{number}" for number in range(n)], arms.tolist(), spent.tolist())
    return found(experiment(metric=metric), records)


def test_values_are_compared():
    shown, capped = values(None), values(30)
    for one in (shown.differences[0], capped.differences[0]):
        assert one.low < 0.6 < one.high
        assert one.low > 0
    assert not shown.differences[0].holds_from_the_first_user
    assert capped.differences[0].holds_from_the_first_user
    few = values(None, 300)
    assert few.differences[0].estimate is None
    assert "too few users" in few.verdict


def test_choices_of_interleaved_answers_are_credited():
    what = experiment(mode="interleave")
    records = []
    for number in range(300):
        answer, user = f"r{number}", f"u{number}"
        drafted = [("x", number % 2), ("y", 1 - number % 2)]
        records.append(mixed_exposure(user=user, drafted=drafted, at=START, answer=answer))
        better = "x" if number % 2 else "y"
        if number % 3:
            records += [outcome(user="", at=START + 1, value=1, answer=answer, item=better)] * 2
    shown = found(what, records)
    assert [arm.converted for arm in shown.arms] == [0, 200]
    assert shown.differences[0].estimate == pytest.approx(2 / 3)
    assert shown.differences[0].low > 0
    assert shown.split is None


def test_few_users_show_nothing_beyond_what_can_be():
    one = of_rates([0.5, 0.5], 6).differences[0]
    assert (one.low, one.high) == (-1, 1)
    assert "may be higher by up to 100 percentage points, or lower by up to 100" in one.verdict


def test_nobody_yet():
    for mode in ("split", "interleave"):
        shown = found(experiment(mode=mode), [])
        assert [arm.mean for arm in shown.arms] == [None, None]
        assert "Nothing can be said of b and a yet" in shown.verdict


def test_the_least_chance_is_that_of_the_rarer_of_two():
    assert least_chance(sizes_of([9, 1]), 1) == pytest.approx(0.1)
    assert least_chance(sizes_of([1, 2, 7]), 1) == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ({"metric": {}}, "metric.eventType is missing"),
        ({"arms": [{"name": "a", "target": "x"}, {"name": "b", "target": "y"}]}, "rewards count of offer"),
        ({"arms": [{"name": "a", "target": "arn:1"}, {"name": "a", "target": "arn:2"}]}, "the name 'a'"),
        (
            {"arms": [{"name": "a", "target": "arn:1"}, {"name": "b", "target": "y"}]},
            "the arm 'b' has the target",
        ),
        (
            {"arms": [{"name": "a", "target": "arn:1", "weight": 0}, {"name": "b", "target": "arn:2"}]},
            "the arm 'a' has the weight 0; each needs 0.1% of the users",
        ),
        ({"mode": "interleave", "metric": {"eventType": "buy", "kind": "value"}}, "metric.kind can be"),
    ],
)
def test_what_is_no_experiment(members, text):
    arms = [{"name": "a", "target": "arn:1"}, {"name": "b", "target": "arn:2"}]
    asked = {"name": "e", "arms": arms, "metric": {"eventType": "buy"}, **members}
    with pytest.raises(InvalidInputException, match=text):
        check_experiment(msgspec.convert(asked, Experiment))
