"""What an experiment shows: per arm, against the control, and in words."""

from typing import Annotated

import numpy as np
from msgspec import Meta, Struct

from presage.metrics.sequential import Sequence, log_mismatch

from .comparing import Counted, compared, counted_users, preferred
from .experiment import Experiment
from .splitting import UNITS
from .units import Units
from .words import difference_in_words, verdict_of

MISMATCH_LEVEL = 0.01


class ArmResult(Struct, frozen=True, kw_only=True, rename="camel"):
    """An arm.

    Parameters
    ----------
    share : of the users, as it is set now
    exposed : users whose first exposure was to it; in interleaving, all users
    counted : of these, users whose window is over: they alone count below
    converted : of these, users of whom anything counted; in interleaving, who chose an item that it brought
    mean : per counted user, of what the metric says; in interleaving, items that it brought and users chose
    """

    name: str
    target: str
    share: float
    exposed: int
    counted: int
    converted: int
    mean: float | None


class Difference(Struct, frozen=True, kw_only=True, rename="camel"):
    """How much more an arm has than the control, per user: the average treatment effect.

    Parameters
    ----------
    estimate : None = nothing can be told yet
    low, high : a confidence sequence: the true difference lies between them at all times at once, at the
        experiment's level for all comparisons together
    holds_from_the_first_user : whether that is so for any number of users; else for many
    """

    arm: str
    control: str
    estimate: float | None
    low: float | None
    high: float | None
    holds_from_the_first_user: bool
    verdict: str


class Mismatch(Struct, frozen=True, kw_only=True, rename="camel"):
    """Whether users came to the arms as the shares say: the test of a sample ratio mismatch.

    Parameters
    ----------
    p_value : of a test that is valid at any time: however often one looks, it falls below x with a
        probability of x at most if users come as they should
    """

    p_value: Annotated[float, Meta(ge=0, le=1)]
    is_mismatched: bool


class Results(Struct, frozen=True, kw_only=True, rename="camel"):
    """What an experiment shows.

    Parameters
    ----------
    waiting : exposed users whose window is not over
    moved : users who met another arm after their first, as weights were changed; they count for the first
    unknown_events : events that counted for nobody
    """

    arms: list[ArmResult]
    differences: list[Difference]
    split: Mismatch | None
    waiting: int
    moved: int
    unknown_events: int
    verdict: str


def results_of(
    experiment: Experiment, units: Units, *, first: list[int], now: list[int], at: float
) -> Results:
    """What is known at an instant.

    Parameters
    ----------
    first, now : the units of each arm when the experiment was made, and as they are
    at : seconds since 1970, UTC
    """
    counted = counted_users(experiment, units, at)
    is_interleaved = experiment.mode == "interleave"
    split = None if is_interleaved else _split(units)
    differences = [
        _difference(
            experiment,
            arm,
            preferred(experiment, counted, arm)
            if is_interleaved
            else compared(experiment, counted, arm, first),
        )
        for arm in range(1, len(experiment.arms))
    ]
    return Results(
        arms=[_arm(experiment, units, counted, arm, now) for arm in range(len(experiment.arms))],
        differences=differences,
        split=split,
        waiting=len(units) - len(counted.arm),
        moved=len(units.moved),
        unknown_events=units.unknown,
        verdict=verdict_of(
            experiment,
            [one.verdict for one in differences],
            is_mismatched=split is not None and split.is_mismatched,
            holds_from_the_first_user=all(one.holds_from_the_first_user for one in differences),
        ),
    )


def _arm(experiment: Experiment, units: Units, counted: Counted, arm: int, now: list[int]) -> ArmResult:
    said = experiment.arms[arm]
    if experiment.mode == "interleave":
        exposed, outcome = len(units), counted.outcome[:, arm]
        converted = int((outcome > 0).sum())
        share = 1 / len(experiment.arms)
    else:
        exposed = int((np.array(units.arm) == arm).sum())
        own = counted.arm == arm
        outcome = counted.outcome[own]
        converted = int((np.array(units.count[: len(own)])[own] > 0).sum())
        share = now[arm] / UNITS
    return ArmResult(
        name=said.name,
        target=said.target,
        share=share,
        exposed=exposed,
        counted=len(outcome),
        converted=converted,
        mean=float(outcome.mean()) if len(outcome) else None,
    )


def _split(units: Units) -> Mismatch:
    """Whether users came to the arms as they should; each cut of the line is looked at by itself."""
    arms, cut = np.array(units.arm, np.int64), np.array(units.cut, np.int64)
    log_evidence = 0.0
    for number, sizes in enumerate(units.cuts):
        counts = np.bincount(arms[cut == number], minlength=len(sizes)).astype(float)
        shares = np.array(sizes, float) / UNITS
        log_evidence += log_mismatch(counts[shares > 0], shares[shares > 0])
    p_value = float(np.exp(-max(log_evidence, 0.0)))
    return Mismatch(p_value=p_value, is_mismatched=p_value < MISMATCH_LEVEL)


def _difference(experiment: Experiment, arm: int, found: Sequence | None) -> Difference:
    estimate = low = high = None
    largest = experiment.metric.largest
    if found is not None and np.isfinite(found.radius[-1]):
        estimate, radius = float(found.mean[-1]), float(found.radius[-1])
        most = np.inf if largest is None else largest
        low, high = max(estimate - radius, -most), min(estimate + radius, most)
        estimate = min(max(estimate, -most), most)
    name, control = experiment.arms[arm].name, experiment.arms[0].name
    return Difference(
        arm=name,
        control=control,
        estimate=estimate,
        low=low,
        high=high,
        holds_from_the_first_user=largest is not None,
        verdict=difference_in_words(experiment, name, control, low, high),
    )
