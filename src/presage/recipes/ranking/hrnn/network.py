"""The hierarchical recurrent network as torch modules; training alone imports this file."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import dropout, embedding_bag
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from ...data import Longs
from ..columns import Bags
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
    item, user : (n_events,)
    pieces : the events as rows and pieces
    own_vector : (n_items, 1), 1 for items with a vector of their own beside their features', else 0
    item_bags, user_bags, context_bags : features by item, user and event
    """

    item: Tensor
    user: Longs
    pieces: Pieces
    own_vector: Tensor
    item_bags: Bags
    user_bags: Bags
    context_bags: Bags


@dataclass(frozen=True, kw_only=True)
class Items:
    """The items that take part in a step.

    Parameters
    ----------
    vectors, bias : (n_taking_part, d) and (n_taking_part,)
    place : (n_items,), where among these each item stands that takes part
    """

    vectors: Tensor
    bias: Tensor
    place: Tensor


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

    def items(self, events: Events, rows: Tensor) -> Items:
        """The items of `rows`; while training some must do with their features, so that new ones can."""
        vectors = self.item[rows] * events.own_vector[rows]
        if self.item_value.shape[0]:
            if self.training:
                vectors = vectors * (torch.rand(len(rows), 1) >= COLD)
            vectors = vectors + bag_sum(events.item_bags.take(rows.numpy()), self.item_value)
        place = torch.zeros(len(self.bias), dtype=torch.long)
        place[rows] = torch.arange(len(rows))
        return Items(vectors=vectors, bias=self.bias[rows], place=place)

    def all_items(self, events: Events) -> Items:
        """Every item."""
        return self.items(events, torch.arange(len(self.bias)))

    def states(self, items: Items, events: Events, rows: Longs) -> tuple[Tensor, Tensor]:
        """The state before each event of some rows, and which event each state is before.

        Parameters
        ----------
        items : at least those of the rows
        rows : (n_rows,), rows of the pieces, those of most pieces first

        Returns (n_states, d) and (n_states,) events. Between pieces of one session the state goes on but
        gradients do not; between sessions they do.
        """
        pieces = events.pieces
        about = bag_sum(events.user_bags.take(pieces.user[rows]), self.user_value_in)
        person = torch.tanh(self.newcomer + about)
        state = torch.tanh(self.opening(person))
        found: list[tuple[Tensor, Tensor]] = []
        for k in range(int(pieces.count[rows].max())):
            active = int((pieces.count[rows] > k).sum())
            piece = pieces.first[rows[:active]] + k
            state, person = state[:active], person[:active]
            if k:
                opens = torch.from_numpy(pieces.opens[piece])[:, None]
                person = torch.where(opens, self.user(state, person), person)
                state = torch.where(opens, torch.tanh(self.opening(person)), state.detach())
            before, event, state = self._piece(items, events, piece, state)
            found.append((before, event))
        befores, where = zip(*found, strict=True)
        return torch.cat(befores), torch.cat(where)

    def _piece(
        self, items: Items, events: Events, piece: Longs, state: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """The states before each event of one piece per row, those events, and the states after the last."""
        length = torch.from_numpy(events.pieces.length[piece])
        step = torch.arange(int(length.max()))[:, None]
        inside = step < length
        event = torch.where(inside, torch.from_numpy(events.pieces.begin[piece]) + step, 0)
        seen = items.vectors[items.place[events.item[event]]]
        if self.context_in.shape[0]:
            bags = events.context_bags.take(event.flatten().numpy())
            seen = seen + bag_sum(bags, self.context_in).view_as(seen)
        packed = pack_padded_sequence(dropout(seen, self.drop, self.training), length, enforce_sorted=False)
        after, last = self.session(packed, state[None])
        assert isinstance(after, PackedSequence)
        before = torch.cat([state[None], pad_packed_sequence(after)[0][:-1]])
        return before[inside], event[inside], last[0]

    def answers(self, state: Tensor, event: Tensor, events: Events) -> Tensor:
        """(n_states, d): what to multiply item vectors with, given the event's own context and its user."""
        answer = self.answer(dropout(state, self.drop, self.training))
        if self.context_out.shape[0]:
            answer = answer + bag_sum(events.context_bags.take(event.numpy()), self.context_out)
        if self.user_value_out.shape[0]:
            users = events.user[event.numpy()]
            answer = answer + bag_sum(events.user_bags.take(users), self.user_value_out)
        return answer

    def logits(self, state: Tensor, event: Tensor, events: Events, items: Items) -> Tensor:
        """(n_states, n_taking_part): log P(item) but for a constant per state."""
        return torch.addmm(items.bias, self.answers(state, event, events), items.vectors.T)
