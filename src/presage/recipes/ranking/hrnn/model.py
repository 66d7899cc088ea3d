"""A fitted hierarchical recurrent network: its forward pass in plain NumPy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ...data import Floats, Query, State
from ..columns import Encoding, embed_each
from .gru import Gru

TABLES = (
    *("item", "bias", "opening", "opening_bias", "answer", "answer_bias", "newcomer"),
    *("user_in", "user_out", "context_in", "context_out"),
)
AT_ONCE = 256  # histories read together, to bound memory


@dataclass(frozen=True, kw_only=True)
class HrnnModel:
    """A GRU over a session's events that starts from what a GRU over finished sessions knows of the user.

    Parameters
    ----------
    item, bias : (n_items, d) and (n_items,), what an answer is multiplied with and added to
    opening, opening_bias : (d, d) and (d,), from a user's state to the state that opens a session
    answer, answer_bias : (d, d) and (d,), from a session's state to an answer
    newcomer : (d,), the state of a user of whom nothing is known, before tanh
    user_in, user_out : (n_user_values, d), what a user's features add to the newcomer and to the answer
    context_in, context_out : (n_context_values, d), what context adds to an event and to the answer
    session, user : the two GRUs
    users, contexts : how their features become rows of the tables
    gap : a longer silence, in seconds, ends a session
    window : of a longer history only this many latest events are read
    """

    item: Floats
    bias: Floats
    opening: Floats
    opening_bias: Floats
    answer: Floats
    answer_bias: Floats
    newcomer: Floats
    user_in: Floats
    user_out: Floats
    context_in: Floats
    context_out: Floats
    session: Gru
    user: Gru
    users: Encoding
    contexts: Encoding
    gap: float
    window: int

    @property
    def n_items(self) -> int:
        """How many items it scores."""
        return len(self.bias)

    def represent(self, queries: Sequence[Query]) -> Floats:
        """(n_queries, d): what to multiply item vectors with."""
        answer = np.zeros((len(queries), len(self.newcomer)), np.float32)
        order = np.argsort([-len(query.item) for query in queries], kind="stable")
        for first in range(0, len(queries), AT_ONCE):
            rows = order[first : first + AT_ONCE]
            answer[rows] = self._represent([queries[row] for row in rows])
        return answer

    def score(self, represented: Floats) -> Floats:
        """(n_queries, n_items): a probability per item; every row sums to 1."""
        logit = represented @ self.item.T
        logit += self.bias
        logit -= logit.max(axis=1, keepdims=True)
        np.exp(logit, out=logit)
        logit /= logit.sum(axis=1, keepdims=True)
        return logit

    def state(self) -> State:
        """The model as arrays and JSON."""
        arrays: dict[str, NDArray[Any]] = {name: getattr(self, name) for name in TABLES}
        arrays |= self.session.arrays("session_gru") | self.user.arrays("user_gru")
        meta = {"model": "hrnn", "gap": self.gap, "window": self.window}
        return arrays, meta | {"users": self.users.to_json(), "contexts": self.contexts.to_json()}

    @classmethod
    def from_state(cls, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> Self:
        """The model that `state` described."""
        return cls(
            **{name: arrays[name] for name in TABLES},
            session=Gru.from_arrays("session_gru", arrays),
            user=Gru.from_arrays("user_gru", arrays),
            users=Encoding.from_json(meta["users"]),
            contexts=Encoding.from_json(meta["contexts"]),
            gap=meta["gap"],
            window=meta["window"],
        )

    def _represent(self, queries: Sequence[Query]) -> Floats:
        features = [query.user_features for query in queries]
        person = np.tanh(self.newcomer + embed_each(self.users, self.user_in, features))
        state = self._read([self._recent(query) for query in queries], person)
        answer = state @ self.answer + self.answer_bias
        answer += embed_each(self.users, self.user_out, features)
        answer += embed_each(self.contexts, self.context_out, [query.now_context for query in queries])
        return answer

    def _recent(self, query: Query) -> tuple[Floats, NDArray[np.bool_]]:
        """What the session GRU reads of each recent known event, and where sessions open.

        Returns (n, d) and (n + 1,): whether a session opens with each event, and with the one asked for.
        """
        known = np.flatnonzero((query.item >= 0) & (query.item < self.n_items))[-self.window :]
        seen = self.item[query.item[known]]
        if self.contexts.columns and query.context:
            bags = self.contexts.encode(query.context, len(query.item))
            seen = seen + bags.take(known).embed(self.context_in)
        opens = np.zeros(len(known) + 1, bool)
        opens[1:] = np.diff(query.time[known], append=query.now) > self.gap  # none before a first event
        return seen, opens

    def _read(self, histories: Sequence[tuple[Floats, NDArray[np.bool_]]], person: Floats) -> Floats:
        """(n_queries, d): the session states after every history, given the users' states (n_queries, d)."""
        length = np.array([len(seen) for seen, _ in histories])
        order = np.argsort(-length, kind="stable")
        seen = np.zeros((length.max(), len(order), person.shape[1]), np.float32)
        opens = np.zeros((length.max() + 1, len(order)), bool)
        for place, row in enumerate(order):
            seen[: length[row], place] = histories[row][0]
            opens[: length[row] + 1, place] = histories[row][1]
        gates = self.session.gates(seen)
        person = person[order]
        state = self._opening(person)
        turns = set(np.flatnonzero(opens.any(axis=1)).tolist())
        for step in range(len(opens)):
            if step in turns:
                self._turn(np.flatnonzero(opens[step]), state, person)
            if step < len(gates):
                active = int((length > step).sum())
                state[:active] = self.session.step(gates[step, :active], state[:active])
        return state[np.argsort(order)]

    def _turn(self, rows: NDArray[np.int64], state: Floats, person: Floats) -> None:
        """End the session of some rows, in place: the user's state learns of it and opens the next."""
        person[rows] = self.user.step(self.user.gates(state[rows]), person[rows])
        state[rows] = self._opening(person[rows])

    def _opening(self, person: Floats) -> Floats:
        return np.tanh(person @ self.opening + self.opening_bias)
