"""How ranking recipes are judged: fitted without one user in ten, asked about them, measured as AWS does."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from presage.metrics import ranking_metrics, top_k
from presage.metrics.ranking import DEPTH, NDCG
from presage.recipes.data import History, Interactions, Ints, Query, RankingModel
from presage.recipes.ranking.selection import history_of, keep_events, user_features_of

from .holdout import hold_out
from .task import Criterion, Split

BATCH = 256
MOST_SCORES = 16_000_000
"""Questions asked at once: at most so many, and so many that their scores fit in 64 MB."""
SHOWN_FOR_REWARD = 500
"""Items recommended when rewards are counted: as many as GetRecommendations can give."""
TELLING_USERS, MOST_HELD_OUT = 1000, 1 / 3
"""So many held-out users tell candidates apart, if that is no larger a part of all."""
RELEVANCE = Criterion(metric=NDCG.format(DEPTH), direction="maximize")


@dataclass(frozen=True, kw_only=True)
class HeldOut:
    """What is asked of a model about users that it has not learned from.

    Parameters
    ----------
    histories : one per held-out user: the oldest nine tenths of the events
    queries : one per held-out user, as of the first hidden event; the last item shown is the seed for models
        of related items
    targets : per held-out user, (n_hidden,) items
    """

    histories: Sequence[History]
    queries: Sequence[Query]
    targets: Sequence[Ints]


@dataclass(frozen=True, kw_only=True)
class RankingTask:
    """The task of ranking recipes: hold out some of the users; GetSolutionMetrics' figures.

    Parameters
    ----------
    rewards : (n_items,), the optimisation objective's value of each item; None without an objective
    share : the part of the users that is held out
    """

    rewards: NDArray[Any] | None = None
    share: float = 0.1
    criterion: Criterion = RELEVANCE

    def choosing(self, log: Interactions) -> Self:
        """The task with more users held out where a tenth are too few to tell candidates apart by."""
        enough = TELLING_USERS / max(1, len(np.unique(log.user)))
        return replace(self, share=max(self.share, min(enough, MOST_HELD_OUT)))

    def splits(self, data: Interactions, seed: int) -> Sequence[Split[Interactions, HeldOut]]:
        """One split by users; ValueError if there are too few of them."""
        return [split_log(data, seed=seed, share=self.share)]

    def score(self, model: RankingModel, split: Split[Interactions, HeldOut]) -> dict[str, float]:
        """GetSolutionMetrics' figures for a model fitted to the split's training part."""
        n_shown = DEPTH if self.rewards is None else SHOWN_FOR_REWARD
        n_items, cases = split.training.n_items, split.cases
        at_once = max(1, min(BATCH, MOST_SCORES // max(1, n_items)))
        states = model.read(cases.histories)
        shown = [
            top_k(scores, n_shown).astype(np.int32)
            for batch in (slice(first, first + at_once) for first in range(0, len(cases.queries), at_once))
            for scores in model.score(model.represent(states[batch], cases.queries[batch]))
        ]
        return ranking_metrics(shown, cases.targets, n_items, self.rewards)


def split_log(log: Interactions, *, seed: int, share: float = 0.1) -> Split[Interactions, HeldOut]:
    """Hold out a share of the users; ValueError if the log has too few."""
    held = hold_out(log.user, seed=seed, share=share)
    cases = HeldOut(
        histories=[history_of(log, *case) for case in zip(held.users, held.start, held.cut, strict=True)],
        queries=[_query(log, *case) for case in zip(held.users, held.cut, strict=True)],
        targets=[log.item[cut:stop] for cut, stop in zip(held.cut, held.stop, strict=True)],
    )
    return Split(training=keep_events(log, ~np.isin(log.user, held.users)), cases=cases)


def _query(log: Interactions, user: int, cut: int) -> Query:
    """What is asked of a user whose event at `cut` is the first hidden one."""
    return Query(
        silence=float(log.time[cut] - log.time[cut - 1]),
        user_features=user_features_of(log, user),
        seed_item=int(log.item[cut - 1]),
    )
