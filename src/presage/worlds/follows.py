"""People to whom others are suggested to follow: how likely each follows each is known.

People share interests, are known to many or few, and follow more readily whom those follow whom they follow.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.floating]
Rows = NDArray[np.integer]


@dataclass(frozen=True, kw_only=True)
class FollowWorld:
    """People numbered from 0.

    Parameters
    ----------
    n_topics : that people can be interested in
    n_followed : whom each follows from the start
    """

    n_people: int = 500
    n_topics: int = 8
    n_followed: int = 5
    seed: int = 0

    @cached_property
    def interest(self) -> Doubles:
        """(n_people, n_topics), each row sums to 1."""
        return self._rng(0).dirichlet(np.full(self.n_topics, 0.4), self.n_people)

    @cached_property
    def fame(self) -> Doubles:
        """(n_people,), of mean 0: how readily anybody follows each."""
        return self._rng(1).normal(0, 0.7, self.n_people)

    @cached_property
    def follows(self) -> NDArray[np.bool_]:
        """(n_people, n_people): who follows whom from the start; nobody follows himself."""
        key = self._wish + self._rng(2).gumbel(size=(self.n_people, self.n_people))
        np.fill_diagonal(key, -np.inf)
        found = np.zeros((self.n_people, self.n_people), bool)
        np.put_along_axis(found, np.argsort(-key, axis=1)[:, : self.n_followed], values=True, axis=1)
        return found

    def chance(self, follows: NDArray[np.bool_]) -> Doubles:
        """(n_people, n_people): how likely each follows each who is suggested.

        It is 0 for himself, and for whom he follows already.

        Parameters
        ----------
        follows : (n_people, n_people), who follows whom by now
        """
        shared = np.minimum(follows.astype(float) @ follows, 3)  # ways by one in between
        chance = 1 / (1 + np.exp(3 - self._wish - 0.5 * shared))
        chance[follows] = 0
        np.fill_diagonal(chance, 0)
        return chance

    def suggest(
        self, follows: NDArray[np.bool_], suggested: Rows, rng: np.random.Generator
    ) -> NDArray[np.bool_]:
        """(n_people,): who follows the one that is suggested to each."""
        return rng.random(self.n_people) < self.chance(follows)[np.arange(self.n_people), suggested]

    @cached_property
    def _wish(self) -> Doubles:
        """(n_people, n_people): the logit of following, but for a constant and for friends' friends."""
        return 3 * self.interest @ self.interest.T + self.fame

    def _rng(self, number: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, number])


def suggestion_events(
    suggested: Rows, is_followed: NDArray[np.bool_], *, start: datetime
) -> list[dict[str, Any]]:
    """What an app tells of a suggestion to each person, oldest first: it is shown, and followed or not.

    Parameters
    ----------
    suggested, is_followed : (n_people,), to each person
    start : when the first is shown; the others follow, one a second
    """
    return [
        {
            "event_id": event,
            "event_time": f"{start + timedelta(seconds=person):%Y-%m-%dT%H:%M:%S}",
            "customer_identifier": f"person-{person:05d}",
            "suggested_identifier": f"person-{int(suggested[person]):05d}",
        }
        for person in range(len(suggested))
        for event in ("suggestion_shown", *(("followed",) if is_followed[person] else ()))
    ]
