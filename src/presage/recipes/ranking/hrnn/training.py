"""How a hierarchical recurrent network learns: batches of histories, softmax over items, early stopping."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from ...data import Longs, Report
from .network import Events, Network
from .optimiser import Adam
from .plan import Plan
from .sessions import Pieces


@dataclass(frozen=True, kw_only=True)
class Course:
    """What there is to learn from.

    Parameters
    ----------
    events : what the network reads
    learn, held : (n_events,), whether to learn to predict an event, or to judge by it
    popularity : (n_items,), events that are learned, per item
    """

    events: Events
    learn: Tensor
    held: Tensor
    popularity: Tensor


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What a network said of the events that were held out.

    Parameters
    ----------
    logit : (n_held, n_items)
    event : (n_held,), rows of the events
    loss : the mean of -log P(item); NaN if nothing was held out
    """

    logit: Tensor
    event: Tensor
    loss: float


def train(network: Network, course: Course, plan: Plan, seed: int, report: Report) -> Judged:
    """Fit `network` in place, to where it predicts held events best (or learned ones, if none are held)."""
    rng = np.random.default_rng(seed)
    steps = -(-len(course.events.pieces.first) // plan.batch_rows)
    optimiser = Adam(network.parameters(), rate=plan.learning_rate, rise=steps, steps=steps * plan.epochs)
    best, best_state, idle = float("inf"), _copy(network), 0
    for epoch in range(plan.epochs):
        loss = _pass(network, course, plan, optimiser, rng)
        held = judge(network, course).loss
        loss = loss if np.isnan(held) else held
        report(f"learning, loss {loss:.3f}", (epoch + 1) / plan.epochs)
        idle += 1
        if loss < best:
            best, best_state, idle = loss, _copy(network), 0
        elif idle == plan.patience:
            break
    network.load_state_dict(best_state)
    report("learned", 1.0)
    return judge(network, course)


@torch.no_grad()
def judge(network: Network, course: Course) -> Judged:
    """Predict every held event from the events before it."""
    network.eval()
    events = course.events
    items, rows = network.all_items(events), _rows_of(events.pieces, np.flatnonzero(course.held.numpy()))
    logits, found = [items.vectors.new_zeros(0, len(items.bias))], [torch.zeros(0, dtype=torch.long)]
    for first in range(0, len(rows), 256):
        state, event = network.states(items, events, rows[first : first + 256])
        state, event = state[course.held[event]], event[course.held[event]]
        logits.append(network.logits(state, event, events, items))
        found.append(event)
    logit, event = torch.cat(logits), torch.cat(found)
    network.train()
    return Judged(logit=logit, event=event, loss=float(cross_entropy(logit, events.item[event])))


def _pass(network: Network, course: Course, plan: Plan, optimiser: Adam, rng: np.random.Generator) -> float:
    """One pass over the data in place; the mean loss per event."""
    total, n_events = 0.0, 0
    for rows in _batches(course.events.pieces, plan.batch_rows, rng):
        n_learned = int(course.learn[course.events.pieces.events(rows)].sum())
        if n_learned:
            loss = _loss(network, course, rows, plan.n_negatives)
            optimiser.step(loss)
            total, n_events = total + loss.item() * n_learned, n_events + n_learned
    return total / max(1, n_events)


def _loss(network: Network, course: Course, rows: Longs, n_negatives: int) -> Tensor:
    """Mean cross entropy of the right items of some rows, among all or among a sample that stands for all.

    Source of the sampled form: Jean, Cho, Memisevic, Bengio, On using very large target vocabulary for neural
    machine translation, ACL 2015.
    """
    events, n_items = course.events, len(course.popularity)
    if n_items <= n_negatives:
        items = network.all_items(events)
        state, event = _learned(course, network.states(items, events, rows))
        return cross_entropy(network.logits(state, event, events, items), events.item[event])
    proposal = (course.popularity + 1) ** 0.75
    sample = torch.multinomial(proposal, n_negatives, replacement=True)
    used = torch.unique(torch.cat([sample, events.item[events.pieces.events(rows)]]))
    items = network.items(events, used)
    state, event = _learned(course, network.states(items, events, rows))
    right, drawn = items.place[events.item[event]], items.place[sample]
    bias = items.bias - torch.log(proposal[used] / proposal.sum() * n_negatives)
    answer = network.answers(state, event, events)
    positive = (answer * items.vectors[right]).sum(1) + bias[right]
    negative = torch.addmm(bias[drawn], answer, items.vectors[drawn].T)
    negative = negative.masked_fill(drawn == right[:, None], float("-inf"))
    return (torch.cat([positive[:, None], negative], 1).logsumexp(1) - positive).mean()


def _learned(course: Course, told: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    """Of states and the events they are before, those whose event is to be learned."""
    state, event = told
    return state[course.learn[event]], event[course.learn[event]]


def _rows_of(pieces: Pieces, event: Longs) -> Longs:
    """The rows that hold some events, those of most pieces first."""
    piece = np.searchsorted(pieces.begin, event, side="right") - 1
    return _longest_first(pieces, np.unique(np.searchsorted(pieces.first, piece, side="right") - 1))


def _batches(pieces: Pieces, batch_rows: int, rng: np.random.Generator) -> Iterator[Longs]:
    """All rows in random batches whose rows are about equally long."""
    length = np.add.reduceat(pieces.length, pieces.first)
    order = np.argsort(length * rng.uniform(0.8, 1.25, len(length)), kind="stable")
    batches = [order[first : first + batch_rows] for first in range(0, len(order), batch_rows)]
    for index in rng.permutation(len(batches)):
        yield _longest_first(pieces, batches[index])


def _longest_first(pieces: Pieces, rows: Longs) -> Longs:
    return rows[np.argsort(-pieces.count[rows], kind="stable")]


def _copy(network: Network) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in network.state_dict().items()}
