"""The hierarchical recurrent network as torch modules; training alone imports this file."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import dropout, embedding_bag
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from .columns import Bags
from .sessions import Pieces

COLD = 0.1  # the part of the items that is shown by features alone in each step


@dataclass(frozen=True, kw_only=True)
class Width:
    """The sizes of a network: of its hidden states, and of its tables of items and feature values."""

    hidden: int
    items: int
    item_values: int
    user_values: int
    context_values: int


@dataclass(frozen=True, kw_only=True)
class Events:
    """What the network reads.

    Parameters
    ----------
    item : (n_events,)
    own_vector : (n_items, 1), 1 for items with a vector of their own beside their features', else 0
    item_bags, user_bags, context_bags : features by item, user and event
    """

    item: Tensor
    own_vector: Tensor
    item_bags: Bags
    user_bags: Bags
    context_bags: Bags


def bag_sum(bags: Bags, table: Tensor) -> Tensor:
    """(n_rows, d): `Bags.embed` with gradients."""
    if not len(bags.code):
        return table.new_zeros(len(bags.start) - 1, table.shape[1])
    return embedding_bag(
        torch.from_numpy(bags.code),
        table,
        torch.from_numpy(bags.start),
        mode="sum",
        per_sample_weights=torch.from_numpy(bags.weight),
        include_last_offset=True,
    )


class Network(nn.Module):
    """A GRU over a session's events that starts from what a GRU over finished sessions knows of the user.

    Items are read and predicted with the same vectors: one of the item's own, and one per feature value.
    Source: Quadrana, Karatzoglou, Hidasi, Cremonesi, Personalizing Session-based Recommendations with
    Hierarchical Recurrent Neural Networks, RecSys 2017 (HRNN Init).
    """

    def __init__(self, width: Width, drop: float) -> None:
        super().__init__()
        d = width.hidden
        self.drop = drop
        self.item = nn.Parameter(torch.randn(width.items, d) * d**-0.5)
        self.item_value = nn.Parameter(torch.randn(width.item_values, d) * d**-0.5)
        self.bias = nn.Parameter(torch.zeros(width.items))
        self.session = nn.GRU(d, d)
        self.user = nn.GRUCell(d, d)
        self.opening = nn.Linear(d, d)
        self.newcomer = nn.Parameter(torch.zeros(d))
        self.user_value_in = nn.Parameter(torch.zeros(width.user_values, d))
        self.user_value_out = nn.Parameter(torch.zeros(width.user_values, d))
        self.context_in = nn.Parameter(torch.zeros(width.context_values, d))
        self.context_out = nn.Parameter(torch.zeros(width.context_values, d))
        self.answer = nn.Linear(d, d)

    def item_vectors(self, events: Events) -> Tensor:
        """(n_items, d); while training some items must do with their features, so that new ones can."""
        own = self.item * events.own_vector
        if not self.item_value.shape[0]:
            return own
        kept = torch.rand_like(events.own_vector) >= COLD if self.training else 1.0
        return own * kept + bag_sum(events.item_bags, self.item_value)

    def states(
        self, vectors: Tensor, events: Events, pieces: Pieces, rows: np.ndarray
    ) -> tuple[Tensor, Tensor]:
        """The state before each event of some rows, and which event each state is before.

        Parameters
        ----------
        vectors : (n_items, d)
        rows : (n_rows,), rows of `pieces`, those of most pieces first

        Returns (n_states, d) and (n_states,) rows of `events`. Between pieces of one session the state goes
        on but gradients do not; between sessions they do.
        """
        about = bag_sum(events.user_bags.take(pieces.user[rows]), self.user_value_in)
        person = torch.tanh(self.newcomer + about)
        state = torch.tanh(self.opening(person))
        found, where = [], []
        for k in range(int(pieces.count[rows].max())):
            active = int((pieces.count[rows] > k).sum())
            piece = pieces.first[rows[:active]] + k
            state, person = state[:active], person[:active]
            if k:
                opens = torch.from_numpy(pieces.opens[piece])[:, None]
                later = self.user(state, person)
                person = torch.where(opens, later, person)
                state = torch.where(opens, torch.tanh(self.opening(person)), state.detach())
            before, event, state = self._piece(vectors, events, pieces, piece, state)
            found.append(before)
            where.append(event)
        return torch.cat(found), torch.cat(where)

    def _piece(
        self, vectors: Tensor, events: Events, pieces: Pieces, piece: np.ndarray, state: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        length = torch.from_numpy(pieces.length[piece])
        step = torch.arange(int(length.max()))[:, None]
        inside = step < length
        event = torch.where(inside, torch.from_numpy(pieces.begin[piece]) + step, 0)
        seen = vectors[events.item[event]]
        if self.context_in.shape[0]:
            bags = events.context_bags.take(event.flatten().numpy())
            seen = seen + bag_sum(bags, self.context_in).view_as(seen)
        packed = pack_padded_sequence(dropout(seen, self.drop, self.training), length, enforce_sorted=False)
        after, last = self.session(packed, state[None])
        assert isinstance(after, PackedSequence)
        padded = pad_packed_sequence(after)[0]
        before = torch.cat([state[None], padded[:-1]])
        return before[inside], event[inside], last[0]

    def answers(self, state: Tensor, event: Tensor, user: np.ndarray, events: Events) -> Tensor:
        """(n_states, d): what to multiply item vectors with, given the event's own context and its user."""
        answer = self.answer(dropout(state, self.drop, self.training))
        if self.context_out.shape[0]:
            answer = answer + bag_sum(events.context_bags.take(event.numpy()), self.context_out)
        if self.user_value_out.shape[0]:
            answer = answer + bag_sum(events.user_bags.take(user), self.user_value_out)
        return answer

    def logits(
        self, state: Tensor, event: Tensor, user: np.ndarray, events: Events, vectors: Tensor
    ) -> Tensor:
        """(n_states, n_items): log P(item) but for a constant per state."""
        return torch.addmm(self.bias, self.answers(state, event, user, events), vectors.T)
