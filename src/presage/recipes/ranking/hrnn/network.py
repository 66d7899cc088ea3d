"""The hierarchical recurrent network as torch modules; training alone imports this file."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import embedding, embedding_bag

from ...data import Longs
from ..columns import Bags
from .recurrence import LearningGru
from .schedule import Slot, schedule
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


@dataclass(frozen=True, kw_only=True)
class Before:
    """What the network knows before some events.

    Parameters
    ----------
    event : (n_states,), which event each state is before
    state : (n_states, d)
    vector : (n_states, d), of the items of the events
    """

    event: Tensor
    state: Tensor
    vector: Tensor

    def take(self, rows: Tensor) -> "Before":
        """Some of it."""
        return Before(event=self.event[rows], state=self.state[rows], vector=self.vector[rows])


def _linear(d: int) -> tuple[nn.Parameter, nn.Parameter]:
    """The matrix (d, d) and bias (d,) of a layer before it has learned."""
    weight, bias = (torch.empty(*size).uniform_(-(d**-0.5), d**-0.5) for size in ((d, d), (d,)))
    return nn.Parameter(weight), nn.Parameter(bias)


def drop(x: Tensor, part: float) -> Tensor:
    """x without a random part of its numbers, the others larger so that the sum is as before.

    The part is rounded to 1/256, for random bytes are an order of magnitude cheaper than random numbers.
    """
    hidden = round(256 * part)
    if not hidden:
        return x
    words = torch.empty(-(-x.numel() // 8), dtype=torch.long, device=x.device).random_(-(2**63), None)
    stays = (words.view(torch.uint8)[: x.numel()] >= hidden).view(x.shape)
    return x * (stays * (256 / (256 - hidden)))


def bag_sum(bags: Bags, table: Tensor) -> Tensor:
    """(n_rows, d): `Bags.embed` with gradients."""
    if not len(bags.code):
        return table.new_zeros(len(bags.start) - 1, table.shape[1])
    code, start, weight = (rows_of(part, table) for part in (bags.code, bags.start, bags.weight))
    return embedding_bag(code, table, start, mode="sum", per_sample_weights=weight, include_last_offset=True)


def rows_of(array: NDArray[Any], beside: Tensor) -> Tensor:
    """An array as a tensor where another one lives."""
    return torch.as_tensor(array, device=beside.device)


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
        self.session = LearningGru(d)
        self.user = LearningGru(d)
        self.opening, self.opening_bias = _linear(d)
        self.answer, self.answer_bias = _linear(d)
        self.newcomer = nn.Parameter(torch.zeros(d))
        self.user_in = nn.Parameter(torch.zeros(width.user_values, d))
        self.user_out = nn.Parameter(torch.zeros(width.user_values, d))
        self.context_in = nn.Parameter(torch.zeros(width.context_values, d))
        self.context_out = nn.Parameter(torch.zeros(width.context_values, d))

    def items(self, events: Events, rows: Tensor) -> Items:
        """The items of `rows`; while training some must do with their features, so that new ones can."""
        vectors = embedding(rows, self.item) * events.own_vector[rows]
        if self.item_value.shape[0]:
            if self.training:
                vectors = vectors * (torch.rand(len(rows), 1, device=rows.device) >= COLD)
            vectors = vectors + bag_sum(events.item_bags.take(rows.cpu().numpy()), self.item_value)
        place = torch.zeros_like(self.bias, dtype=torch.long)
        place[rows] = torch.arange(len(rows), device=rows.device)
        return Items(vectors=vectors, bias=self.bias[rows], place=place)

    def all_items(self, events: Events) -> Items:
        """Every item."""
        return self.items(events, torch.arange(len(self.bias), device=self.bias.device))

    def read(self, items: Items, events: Events, rows: Longs) -> Before:
        """Read some rows.

        Parameters
        ----------
        items : at least those of the rows
        rows : (n_rows,), rows of the pieces

        After `bptt` events of a session the state goes on but gradients do not; between sessions they do.
        """
        slots = list(schedule(events.pieces, rows))
        event = rows_of(np.concatenate([slot.event for slot in slots]), self.bias)
        vector = embedding(items.place[events.item[event]], items.vectors)
        seen = self._seen(vector, events, event).split([len(slot.event) for slot in slots])
        about = bag_sum(events.user_bags.take(events.pieces.user[rows]), self.user_in)
        person = torch.tanh(self.newcomer + about)
        session = self._opened(person)
        found: list[Tensor] = []
        for place, slot in enumerate(slots):
            if place:
                session, person = self._turned(session, person, slot)
            row, last = rows_of(slot.row, session), rows_of(slot.last, session)
            before, after = self.session(seen[place], embedding(row, session), slot.active, last)
            session = session.index_copy(0, row, after)
            found.append(before)
        return Before(event=event, vector=vector, state=torch.cat(found))

    def _seen(self, vector: Tensor, events: Events, event: Tensor) -> Tensor:
        """(n_events, d): what the session's GRU reads."""
        if self.context_in.shape[0]:
            vector = vector + bag_sum(events.context_bags.take(event.cpu().numpy()), self.context_in)
        return self._hidden(vector)

    def _hidden(self, x: Tensor) -> Tensor:
        """While training, x without a random part."""
        return drop(x, self.drop) if self.training else x

    def _turned(self, session: Tensor, person: Tensor, slot: Slot) -> tuple[Tensor, Tensor]:
        """The states when sessions have ended where a slot opens others, and gradients where it cuts."""
        if len(slot.cuts):
            row = rows_of(slot.row[slot.cuts], session)
            session = session.index_copy(0, row, session.detach()[row])
        if len(slot.opens):
            row = rows_of(slot.row[slot.opens], session)
            each = torch.arange(len(row), device=row.device)
            _, after = self.user(embedding(row, session), embedding(row, person), [len(row)], each)
            person = person.index_copy(0, row, after)
            session = session.index_copy(0, row, self._opened(after))
        return session, person

    def _opened(self, person: Tensor) -> Tensor:
        """(n, d): the states that open sessions of users in states (n, d)."""
        return torch.tanh(torch.addmm(self.opening_bias, person, self.opening))

    def answers(self, before: Before, events: Events) -> Tensor:
        """(n_states, d): what to multiply item vectors with, given the event's own context and its user."""
        answer = torch.addmm(self.answer_bias, self._hidden(before.state), self.answer)
        if self.context_out.shape[0]:
            answer = answer + bag_sum(events.context_bags.take(before.event.cpu().numpy()), self.context_out)
        if self.user_out.shape[0]:
            users = events.user[before.event.cpu().numpy()]
            answer = answer + bag_sum(events.user_bags.take(users), self.user_out)
        return answer

    def logits(self, before: Before, events: Events, items: Items) -> Tensor:
        """(n_states, n_taking_part): log P(item) but for a constant per state."""
        return torch.addmm(items.bias, self.answers(before, events), items.vectors.T)
