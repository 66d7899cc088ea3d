"""A fitted hierarchical recurrent network: its forward pass in plain NumPy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ...data import Feature, Floats, History, Ints, Query, State
from ..columns import Encoding, embed_each
from .gru import Gru
from .items import ItemTable

TABLES = (
    *("opening", "opening_bias", "answer", "answer_bias", "newcomer"),
    *("user_in", "user_out", "context_in", "context_out"),
)
AT_ONCE = 256  # histories read together, to bound memory


@dataclass(frozen=True, kw_only=True)
class HrnnModel:
    """A GRU over a session's events that starts from what a GRU over finished sessions knows of the user.

    A user's state is both GRUs' states side by side, that of the session first.

    Parameters
    ----------
    items : what an answer is multiplied with and added to
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

    items: ItemTable
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
        return self.items.n_items

    @property
    def state_size(self) -> int:
        """The length of a user's state, 2 d."""
        return 2 * len(self.newcomer)

    def read(self, histories: Sequence[History]) -> Floats:
        """(n_histories, 2 d): the state after each history."""
        states = np.zeros((len(histories), self.state_size), np.float32)
        order = np.argsort([-len(history.item) for history in histories], kind="stable")
        for first in range(0, len(histories), AT_ONCE):
            rows = order[first : first + AT_ONCE]
            states[rows] = self._read([histories[row] for row in rows])
        return states

    def advance(
        self, states: Floats, item: Ints, silence: Floats, context: Sequence[Mapping[str, Feature]]
    ) -> Floats:
        """(n, 2 d): the states after one further event each: a step of the session's GRU."""
        states = self._turned(states, silence)
        session = states[:, : len(self.newcomer)]
        seen = self.items.take(item) + embed_each(self.contexts, self.context_in, context)
        session[:] = self.session.step(self.session.gates(seen), session)
        return states

    def end_sessions(self, states: Floats) -> Floats:
        """(n, 2 d): the states after a long silence: the user's learns of the session and opens the next."""
        session, person = np.split(states, 2, axis=1)
        person = self.user.step(self.user.gates(session), person)
        return np.hstack([self._opening(person), person])

    def represent(self, states: Floats, queries: Sequence[Query]) -> Floats:
        """(n_queries, d): what to multiply item vectors with; a long silence ends the session before."""
        turned = self._turned(states, np.array([query.silence for query in queries]))
        answer = turned[:, : len(self.newcomer)] @ self.answer + self.answer_bias
        answer += embed_each(self.users, self.user_out, [query.user_features for query in queries])
        answer += embed_each(self.contexts, self.context_out, [query.context for query in queries])
        return answer

    def score(self, represented: Floats) -> Floats:
        """(n_queries, n_items): a probability per item; every row sums to 1."""
        logit = self.items.logits(represented)
        logit -= logit.max(axis=1, keepdims=True)
        np.exp(logit, out=logit)
        logit /= logit.sum(axis=1, keepdims=True)
        return logit

    def extended(self, item_features: Mapping[str, Feature], n_new: int) -> Self:
        """The model with `n_new` more items, whose vectors are what their features add up to."""
        return replace(self, items=self.items.extended(item_features, n_new))

    def state(self) -> State:
        """The model as arrays and JSON."""
        arrays = self.items.arrays() | {name: getattr(self, name) for name in TABLES}
        arrays |= self.session.arrays("session_gru") | self.user.arrays("user_gru")
        meta = {"model": "hrnn", "gap": self.gap, "window": self.window} | self.items.to_json()
        return arrays, meta | {"users": self.users.to_json(), "contexts": self.contexts.to_json()}

    @classmethod
    def from_state(cls, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> Self:
        """The model that `state` described."""
        return cls(
            **{name: arrays[name] for name in TABLES},
            items=ItemTable.from_state(arrays, meta),
            session=Gru.from_arrays("session_gru", arrays),
            user=Gru.from_arrays("user_gru", arrays),
            users=Encoding.from_json(meta["users"]),
            contexts=Encoding.from_json(meta["contexts"]),
            gap=meta["gap"],
            window=meta["window"],
        )

    def _read(self, histories: Sequence[History]) -> Floats:
        """(n_histories, 2 d): what `read` gives, for histories that are read together."""
        features = [history.user_features for history in histories]
        person = np.tanh(self.newcomer + embed_each(self.users, self.user_in, features))
        recent = [self._recent(history) for history in histories]
        length = np.array([len(opens) for _, opens in recent])
        order = np.argsort(-length, kind="stable")
        seen = np.zeros((length.max(), len(order), person.shape[1]), np.float32)
        opens = np.zeros((length.max(), len(order)), bool)
        for place, row in enumerate(order):
            seen[: length[row], place], opens[: length[row], place] = recent[row]
        states = np.hstack([self._opening(person), person])
        states[order] = self._run(seen, opens, length[order], states[order])
        return states

    def _run(self, seen: Floats, opens: NDArray[np.bool_], length: NDArray[Any], states: Floats) -> Floats:
        """(n, 2 d): the states after all steps, in place.

        Parameters
        ----------
        seen, opens : (n_steps, n, d) and (n_steps, n), what is read, and whether a session opens before
        length : (n,), falling, how many steps each row takes
        """
        gates = self.session.gates(seen)
        session = states[:, : seen.shape[2]]
        for step, opening in enumerate(opens):
            self._turn(np.flatnonzero(opening), states)
            active = int((length > step).sum())
            session[:active] = self.session.step(gates[step, :active], session[:active])
        return states

    def _recent(self, history: History) -> tuple[Floats, NDArray[np.bool_]]:
        """(n, d) and (n,): what is read of each recent known event, and whether a session opens with it."""
        known = np.flatnonzero((history.item >= 0) & (history.item < self.n_items))[-self.window :]
        seen = self.items.take(history.item[known])
        if self.contexts.columns and history.context:
            bags = self.contexts.encode(history.context, len(history.item))
            seen = seen + bags.take(known).embed(self.context_in)
        opens = np.zeros(len(known), bool)
        opens[1:] = np.diff(history.time[known]) > self.gap
        return seen, opens

    def _turned(self, states: Floats, silence: NDArray[np.floating]) -> Floats:
        """(n, 2 d): a copy of the states in which sessions have ended where the silence (n,) was long."""
        states = states.copy()
        self._turn(np.flatnonzero(silence > self.gap), states)
        return states

    def _turn(self, rows: NDArray[np.int64], states: Floats) -> None:
        """End the session of some rows, in place."""
        if len(rows):
            states[rows] = self.end_sessions(states[rows])

    def _opening(self, person: Floats) -> Floats:
        return np.tanh(person @ self.opening + self.opening_bias)
