"""From a log to a blend: members are fitted, weighed by events held out, and fitted again to everything."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from ...data import Floats, Interactions, Longs, Query, RankingModel, RankingRecipe, Training
from ..linear import LinearModel
from ..ragged import bounds
from ..selection import history_of, keep_events, last_events, user_features_of
from .model import BlendModel, blended, log_shares
from .weights import choose_weights

MOST_HELD, FEWEST_HELD = 2000, 100
"""Users whose last events weigh the members: a quarter of all, within these bounds."""
MOST_SCORES = 50_000_000
"""Of each member for the held-out events, to bound memory."""
NEGLIGIBLE = 0.02
"""Members that are not solved in closed form are not fitted again for so small a part of the events."""


@dataclass(frozen=True, kw_only=True)
class Member:
    """What may take part in a blend.

    Parameters
    ----------
    effort : how long its fit takes, compared with the others
    least : the lowest weight that it may have
    """

    recipe: RankingRecipe
    effort: float = 1.0
    least: float = 0.0


def fit_blend(members: Sequence[Member], log: Interactions, training: Training) -> BlendModel:
    """A blend of the members that help to predict held-out events.

    Members that get no weight are left out. At a deadline the members stay as they were weighed.

    Parameters
    ----------
    log : at least one event
    """
    held = last_events(log, min(_n_held(log), MOST_SCORES // log.n_items), training.seed)
    again = held.sum() > NEGLIGIBLE * len(log.item)
    first, rest = _steps(members, again, training)
    known = keep_events(log, ~held)
    models = [member.recipe.fit(known, step) for member, step in zip(members, first, strict=True)]
    cases = np.flatnonzero(held)
    logs = [log_shares(_scores(model, log, cases)) for model in models]
    weights = choose_weights(logs, log.item[cases], [member.least for member in members])
    kept = np.flatnonzero(weights).tolist()
    for k in kept:
        is_quick = isinstance(models[k], LinearModel)
        if len(cases) and (again or is_quick) and not training.is_over:
            models[k] = members[k].recipe.fit(log, rest[k])
    training.report("blended", 1.0)
    return blended([models[k] for k in kept], weights[kept])


def _n_held(log: Interactions) -> int:
    n_users = len(np.unique(log.user))
    return min(max(FEWEST_HELD, n_users // 4), MOST_HELD)


def _steps(
    members: Sequence[Member], again: bool, training: Training
) -> tuple[list[Training], list[Training]]:
    """What part of the training each member's first fit is, and its second; each with a seed of its own."""
    training = replace(training, previous=None)
    first = [member.effort for member in members]
    effort = np.array([*first, *(first if again else np.ones(len(first)))])
    edges = np.append(0.0, np.cumsum(effort) / effort.sum()).tolist()
    steps = [
        replace(training.part(begin, end), seed=training.seed + number % len(members))
        for number, (begin, end) in enumerate(pairwise(edges))
    ]
    halved = _halved(training.deadline) if again else training.deadline
    n = len(members)
    return [replace(step, deadline=halved) for step in steps[:n]], steps[n:]


def _halved(deadline: float | None) -> float | None:
    """The deadline when half of the time until it has passed."""
    now = time.monotonic()
    return None if deadline is None else now + (deadline - now) / 2


def _scores(model: RankingModel, log: Interactions, events: Longs) -> Floats:
    """(n, n_items): what a model holds for likely before each of n events that are not a user's first."""
    start = bounds(np.bincount(log.user, minlength=log.n_users)).tolist()
    past = [
        (user, start[user], event)
        for user, event in zip(log.user[events].tolist(), events.tolist(), strict=True)
    ]
    states = model.read([history_of(log, *one) for one in past])
    silence = (log.time[events] - log.time[events - 1]).tolist()
    queries = [
        Query(silence=gap, user_features=user_features_of(log, user))
        for (user, *_), gap in zip(past, silence, strict=True)
    ]
    return model.score(model.represent(states, queries))
