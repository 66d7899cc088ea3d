"""A policy at work: a belief, and a way to explore; it chooses, learns, and goes on after a restart."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..data import State
from .charged import Charged
from .data import Belief, Doubles, Foresight, Rounds, Rows, Seen, check_rounds, check_seen


class PolicySettings(Protocol):
    """A bandit recipe: a frozen dataclass that says what to believe at first and how to explore."""

    def belief(self, n_context: int, n_features: int) -> Belief:
        """What is believed before the first reward."""
        ...

    def probabilities(self, belief: Foresight, rounds: Rounds, rng: np.random.Generator) -> Doubles:
        """(n_rounds, n_actions), each row sums to 1."""
        ...

    def seen_as(self, belief: Foresight, rounds: Rounds, rng: np.random.Generator) -> Doubles:
        """(n_rounds, n_actions): scores by which actions are preferred; drawn, where draws decide."""
        ...


@dataclass(frozen=True, kw_only=True)
class Choices:
    """Chosen actions.

    Parameters
    ----------
    place : (n_rounds,), the place of each among the open actions
    propensity : (n_rounds,), the probability with which it was chosen, in (0, 1]
    """

    place: Rows
    propensity: Doubles


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Chooses actions and learns from rewards; `learn` and `refit` change it.

    The same policy, rounds and generator give the same choices.

    Parameters
    ----------
    name : of the recipe, as in `BANDITS`
    n_context, n_features : the widths of contexts and of actions' features
    """

    name: str
    settings: PolicySettings
    believed: Belief
    n_context: int
    n_features: int

    def probabilities(
        self, rounds: Rounds, rng: np.random.Generator, charge: Doubles | None = None
    ) -> Doubles:
        """(n_rounds, n_actions), each row sums to 1. Raises ValueError if the rounds do not fit.

        Parameters
        ----------
        charge : (n_actions,), what each action costs, in the unit of rewards; None = nothing
        """
        check_rounds(rounds, self.n_context, self.n_features)
        belief = self.believed if charge is None else Charged(belief=self.believed, charge=charge)
        return self.settings.probabilities(belief, rounds, rng)

    def seen_as(self, rounds: Rounds, rng: np.random.Generator) -> Doubles:
        """(n_rounds, n_actions): scores by which the policy prefers actions, before any charge."""
        check_rounds(rounds, self.n_context, self.n_features)
        return self.settings.seen_as(self.believed, rounds, rng)

    def choose(self, rounds: Rounds, rng: np.random.Generator) -> Choices:
        """An action each round. Raises ValueError if the rounds do not fit the policy."""
        return draw(self.probabilities(rounds, rng), rng)

    def expected(self, rounds: Rounds) -> Doubles:
        """(n_rounds, n_actions): the expected reward. Raises ValueError if the rounds do not fit."""
        check_rounds(rounds, self.n_context, self.n_features)
        return self.believed.expected(rounds)

    def learn(self, seen: Seen) -> None:
        """Take in rewards, each counts once. Raises ValueError if they do not fit the policy."""
        check_seen(seen, self.n_context, self.n_features)
        if len(seen):
            self.believed.learn(seen)

    def refit(self) -> None:
        """Think all rewards over again, which is due now and then; nothing to do for most policies."""
        self.believed.refit()

    def state(self) -> State:
        """All that is needed to go on elsewhere."""
        arrays, meta = self.believed.state()
        return arrays, {
            "policy": self.name,
            "settings": asdict(self.settings),  # pyright: ignore[reportArgumentType]  (a dataclass)
            "n_context": self.n_context,
            "n_features": self.n_features,
            "belief": meta,
        }


def draw(probabilities: Doubles, rng: np.random.Generator) -> Choices:
    """An action each row, drawn by probability, and all together spread as evenly as that allows.

    Systematic sampling: rows with the same probabilities take every action about as often as it is likely.

    Parameters
    ----------
    probabilities : (n_rounds, n_actions), each row sums to 1
    """
    edges = np.cumsum(probabilities, axis=1)
    stratum = (rng.permutation(len(edges)) + rng.random(len(edges))) / max(1, len(edges))  # each is uniform
    stratum = np.minimum(stratum, np.nextafter(1, 0))
    place = (edges <= (stratum * edges[:, -1])[:, None]).sum(axis=1)
    return Choices(place=place, propensity=probabilities[np.arange(len(place)), place])


def begin(recipes: Mapping[str, type], name: str, n_context: int, n_features: int, **settings: Any) -> Policy:
    """A policy that has seen nothing yet. Raises ValueError if no recipe has this name."""
    if name not in recipes:
        raise ValueError(f"no policy is called {name!r}; this presage knows: {', '.join(sorted(recipes))}")
    chosen = recipes[name](**settings)
    return Policy(
        name=name,
        settings=chosen,
        believed=chosen.belief(n_context, n_features),
        n_context=n_context,
        n_features=n_features,
    )


def restore(
    recipes: Mapping[str, type], arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]
) -> Policy:
    """The policy that `state` described. Raises ValueError if no recipe has its name."""
    fresh = begin(recipes, meta["policy"], meta["n_context"], meta["n_features"], **meta["settings"])
    return Policy(
        name=fresh.name,
        settings=fresh.settings,
        believed=fresh.believed.restored(arrays, meta["belief"]),
        n_context=fresh.n_context,
        n_features=fresh.n_features,
    )
