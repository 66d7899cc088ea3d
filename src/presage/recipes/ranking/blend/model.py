"""Several models that answer as one: the weighted sum of their log-probabilities."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self, cast

import numpy as np
from numpy.typing import NDArray

from ...data import Feature, Floats, History, Ints, Query, RankingModel, State
from ..linear import LinearModel
from ..ragged import bounds

MOST_SCORES = 2**16
"""So many are added up at a time, if it is more than one question's: they stay in the processor's cache."""


def log_shares(share: Floats) -> Floats:
    """(n, n_items): logs of probabilities; an impossible item counts as the least likely possible one.

    So a model of what users used does not rule out an item that nobody has used: another may know more of it.

    Parameters
    ----------
    share : (n, n_items); its 0s are replaced
    """
    columns = np.flatnonzero((share <= 0).any(axis=0))
    if len(columns):
        few = share[:, columns]
        impossible = few <= 0
        share[:, columns] = np.where(impossible, np.inf, few)
        share[:, columns] = np.where(impossible, share.min(axis=1, keepdims=True), few)
    return np.log(share)


def blended(members: Sequence[RankingModel], weights: NDArray[Any]) -> "BlendModel":
    """The blend of these members, in an order of its own."""

    def place(number: int) -> int:
        member = members[number]
        return -member.state_size if isinstance(member, LinearModel) else -(2**31)

    order = sorted(range(len(members)), key=place)
    return BlendModel(members=[members[k] for k in order], weights=weights[order].astype(np.float32))


@dataclass(frozen=True, kw_only=True)
class BlendModel:
    """The softmax of a weighted sum of its members' log-probabilities.

    A user's state is its members' states side by side. Linear members share the longest one of theirs, as
    the latest items of a shorter one are the first of a longer one. At most one member may know of sessions.

    Parameters
    ----------
    members : at least one, which score the same items; linear ones come last, those of long states first
    weights : (n_members,), how much each one's log-probabilities count
    """

    members: Sequence[RankingModel]
    weights: Floats

    @property
    def n_items(self) -> int:
        """How many items it scores."""
        return self.members[0].n_items

    @property
    def state_size(self) -> int:
        """The length of a user's state."""
        return max(part.stop for part in self._states)

    @property
    def gap(self) -> float:
        """A longer silence, in seconds, ends a session of the member that knows of sessions."""
        return min(member.gap for member in self.members)

    def read(self, histories: Sequence[History]) -> Floats:
        """(n_histories, state_size): as each member reads them."""
        return np.hstack([member.read(histories) for member in self._owners])

    def advance(
        self, states: Floats, item: Ints, silence: Floats, context: Sequence[Mapping[str, Feature]]
    ) -> Floats:
        """(n, state_size): as each member moves on."""
        return np.hstack([owner.advance(part, item, silence, context) for owner, part in self._owned(states)])

    def end_sessions(self, states: Floats) -> Floats:
        """(n, state_size): as each member ends sessions."""
        return np.hstack([owner.end_sessions(part) for owner, part in self._owned(states)])

    def represent(self, states: Floats, queries: Sequence[Query]) -> Floats:
        """(n_queries, d): each member's side by side; linear members share one as in a state."""
        return np.hstack([owner.represent(part, queries) for owner, part in self._owned(states)])

    def score(self, represented: Floats) -> Floats:
        """(n_queries, n_items): a probability per item, 0 where every member says so; every row sums to 1."""
        found = np.zeros((len(represented), self.n_items), np.float32)
        at_once = max(1, MOST_SCORES // max(1, self.n_items))
        for first in range(0, len(found), at_once):
            self._pool(found[first : first + at_once], represented[first : first + at_once])
        return found

    def _pool(self, logit: Floats, represented: Floats) -> None:
        """Put the scores of some questions into rows of 0."""
        impossible = np.ones(logit.shape, bool)
        for member, weight, part in zip(self.members, self.weights, self._answers, strict=True):
            share = member.score(represented[:, part])
            impossible &= share <= 0
            log = log_shares(share)
            log *= weight
            logit += log
        logit[impossible] = -np.inf
        logit -= logit.max(axis=1, keepdims=True, initial=-np.inf)
        np.exp(logit, out=logit)
        logit /= logit.sum(axis=1, keepdims=True)

    def extended(self, item_features: Mapping[str, Feature], n_new: int) -> Self:
        """The model with `n_new` more items, which each member scores as its own new ones."""
        return replace(self, members=[member.extended(item_features, n_new) for member in self.members])

    def state(self) -> State:
        """The model as arrays and JSON: a member's arrays under its number."""
        states = [member.state() for member in self.members]
        arrays = {
            f"{number}.{name}": array
            for number, (kept, _) in enumerate(states)
            for name, array in kept.items()
        }
        return arrays | {"weights": self.weights}, {"model": "blend", "members": [meta for _, meta in states]}

    @classmethod
    def from_state(cls, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> Self:
        """The model that `state` described."""
        from presage.recipes import load_model  # noqa: PLC0415, the table of models names this one

        def own(number: int) -> dict[str, NDArray[Any]]:
            head = f"{number}."
            return {name.removeprefix(head): a for name, a in arrays.items() if name.startswith(head)}

        members = [
            cast("RankingModel", load_model(own(number), kept)) for number, kept in enumerate(meta["members"])
        ]
        return cls(members=members, weights=arrays["weights"])

    @cached_property
    def _owners(self) -> Sequence[RankingModel]:
        """The members whose states stand side by side: all but the linear ones after the first."""
        linear = [isinstance(member, LinearModel) for member in self.members]
        return self.members[: len(linear) - sum(linear) + any(linear)]

    @cached_property
    def _states(self) -> Sequence[slice]:
        """Where in a state each member's own stands."""
        return self._places([member.state_size for member in self.members])

    @cached_property
    def _answers(self) -> Sequence[slice]:
        """Where in what was represented each member's own stands."""
        return self._places([member.represent(member.read([]), []).shape[1] for member in self.members])

    def _places(self, width: Sequence[int]) -> Sequence[slice]:
        """Where each member's part of this width stands."""
        n_owners = len(self._owners)
        begin = bounds(np.array(width[:n_owners]))[[min(k, n_owners - 1) for k in range(len(width))]]
        return [slice(first, first + own) for first, own in zip(begin.tolist(), width, strict=True)]

    def _owned(self, states: Floats) -> list[tuple[RankingModel, Floats]]:
        """Each owner with its part of the states."""
        return [(owner, states[:, part]) for owner, part in zip(self._owners, self._states, strict=False)]
