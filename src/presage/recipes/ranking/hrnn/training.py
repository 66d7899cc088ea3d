"""How a hierarchical recurrent network learns: batches of histories, softmax over items, early stopping."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, embedding

from ...data import Longs, Training
from ...distributed import agreed, is_over, rank_share
from ...optimiser import Adam
from .examples import Examples
from .network import Before, Network
from .plan import Plan
from .sessions import Pieces
from .softmax import Choices, sampled_loss


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


def train(network: Network, examples: Examples, plan: Plan, training: Training) -> Judged:
    """Fit `network` in place, to where it predicts held events best (or learned ones, if none are held).

    A deadline ends learning after the batch in hand; what was learned until then counts if it is the best.
    """
    rng = np.random.default_rng(training.seed)
    steps = -(-len(examples.events.pieces.first) // plan.batch_rows)
    optimiser = Adam(network.parameters(), rate=plan.learning_rate, rise=steps, steps=steps * plan.epochs)
    best, best_state, idle = float("inf"), _copy(network), 0
    for epoch in range(plan.epochs):
        batches = _until(training, _batches(examples.events.pieces, plan.batch_rows, rng))
        loss = _pass(network, examples, optimiser, batches, plan.n_negatives)
        held = agreed(judge(network, examples).loss)
        loss = loss if np.isnan(held) else held
        training.report(f"learning, loss {loss:.3f}", (epoch + 1) / plan.epochs)
        training.monitor((epoch + 1) / plan.epochs, loss)
        idle += 1
        if loss < best:
            best, best_state, idle = loss, _copy(network), 0
        if is_over(training) or idle == plan.patience:
            break
    network.load_state_dict(best_state)
    training.report("learned", 1.0)
    return judge(network, examples)


@torch.no_grad()
def judge(network: Network, examples: Examples) -> Judged:
    """Predict every held event from the events before it."""
    network.eval()
    events = examples.events
    items, held = network.all_items(events), np.flatnonzero(examples.held.cpu().numpy())
    rows = _rows_of(events.pieces, held)
    logits, found = [items.vectors.new_zeros(0, len(items.bias))], [events.item.new_zeros(0)]
    for first in range(0, len(rows), 256):
        before = network.read(items, events, rows[first : first + 256])
        before = before.take(examples.held[before.event])
        logits.append(network.logits(before, events, items))
        found.append(before.event)
    logit, event = torch.cat(logits), torch.cat(found)
    network.train()
    return Judged(logit=logit, event=event, loss=float(cross_entropy(logit, events.item[event])))


def _until(training: Training, batches: Iterator[Longs]) -> Iterator[Longs]:
    """The batches up to and with the one in hand at the deadline."""
    for batch in batches:
        yield batch
        if is_over(training):
            return


def _pass(
    network: Network, examples: Examples, optimiser: Adam, batches: Iterator[Longs], n_negatives: int
) -> float:
    """One pass over the data in place; the mean loss per event."""
    total, n_events = 0.0, 0
    for rows in batches:
        n_learned = int(examples.learn[examples.events.pieces.events(rows)].sum())
        if n_learned:
            share = rank_share(rows)
            weight = examples.weight[examples.events.pieces.events(share)].sum()
            loss = optimiser.step(_loss(network, examples, rows, share, n_negatives), weight)
            total, n_events = total + loss.item() * n_learned, n_events + n_learned
    return total / max(1, n_events)


def _loss(network: Network, examples: Examples, rows: Longs, share: Longs, n_negatives: int) -> Tensor:
    """Mean loss of the right items of some rows, among all items or among a sample that stands for all.

    Parameters
    ----------
    rows : of the whole batch, whose items take part
    share : those that are read
    """
    events, n_items = examples.events, len(examples.popularity)
    if n_items <= n_negatives:
        items = network.all_items(events)
        before = network.read(items, events, share)
        logit, right = network.logits(before, events, items), events.item[before.event]
        return _weight(examples, before) @ cross_entropy(logit, right, reduction="none")
    proposal = (examples.popularity + 1) ** 0.75
    sample = torch.multinomial(proposal, n_negatives, replacement=True)
    used = torch.unique(torch.cat([sample, events.item[events.pieces.events(rows)]]))
    items = network.items(events, used)
    before = network.read(items, events, share)
    right, drawn = items.place[events.item[before.event]], items.place[sample]
    bias = items.bias - torch.log(proposal[used] / proposal.sum() * n_negatives)
    return sampled_loss(
        network.answers(before, events),
        Choices(item=right, vector=before.vector, bias=bias[right]),
        Choices(item=drawn, vector=embedding(drawn, items.vectors), bias=bias[drawn]),
        _weight(examples, before),
    )


def _weight(examples: Examples, before: Before) -> Tensor:
    """(n_states,): how much the event after each state counts, so that those learned count 1 together."""
    weight = examples.weight[before.event]
    return weight / weight.sum().clamp_min(torch.finfo(weight.dtype).tiny)


def _rows_of(pieces: Pieces, event: Longs) -> Longs:
    """The rows that hold some events."""
    piece = np.searchsorted(pieces.begin, event, side="right") - 1
    return np.unique(np.searchsorted(pieces.first, piece, side="right") - 1)


def _batches(pieces: Pieces, batch_rows: int, rng: np.random.Generator) -> Iterator[Longs]:
    """All rows in random batches whose rows have about equally many pieces."""
    order = np.argsort(pieces.count * rng.uniform(0.8, 1.25, len(pieces.count)))
    batches = [order[first : first + batch_rows] for first in range(0, len(order), batch_rows)]
    for index in rng.permutation(len(batches)):
        yield batches[index]


def _copy(network: Network) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in network.state_dict().items()}
