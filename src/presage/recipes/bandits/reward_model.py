"""Rewards as trees see them: `presage-reward-model`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from ..data import State
from ..settings import setting
from .data import Doubles, Rounds, Seen, blocks
from .exploring import Thompson

if TYPE_CHECKING:
    from lightgbm import Booster


@dataclass(frozen=True, kw_only=True)
class RewardModel(Thompson):
    """Several models of boosted trees foresee the reward from context and features of the action.

    A draw from the belief is one of the models, each of which has learned from a bootstrap sample of the
    rewards: where few are known they disagree, and what any of them holds for best is tried.
    Nothing is foreseen before the first refit, nor learned between refits.
    Source: Eckles, Kaptein, Bootstrap Thompson Sampling and Sequential Decision Problems in the Behavioral
    Sciences, 2019; Ke et al., LightGBM, NeurIPS 2017.

    Parameters
    ----------
    n_models : how many
    n_trees, n_leaves : of each model, of each tree
    learning_rate : what a tree corrects of the error before it
    min_rewards : in a leaf; with fewer than twice as many in all nothing is foreseen
    most_rewards : the latest so many are remembered
    seed : of the samples
    """

    refits_long: ClassVar[bool] = True
    """A refit takes so long that it deserves a process of its own."""
    n_models: int = setting(10, low=2, high=100)
    n_trees: int = setting(60, low=1, high=1_000, tunable=True, log=True)
    n_leaves: int = setting(15, low=2, high=255, tunable=True, log=True)
    learning_rate: float = setting(0.1, low=0.001, high=1.0, tunable=True, log=True)
    min_rewards: int = setting(20, low=1, high=10_000)
    most_rewards: int = setting(200_000, low=100, high=100_000_000)
    seed: int = setting(0, low=0, high=2**31 - 1)

    def belief(self, n_context: int, n_features: int) -> "TreesBelief":
        """Nothing known."""
        return TreesBelief(settings=self, row=np.zeros((0, n_context + n_features + 1)))


@dataclass(kw_only=True)
class TreesBelief:
    """Rewards, and the models of the last refit.

    Parameters
    ----------
    row : (n, n_context + n_features + 1), what was seen until the last refit, the reward last
    since : what was seen since then
    models : none before the first refit
    """

    settings: RewardModel
    row: Doubles
    since: list[Doubles] = field(default_factory=list[Doubles])
    models: "list[Booster]" = field(default_factory=list)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Rows and models do not change: they are shared."""
        return replace(self, since=list(self.since))

    def learn(self, seen: Seen) -> None:
        """Remember."""
        self.since.append(np.concatenate([seen.context, seen.features, seen.reward[:, None]], axis=1))

    def refit(self) -> None:
        """All models anew."""
        self.row = np.concatenate([self.row, *self.since])[-self.settings.most_rewards :]
        self.since = []
        if len(self.row) >= 2 * self.settings.min_rewards:
            self.models = [self._fitted(number) for number in range(self.settings.n_models)]

    def _fitted(self, number: int) -> "Booster":
        from lightgbm import Dataset, train  # noqa: PLC0415, slow to import

        chosen = self.settings
        weight = np.random.default_rng([chosen.seed, number]).poisson(1, len(self.row))
        rows = self.row[weight > 0]
        options = self._options() | {
            "num_leaves": chosen.n_leaves,
            "learning_rate": chosen.learning_rate,
            "min_data_in_leaf": chosen.min_rewards,
            "num_threads": 1,
            "deterministic": True,
            "seed": number,
            "verbosity": -1,
        }
        data = Dataset(rows[:, :-1], self._target(rows[:, -1]), weight=weight[weight > 0])
        return train(options, data, num_boost_round=chosen.n_trees)

    def _options(self) -> dict[str, Any]:
        """What the trees are to foresee."""
        return {"objective": "regression"}

    def _target(self, reward: Doubles) -> Doubles:
        """(n,): what they learn of rewards."""
        return reward

    def expected(self, rounds: Rounds) -> Doubles:
        """(n_rounds, n_actions): the mean over models."""
        return self._foreseen(rounds).mean(axis=0)

    def spread(self, rounds: Rounds) -> Doubles:
        """(n_rounds, n_actions): how far the models disagree."""
        return self._foreseen(rounds).std(axis=0)

    def draws(self, rounds: Rounds, n_draws: int, rng: np.random.Generator) -> Iterator[Doubles]:
        """One model after another, from a random one on."""
        foreseen = self._foreseen(rounds)
        start = int(rng.integers(len(foreseen)))
        for size in blocks(rounds, n_draws):
            yield foreseen[np.arange(start, start + size) % len(foreseen)]
            start += size

    def _foreseen(self, rounds: Rounds) -> Doubles:
        """(n_models, n_rounds, n_actions)."""
        shape = (rounds.n_rounds, rounds.n_actions)
        if not self.models or not rounds.n_rounds:
            return np.zeros((1, *shape))
        context = np.repeat(rounds.context, rounds.n_actions, axis=0)
        rows = np.concatenate([context, np.tile(rounds.features, (rounds.n_rounds, 1))], axis=1)
        return np.stack(
            [np.asarray(model.predict(rows, num_threads=1), float).reshape(shape) for model in self.models]
        )

    def state(self) -> State:
        """Rewards, and the models as text."""
        texts = {
            f"model_{number}": np.frombuffer(model.model_to_string().encode(), np.uint8)
            for number, model in enumerate(self.models)
        }
        return {"row": np.concatenate([self.row, *self.since]), **texts}, {"n_fitted": len(self.row)}

    def restored(self, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> Self:
        """The belief that `state` described."""
        from lightgbm import Booster  # noqa: PLC0415, slow to import

        n = int(meta["n_fitted"])
        names = [f"model_{number}" for number in range(self.settings.n_models)]
        models = [Booster(model_str=bytes(arrays[name]).decode()) for name in names if name in arrays]
        row = np.array(arrays["row"])
        return replace(self, row=row[:n], since=[row[n:]], models=models)
