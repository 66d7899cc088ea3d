"""How a hierarchical recurrent network learns: batches of histories, softmax over items, early stopping."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from ..data import Longs, Report
from .hrnn_network import Events, Network
from .hrnn_optimiser import Adam
from .hrnn_plan import Plan
from .sessions import Pieces


@dataclass(frozen=True, kw_only=True)
class Course:
    """What there is to learn from.

    Parameters
    ----------
    events, pieces : what the network reads
    user : (n_events,)
    learn, held : (n_events,), whether to learn to predict an event, or to judge by it
    popularity : (n_items,), events that are learned, per item
    """

    events: Events
    pieces: Pieces
    user: Longs
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
    steps = -(-len(course.pieces.first) // plan.batch_rows)
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
    pieces, events = course.pieces, course.events
    vectors = network.item_vectors(events)
    row_of = np.repeat(np.arange(len(pieces.first)), pieces.count)
    piece_of = np.searchsorted(pieces.begin, np.flatnonzero(course.held.numpy()), side="right") - 1
    rows = _longest_first(pieces, np.unique(row_of[piece_of]))
    logits, found = [vectors.new_zeros(0, len(vectors))], [torch.zeros(0, dtype=torch.long)]
    for part in np.array_split(rows, -(-len(rows) // 256) or 1):
        if len(part):
            state, event = network.states(vectors, events, pieces, part)
            state, event = state[course.held[event]], event[course.held[event]]
            logits.append(network.logits(state, event, course.user[event.numpy()], events, vectors))
            found.append(event)
    logit, event = torch.cat(logits), torch.cat(found)
    network.train()
    return Judged(logit=logit, event=event, loss=float(cross_entropy(logit, events.item[event])))


def _pass(network: Network, course: Course, plan: Plan, optimiser: Adam, rng: np.random.Generator) -> float:
    """One pass over the data in place; the mean loss per event."""
    total, n_events = 0.0, 0
    for rows in _batches(course.pieces, plan.batch_rows, rng):
        vectors = network.item_vectors(course.events)
        state, event = network.states(vectors, course.events, course.pieces, rows)
        state, event = state[course.learn[event]], event[course.learn[event]]
        if not len(event):
            continue
        loss = _loss(network, course, plan, vectors, (state, event))
        optimiser.step(loss)
        total, n_events = total + loss.item() * len(event), n_events + len(event)
    return total / max(1, n_events)


def _loss(
    network: Network, course: Course, plan: Plan, vectors: Tensor, told: tuple[Tensor, Tensor]
) -> Tensor:
    """Cross entropy of the right items among all, or among a sample that stands for all.

    Source of the sampled form: Jean, Cho, Memisevic, Bengio, On using very large target vocabulary for neural
    machine translation, ACL 2015.
    """
    state, event = told
    user, right = course.user[event.numpy()], course.events.item[event]
    if len(vectors) <= plan.n_negatives:
        return cross_entropy(network.logits(state, event, user, course.events, vectors), right)
    proposal = (course.popularity + 1) ** 0.75
    sample = torch.multinomial(proposal, plan.n_negatives, replacement=True)
    expected = torch.log(proposal / proposal.sum() * plan.n_negatives)
    answer = network.answers(state, event, user, course.events)
    positive = (answer * vectors[right]).sum(1) + (network.bias - expected)[right]
    negative = torch.addmm((network.bias - expected)[sample], answer, vectors[sample].T)
    negative = negative.masked_fill(sample == right[:, None], float("-inf"))
    return (torch.cat([positive[:, None], negative], 1).logsumexp(1) - positive).mean()


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
