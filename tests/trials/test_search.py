import subprocess
import sys
import time
from dataclasses import asdict

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from presage.recipes.data import Training
from presage.trials.search import best_of, search
from presage.trials.space import Candidate, Range, Space
from presage.trials.task import Criterion

LARGEST = Criterion(metric="score", direction="maximize")
SMALLEST = Criterion(metric="loss", direction="minimize")
HILL = Space(
    first=Candidate(recipe="hill", settings={"x": 0.9, "n": 3, "kept": 7}),
    ranges={"x": Range(low=0.0, high=1.0), "n": Range(low=1, high=64, whole=True, log=True)},
)
FLAT = Space(first=Candidate(recipe="flat"))
SWITCH = Space(
    first=Candidate(recipe="switch", settings={"on": True}), ranges={"on": Range(choices=(True, False))}
)


def height(candidate, training=None):
    if candidate.recipe != "hill":
        return 0.2
    return 1 - abs(candidate.settings["x"] - 0.3) - abs(candidate.settings["n"] - 20) / 100


def told(trials):
    return [(trial.recipe, trial.settings, trial.score, trial.state) for trial in trials]


@given(st.integers(1, 9), st.integers(0, 2**31), st.permutations([HILL, FLAT, SWITCH]), st.integers(1, 3))
@settings(max_examples=12, deadline=None)
def test_every_search_keeps_its_promises(n_trials, seed, spaces, n_spaces):
    spaces = spaces[:n_spaces]
    trials = search(spaces, n_trials, LARGEST, height, Training(seed=seed))
    assert [trial.number for trial in trials] == list(range(len(trials)))
    assert len(trials) == n_trials or HILL not in spaces
    firsts = [(space.first.recipe, dict(space.first.settings)) for space in spaces][:n_trials]
    assert [(trial.recipe, trial.settings) for trial in trials[: len(firsts)]] == firsts
    assert len({orjson.dumps([trial.recipe, trial.settings]) for trial in trials}) == len(trials)
    for trial in trials:
        assert trial.recipe in {space.first.recipe for space in spaces}
        if trial.recipe == "hill":
            assert trial.settings["kept"] == 7
            assert 0 <= trial.settings["x"] <= 1
            assert 1 <= trial.settings["n"] <= 64
        assert orjson.loads(orjson.dumps(asdict(trial)))["score"] == trial.score
    best = best_of(trials, LARGEST)
    assert height(best) == max(trial.score for trial in trials)


def test_the_seed_decides():
    first, again, other = (told(search([HILL], 12, LARGEST, height, Training(seed=s))) for s in (4, 4, 5))
    assert first == again != other


def test_it_finds_a_better_place_than_it_began_at():
    trials = search([HILL], 40, LARGEST, height, Training())
    assert height(best_of(trials, LARGEST)) > 0.85 > height(HILL.first)


def test_the_smallest_can_be_the_best():
    trials = search([HILL], 20, SMALLEST, lambda candidate, _: -height(candidate), Training())
    best = best_of(trials, SMALLEST)
    assert -height(best) == min(trial.score for trial in trials)


def test_of_equals_the_first_is_best():
    assert best_of(search([HILL], 5, LARGEST, lambda *_: 0.5, Training()), LARGEST) == HILL.first


def test_it_ends_when_there_is_nothing_new_to_try():
    trials = search([SWITCH, FLAT], 40, LARGEST, height, Training())
    assert sorted(map(repr, told(trials))) == sorted(
        map(repr, [("switch", {"on": True}, 0.2, "complete"), ("switch", {"on": False}, 0.2, "complete"),
                   ("flat", {}, 0.2, "complete")])
    )  # fmt: skip


def test_a_trial_that_raises_is_kept_and_the_search_goes_on():
    def picky(candidate, training):
        if candidate.settings["n"] < 10:
            raise ValueError(f"n is {candidate.settings['n']}; too few")
        return height(candidate)

    trials = search([HILL], 20, LARGEST, picky, Training())
    assert (trials[0].state, trials[0].score, trials[0].reason) == ("failed", None, "n is 3; too few")
    assert {trial.state for trial in trials} == {"failed", "complete"}
    assert best_of(trials, LARGEST).settings["n"] >= 10


def test_a_score_that_is_no_number_is_a_failure():
    with pytest.raises(ValueError, match="score is nan; it must be a finite number"):
        search([HILL], 2, LARGEST, lambda *_: float("nan"), Training())


def test_if_all_fail_the_first_error_is_raised():
    def broken(candidate, training):
        raise ZeroDivisionError(candidate.settings["n"])

    with pytest.raises(ZeroDivisionError, match="^3$"):
        search([HILL], 4, LARGEST, broken, Training())


def test_trials_report_as_parts_of_the_whole():
    reported = []

    def attempt(candidate, training):
        training.report("learning", 0.5)
        return height(candidate)

    search([HILL], 4, LARGEST, attempt, Training(report=lambda *args: reported.append(args)))
    assert reported == [(f"trial {n + 1} of 4, hill: learning", (n + 0.5) / 4) for n in range(4)]


def in_passes(losses):
    """Fits that watch a loss in 10 passes; the trial's own is given by its number."""
    passes = []

    def attempt(candidate, training):
        passes.append(0)
        for n in range(1, 11):
            passes[-1] = n
            training.monitor(n / 10, losses(len(passes) - 1, n))
        return height(candidate)

    return attempt, passes


@pytest.mark.parametrize("criterion", [LARGEST, SMALLEST])
def test_a_fit_that_goes_worse_than_the_median_is_given_up(criterion):
    attempt, passes = in_passes(lambda trial, n: (9.0 if trial == 4 else 5.0 - trial / 10) - n / 10)
    trials = search([HILL], 6, criterion, attempt, Training())
    assert passes == [10, 10, 10, 10, 5, 10]
    assert [trial.state for trial in trials] == ["complete"] * 4 + ["pruned", "complete"]
    assert trials[4].score is None


def test_recipes_are_not_compared_by_their_losses():
    other = Space(first=Candidate(recipe="other", settings={"x": 0.1}), ranges={"x": HILL.ranges["x"]})

    def attempt(candidate, training):
        training.monitor(0.5, 100.0 if candidate.recipe == "other" else 1.0)
        return 0.5

    trials = search([HILL, other], 20, LARGEST, attempt, Training())
    assert {trial.recipe for trial in trials} == {"hill", "other"}
    assert {trial.state for trial in trials} == {"complete"}


def test_after_the_deadline_nothing_new_is_tried():
    over = Training(deadline=time.monotonic() - 1)
    trials = search([HILL, FLAT], 10, LARGEST, height, over)
    assert told(trials) == [("hill", dict(HILL.first.settings), height(HILL.first), "complete")]


def test_optuna_is_imported_by_a_search_and_says_nothing():
    program = (
        "import sys; import presage.trials, presage.works.training, presage.operations.table\n"
        "assert 'optuna' not in sys.modules\n"
        "from tests.trials.test_search import *\n"
        "search([HILL], 5, LARGEST, height, Training())\n"
        "assert 'optuna' in sys.modules"
    )
    arguments = [sys.executable, "-W", "error", "-c", program]
    ended = subprocess.run(arguments, check=False, capture_output=True, text=True)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
