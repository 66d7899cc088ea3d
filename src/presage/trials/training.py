"""A solution version's training: choose among the candidates, judge the chosen one, fit it to everything."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Generic

import numpy as np
from numpy.typing import NDArray

from presage.recipes import ACTIONS, RANKING, READS_TEXTS, SEGMENTS
from presage.recipes.data import (
    DEFAULT_TRAINING,
    ActionLog,
    ActionModel,
    ActionRecipe,
    Interactions,
    RankingModel,
    RankingRecipe,
    SegmentModel,
    SegmentRecipe,
    Training,
)
from presage.recipes.ranking.objective import Lifted, objective_weights
from presage.recipes.ranking.trending import TrendingNow

from .actions import ActionTask
from .likeness import LikenessTask
from .plan import TrainingPlan
from .ranking import RankingTask
from .search import Trial, choose
from .segments import SegmentTask
from .space import Candidate
from .task import Cases, Data, Model, Recipe, Task, evaluate
from .trends import TrendTask

LEARN_ONCE_FROM = 200_000
"""From so many events on the model that was judged is the one that answers."""
BEGIN, CHOSEN, END = 0.02, 0.5, 0.98
"""What part of a training is done at its begin, after a choice if there was one, and at its end."""


@dataclass(frozen=True, kw_only=True)
class Trained(Generic[Model]):
    """A trained model and how it came about.

    Parameters
    ----------
    candidate : the recipe and settings that were chosen
    metrics : the judged model's figures, by AWS's names
    trials : what was tried before; empty if there was nothing to choose
    """

    model: Model
    candidate: Candidate
    metrics: dict[str, float]
    trials: Sequence[Trial] = ()


def train(
    plan: TrainingPlan,
    log: Interactions,
    training: Training = DEFAULT_TRAINING,
    rewards: NDArray[np.float64] | None = None,
) -> Trained[RankingModel]:
    """Train as a solution asks that ranks items.

    A long log is learned once, from nine users in ten, as AWS does it: the rest would tell little new.

    Parameters
    ----------
    training : a deadline leaves a third of the time to choosing, and half of the rest to the judged fit if
        another follows. `previous` counts only where the plan leaves no choice, for other settings cannot go
        on from it. Of a short log the judged fit starts from nothing even so, because the older model has
        learned from the users who judge; of a long one it goes on, and its figures may flatter it
    rewards : (n_items,), what each item earns, if the plan has an objective

    Raises ValueError if there are too few users to judge by, and what the first trial raised if all fail.
    """
    make = partial(_recipe, plan, rewards)
    if plan.recipes[0] in READS_TEXTS:
        return _train(LikenessTask(), make, plan, log, training, learn_once=True)
    is_long = len(log.item) >= LEARN_ONCE_FROM
    return _train(_task(plan, rewards), make, plan, log, training, learn_once=is_long)


def _task(plan: TrainingPlan, rewards: NDArray[np.float64] | None) -> RankingTask:
    """How the plan's recipes are judged."""
    if plan.settled and plan.settled.recipe == "aws-trending-now":
        return TrendTask(seconds=TrendingNow(**plan.settled.settings).seconds)
    return RankingTask(rewards=rewards)


def train_segments(
    plan: TrainingPlan, log: Interactions, training: Training = DEFAULT_TRAINING
) -> Trained[SegmentModel]:
    """Train as a solution asks that finds users for items: judged without the newest events of each user.

    Raises ValueError if there are too few events to judge by, and what the first trial raised if all fail.
    """

    def make(candidate: Candidate) -> SegmentRecipe:
        return SEGMENTS[candidate.recipe](**candidate.settings)

    task = SegmentTask(by_attribute=plan.recipes == ["aws-item-attribute-affinity"])
    return _train(task, make, plan, log, training, learn_once=False)


def train_actions(
    plan: TrainingPlan, log: ActionLog, training: Training = DEFAULT_TRAINING
) -> Trained[ActionModel]:
    """Train as a solution asks that recommends actions; raises what the fit raises."""

    def make(candidate: Candidate) -> ActionRecipe:
        return ACTIONS[candidate.recipe](**candidate.settings)

    task = ActionTask(period_days=make(plan.spaces[0].first).action_optimization_period)
    return _train(task, make, plan, log, training, learn_once=False)


def _train(
    task: Task[Data, Model, Cases],
    make: Callable[[Candidate], Recipe[Data, Model]],
    plan: TrainingPlan,
    data: Data,
    training: Training,
    *,
    learn_once: bool,
) -> Trained[Model]:
    """Choose, judge, and fit to everything; where that is not worth it, the judged model is the one."""
    splits = task.splits(data, training.seed)
    candidate, trials, begin = plan.settled, list[Trial](), BEGIN
    if candidate is None:
        training, begin = replace(training, previous=None), CHOSEN
        step, inside = _step(training, BEGIN, CHOSEN, 3), splits[0].training
        candidate, trials = choose(
            task.choosing(inside), make, inside, step, spaces=plan.spaces, n_trials=plan.n_trials
        )
    if learn_once:
        model, metrics = evaluate(task, make(candidate), splits, _step(training, begin, END))
    else:
        middle = (begin + END) / 2
        anew = replace(_step(training, begin, middle, 2), previous=None)
        _, metrics = evaluate(task, make(candidate), splits, anew)
        model = make(candidate).fit(data, _step(training, middle, END))
    return Trained(model=model, candidate=candidate, metrics=metrics, trials=trials)


def _recipe(plan: TrainingPlan, rewards: NDArray[np.float64] | None, candidate: Candidate) -> RankingRecipe:
    """The candidate as it answers: its items lifted by what they earn, if the plan says so."""
    recipe: RankingRecipe = RANKING[candidate.recipe](**candidate.settings)
    if rewards is None or plan.objective is None:
        return recipe
    return Lifted(recipe=recipe, weight=objective_weights(rewards, plan.objective.sensitivity))


def _step(training: Training, start: float, end: float, n_shares: int = 1) -> Training:
    """One step of the training, with one of `n_shares` equal shares of the time that is left."""
    part = training.part(start, end)
    if part.deadline is None:
        return part
    now = time.monotonic()
    return replace(part, deadline=now + (part.deadline - now) / n_shares)
