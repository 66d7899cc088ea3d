"""A company whose app shows people to follow, training programmes to join and posts to like.

Its users train in one of three ways and care little for the other two. What each would do with whatever is
shown is known. Most of what an app sees of them at once, country, age and gym, tells little about that.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.floating]
Rows = NDArray[np.integer]
Kind = Literal["person", "program", "post"]
KINDS: tuple[Kind, ...] = ("person", "program", "post")
CATEGORIES = ("powerlifting", "hypertrophy", "calisthenics")
COUNTRIES = ("ES", "MX", "AR", "US", "DE")
N_TOPICS, N_GYMS, N_SEEN = 8, 200, 300
"""Topics of taste; gyms; so many things of each kind a user came across before anything was recommended."""
DAYS = 120
"""The past spans so many days."""
BASE = {"person": -7.3, "program": -6.8, "post": -5.9}
"""The logit of acting on what is shown, for who shares nothing with a thing that nobody prefers."""
AFFINITY, FAME = 3.5, 0.7
MEAN_ACTS = {"person": 12, "program": 2, "post": 20}
"""How often a user acted in the past, on average."""


class Acts(NamedTuple):
    """Who acted on what, oldest first.

    Parameters
    ----------
    users, things : (n,)
    days : (n,), 0 to DAYS, when
    """

    users: Rows
    things: Rows
    days: Doubles


@dataclass(frozen=True, kw_only=True)
class CompanyWorld:
    """Users, programmes and posts, each kind numbered from 0; a user is also a person to follow."""

    n_users: int = 13_000
    n_programs: int = 300
    n_posts: int = 2_000
    seed: int = 0

    def count(self, kind: Kind) -> int:
        """How many things of a kind there are."""
        return {"person": self.n_users, "program": self.n_programs, "post": self.n_posts}[kind]

    @cached_property
    def country(self) -> Rows:
        """(n_users,), in COUNTRIES."""
        return self._rng(0).choice(len(COUNTRIES), self.n_users, p=[0.4, 0.2, 0.15, 0.15, 0.1])

    @cached_property
    def gym(self) -> Rows:
        """(n_users,), 0 to N_GYMS: each country has its own."""
        within = self._rng(1).integers(0, N_GYMS // len(COUNTRIES), self.n_users)
        return self.country * (N_GYMS // len(COUNTRIES)) + within

    @cached_property
    def age(self) -> Rows:
        """(n_users,), in years."""
        return (16 + self._rng(2).gamma(4.0, 3.5, self.n_users)).astype(int)

    def category(self, kind: Kind) -> Rows:
        """(count(kind),), in CATEGORIES."""
        return self._rng(3, KINDS.index(kind)).choice(len(CATEGORIES), self.count(kind), p=[0.3, 0.45, 0.25])

    def chance(self, kind: Kind, users: Rows, things: Rows) -> Doubles:
        """How likely each of `users` acts on the thing that is shown to it; any shapes that go together."""
        return 1.0 / (1.0 + np.exp(-(BASE[kind] + self._pull(kind, users, things))))

    def act(self, kind: Kind, users: Rows, things: Rows, rng: np.random.Generator) -> NDArray[np.bool_]:
        """Who acts on what is shown; nobody follows himself."""
        chance = self.chance(kind, users, things)
        if kind == "person":
            chance = np.where(users == things, 0.0, chance)
        return rng.random(chance.shape) < chance

    def past(self, kind: Kind) -> Acts:
        """What users did before anything was recommended: each chose among what it came across."""
        rng = self._rng(4, KINDS.index(kind))
        n_seen = min(N_SEEN, self.count(kind))
        users = np.arange(self.n_users)[:, None]
        seen = rng.integers(0, self.count(kind), (self.n_users, n_seen))
        wish = self._pull(kind, users, seen) + rng.gumbel(size=seen.shape)
        if kind == "person":
            wish = np.where(seen == users, -np.inf, wish)
        ranked = np.take_along_axis(seen, np.argsort(-wish, axis=1), axis=1)
        acts = np.minimum(rng.poisson(MEAN_ACTS[kind], self.n_users), n_seen // 2)
        rows, places = np.nonzero(np.arange(n_seen) < acts[:, None])
        pairs = np.unique(np.stack([rows, ranked[rows, places]], axis=1), axis=0)
        days = np.sort(rng.uniform(0, DAYS, len(pairs)))
        order = rng.permutation(len(pairs))
        return Acts(pairs[order, 0], pairs[order, 1], days)

    def _pull(self, kind: Kind, users: Rows, things: Rows) -> Doubles:
        """The logit of acting, but for what holds for the whole kind."""
        shared = np.einsum("...k,...k->...", self._taste("person")[users], self._taste(kind)[things])
        return AFFINITY * shared + self._fame(kind)[things]

    def _taste(self, kind: Kind) -> Doubles:
        """(count(kind), N_TOPICS), rows of length 1: the mean of the category, and the thing's own."""
        return self._drawn[kind][0]

    def _fame(self, kind: Kind) -> Doubles:
        """(count(kind),), of mean 0: how readily anybody acts on each."""
        return self._drawn[kind][1]

    @cached_property
    def _drawn(self) -> dict[Kind, tuple[Doubles, Doubles]]:
        return {kind: self._draw(kind, number) for number, kind in enumerate(KINDS)}

    def _draw(self, kind: Kind, number: int) -> tuple[Doubles, Doubles]:
        own = self._rng(5, number).normal(0, 0.35, (self.count(kind), N_TOPICS))
        taste = np.eye(len(CATEGORIES), N_TOPICS)[self.category(kind)] + own
        fame = self._rng(6, number).normal(0, FAME, self.count(kind))
        return taste / np.linalg.norm(taste, axis=1, keepdims=True), fame

    def _rng(self, *numbers: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, *numbers])
