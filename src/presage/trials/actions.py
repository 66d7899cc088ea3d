"""How recipes of actions are judged: fitted without one user in ten, asked what these did with actions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from presage.metrics import action_metrics
from presage.metrics.actions import AUC
from presage.recipes.actions.examples import Examples, examples_of
from presage.recipes.data import ActionLog, ActionModel, Query
from presage.recipes.ranking.ragged import bounds
from presage.recipes.ranking.selection import history_of, keep_events, user_features_of

from .task import Criterion, Split

SHARE = 0.1
MOST_CASES = 20_000
BATCH = 1024
BY_AUC = Criterion(metric=AUC, direction="maximize")


@dataclass(frozen=True, kw_only=True)
class Cases:
    """What is asked of a model about users that it has not learned from.

    Parameters
    ----------
    log : of everybody, for what the users did with items before each case
    examples : which action was shown to whom, and whether it was taken; by user, then time
    """

    log: ActionLog
    examples: Examples


@dataclass(frozen=True, kw_only=True)
class ActionTask:
    """The task of recipes of actions: hold out some of the users; GetSolutionMetrics' figures.

    Parameters
    ----------
    period_days : an action counts as taken if it is within so many days after it was shown
    """

    period_days: int = 14
    criterion: Criterion = BY_AUC

    def choosing(self, _data: ActionLog) -> Self:
        """The same task: a tenth of the users is always held out."""
        return self

    def splits(self, data: ActionLog, seed: int) -> Sequence[Split[ActionLog, Cases]]:
        """One split by the users who were shown any action; there may be none."""
        users = np.unique(data.user)
        held = np.random.default_rng(seed).permutation(users)[: max(1, int(SHARE * len(users)))]
        is_held = np.isin(data.user, held)
        kept = keep_events(data.interactions, ~np.isin(data.interactions.user, held))
        cases = Cases(log=data, examples=_examples(_events(data, is_held), self.period_days))
        return [Split(training=replace(_events(data, ~is_held), interactions=kept), cases=cases)]

    def score(self, model: ActionModel, split: Split[ActionLog, Cases]) -> dict[str, float]:
        """GetSolutionMetrics' figures for a model fitted to the split's training part."""
        log, examples = split.cases.log.interactions, split.cases.examples
        first = bounds(np.bincount(log.user, minlength=log.n_users))
        scores = np.zeros((len(examples.user), model.n_actions), np.float32)
        for start in range(0, len(examples.user), BATCH):
            histories, queries = [], []
            for user, time in zip(examples.user[start:][:BATCH], examples.time[start:][:BATCH], strict=True):
                begin, end = int(first[user]), int(first[user + 1])
                cut = begin + int(np.searchsorted(log.time[begin:end], time))
                silence = float(time - log.time[cut - 1]) if cut > begin else 0.0
                histories.append(history_of(log, int(user), begin, cut))
                queries.append(Query(silence=silence, user_features=user_features_of(log, int(user))))
            scores[start : start + BATCH] = model.score(model.represent(model.read(histories), queries))
        return action_metrics(scores, examples.user, examples.action, examples.is_taken)


def _events(log: ActionLog, keep: np.ndarray) -> ActionLog:
    return replace(
        log, user=log.user[keep], action=log.action[keep], time=log.time[keep], is_taken=log.is_taken[keep]
    )


def _examples(log: ActionLog, period_days: int) -> Examples:
    found = examples_of(log, period_days)
    return found.take(np.lexsort((found.time, found.user))[:MOST_CASES])
