"""One search for all families: Optuna draws recipes and settings within a budget; every trial is kept."""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from presage.recipes.data import Monitor, Training

from .space import Candidate, Space
from .task import Cases, Criterion, Data, Model, Recipe, Task, evaluate

if TYPE_CHECKING:
    from optuna import Study
    from optuna import Trial as Asked

Attempt: TypeAlias = Callable[[Candidate, Training], float]
"""Fits and judges a candidate: the figure that decides."""
AT_RANDOM = 3
"""So many trials come before those that Optuna's sampler derives from earlier ones."""
REPEATS = 100
"""A search is over when so many draws in a row were all tried before."""
WARM_UP = 0.5
"""No trial is pruned before this part of its fit."""
COMPARED = 3
"""A trial is pruned by comparison with so many complete ones of its recipe, or more."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One candidate that was tried; JSON can hold it as a dict.

    Parameters
    ----------
    number : from 0, in the order of trying
    score : the figure that decides; None unless the trial is complete
    seconds : how long it took
    state : `pruned` = given up half-way, because its loss was worse than the median's at the same point
    reason : why it failed, else empty
    """

    number: int
    recipe: str
    settings: dict[str, Any]
    score: float | None
    seconds: float
    state: Literal["complete", "pruned", "failed"]
    reason: str = ""


class PrunedError(Exception):
    """A fit that is not worth going on with."""


def choose(
    task: Task[Data, Model, Cases],
    make: Callable[[Candidate], Recipe[Data, Model]],
    data: Data,
    training: Training,
    *,
    spaces: Sequence[Space],
    n_trials: int,
) -> tuple[Candidate, list[Trial]]:
    """The candidate that the task's criterion prefers, and everything that was tried.

    Parameters
    ----------
    make : a candidate as a recipe
    data : what candidates learn from and are judged by, split with another seed than the final judgement
    """
    splits = task.splits(data, training.seed + 1)

    def attempt(candidate: Candidate, training: Training) -> float:
        return evaluate(task, make(candidate), splits, training)[1][task.criterion.metric]

    trials = search(spaces, n_trials, task.criterion, attempt, training)
    return best_of(trials, task.criterion), trials


def search(
    spaces: Sequence[Space], n_trials: int, criterion: Criterion, attempt: Attempt, training: Training
) -> list[Trial]:
    """Try candidates: first the one that each space begins with, then what Optuna's TPE sampler draws.

    A trial that raises is kept as failed, and the search goes on. The same seed makes the same trials, unless
    a deadline ends the search: then the trial in hand is its last.

    Parameters
    ----------
    n_trials : at most so many; fewer where the spaces hold no more candidates
    training : is handed on to each trial, which reports as its part of the whole

    Raises what the first trial raised if all of them fail.
    Source: Bergstra, Bardenet, Bengio, Kegl, Algorithms for Hyper-Parameter Optimization, NeurIPS 2011.
    """
    study = _study(spaces, criterion, training.seed)
    trials: list[Trial] = []
    errors: list[Exception] = []
    for asked, candidate in _new_candidates(study, spaces, training.seed):
        number = len(trials)
        part = _named(training.part(number / n_trials, (number + 1) / n_trials), number, n_trials, candidate)
        part = replace(part, monitor=_pruner(asked, candidate, spaces, criterion))
        trials.append(_try(attempt, candidate, number, part, errors))
        _tell(study, asked, trials[-1])
        if len(trials) == n_trials or _is_over(training.deadline):
            break
    if len(errors) == len(trials):
        raise errors[0]
    return trials


def best_of(trials: Sequence[Trial], criterion: Criterion) -> Candidate:
    """The candidate with the best score; of equals the one that was tried first."""
    scored = [(trial.score, trial) for trial in trials if trial.score is not None]
    best = criterion.best(score for score, _ in scored)
    trial = next(trial for score, trial in scored if score == best)
    return Candidate(recipe=trial.recipe, settings=trial.settings)


def _study(spaces: Sequence[Space], criterion: Criterion, seed: int) -> "Study":
    import optuna  # noqa: PLC0415, slow to import, and most trainings search nothing

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(
        direction=criterion.direction,
        sampler=optuna.samplers.TPESampler(seed=seed, n_startup_trials=AT_RANDOM),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=0, n_min_trials=COMPARED),
    )
    for space in spaces:
        study.enqueue_trial({"recipe": space.recipe, **space.first_draw()})
    return study


def _new_candidates(
    study: "Study", spaces: Sequence[Space], seed: int
) -> Iterator[tuple["Asked", Candidate]]:
    """Candidates that were not drawn before, until nothing new is drawn any more.

    What follows a repeat is drawn at random: the sampler stays where it found the best, tried out or not.
    """
    from optuna.samplers import RandomSampler  # noqa: PLC0415, see `_study`

    sampler, at_random = study.sampler, RandomSampler(seed)
    by_recipe = {space.recipe: space for space in spaces}
    drawn: list[Candidate] = []
    repeats = 0
    while repeats < REPEATS:
        study.sampler = at_random if repeats else sampler
        asked = study.ask()
        candidate = by_recipe[asked.suggest_categorical("recipe", list(by_recipe))].draw(asked)
        if candidate in drawn:
            repeats += 1
            study.tell(asked, state=_state("failed"))
        else:
            repeats = 0
            drawn.append(candidate)
            yield asked, candidate


def _try(
    attempt: Attempt, candidate: Candidate, number: int, training: Training, errors: list[Exception]
) -> Trial:
    """Try one candidate; what it raises is added to the errors."""
    begun = time.monotonic()
    score, state, reason = None, "complete", ""
    try:
        score = _finite(attempt(candidate, training))
    except PrunedError:
        state = "pruned"
    except Exception as error:  # whatever it is, another candidate may do better
        errors.append(error)
        state, reason = "failed", str(error)
    return Trial(
        number=number,
        recipe=candidate.recipe,
        settings=dict(candidate.settings),
        score=score,
        seconds=round(time.monotonic() - begun, 3),
        state=state,
        reason=reason,
    )


def _finite(score: float) -> float:
    if not math.isfinite(score):
        raise ValueError(f"the model's score is {score}; it must be a finite number to be compared")
    return score


def _pruner(asked: "Asked", candidate: Candidate, spaces: Sequence[Space], criterion: Criterion) -> Monitor:
    """Gives a fit up whose loss is worse than that of half the trials of its recipe at the same point."""
    place = [space.recipe for space in spaces].index(candidate.recipe)
    sign = -1 if criterion.direction == "maximize" else 1

    def compare(fraction: float, loss: float) -> None:
        asked.report(sign * loss, step=1000 * place + round(100 * fraction))
        if fraction >= WARM_UP and asked.should_prune():
            raise PrunedError

    return compare


def _named(training: Training, number: int, n_trials: int, candidate: Candidate) -> Training:
    """A training whose reports say which trial they are of."""
    name = f"trial {number + 1} of {n_trials}, {candidate.recipe}"
    return replace(training, report=lambda step, fraction: training.report(f"{name}: {step}", fraction))


def _tell(study: "Study", asked: "Asked", trial: Trial) -> None:
    study.tell(asked, trial.score, state=_state(trial.state))


def _state(state: str) -> Any:
    from optuna.trial import TrialState  # noqa: PLC0415, see `_study`

    return {"complete": TrialState.COMPLETE, "pruned": TrialState.PRUNED, "failed": TrialState.FAIL}[state]


def _is_over(deadline: float | None) -> bool:
    return deadline is not None and time.monotonic() >= deadline
