"""How a network of linear recurrences learns: windows of histories, softmax over a sample of items."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from ...data import Floats, Interactions, Longs, Training
from ...distributed import is_over, rank_share
from ...optimiser import Adam
from ..hrnn.softmax import Choices, sampled_loss
from ..hrnn.transfer import to_array
from ..ragged import bounds
from .model import PARTS, Layer, LinearRecurrenceModel
from .network import LearningLayer, Network

N_NEGATIVES = 512
FEWEST_ROWS, MOST_ROWS, FEWEST_STEPS = 8, 32, 10
"""Windows a step, unless a pass would then have fewer steps."""
NOTHING = -1


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How large the network is, and how long it learns.

    Parameters
    ----------
    window : histories are read in windows of this many events
    epochs : passes over the data
    learning_rate : the highest; it rises over the first pass and then falls to nothing along a cosine
    """

    d: int
    n_layers: int
    n_decays: int
    window: int
    epochs: int
    learning_rate: float
    hidden: float = 0.2


def fit_network(log: Interactions, plan: Plan, training: Training) -> LinearRecurrenceModel:
    """A model of a log with at least one event; a deadline ends learning after the pass in hand."""
    seen, item = np.unique(log.item, return_inverse=True)
    length = np.bincount(log.user, minlength=log.n_users)
    histories = Histories(
        start=bounds(length),
        item=item.astype(np.int64),
        weight=log.weights,
        window=min(plan.window, max(1, int(length.max()) - 1)),
    )
    popularity = torch.as_tensor(np.bincount(item), dtype=torch.float32, device=training.device)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(training.seed)
        network = Network(
            popularity, d=plan.d, n_layers=plan.n_layers, n_decays=plan.n_decays, hidden=plan.hidden
        ).to(training.device)
        training.together(_learn, network, histories, popularity, plan)
    return to_model(network, seen.astype(np.int64), log.n_items)


@dataclass(frozen=True, kw_only=True)
class Histories:
    """All users' events, one user after the other.

    Parameters
    ----------
    start : (n_users + 1,), where each user's events begin
    item : (n_events,), rows of the items that have events
    weight : (n_events,), how much each counts
    window : so many events are read at once at most
    """

    start: Longs
    item: Longs
    weight: Floats
    window: int

    def windows(self, rng: np.random.Generator) -> tuple[Longs, Longs]:
        """(n,) each: where windows begin and end; the first one of a long history is of any length.

        A window ends with the first event of the next one, which is predicted in it and read in that one.
        """
        first: list[int] = []
        last: list[int] = []
        for begin, end in pairwise(self.start.tolist()):
            n = end - begin - 1
            offset = int(rng.integers(0, self.window)) if n > self.window else 0
            edges = [*([0] if offset else []), *range(offset, n, self.window), n]
            first += [begin + edge for edge in edges[:-1]]
            last += [begin + edge + 1 for edge in edges[1:]]
        return np.array(first, np.int64), np.array(last, np.int64)

    def batches(self, rows: int, rng: np.random.Generator) -> Iterator[tuple[Longs, Longs, Floats]]:
        """All windows once, in any order: what is read, what comes next, and how much that counts.

        Of each batch only this rank's share.

        Each (n, window); a window stands at the right, -1 and a weight of 0 where there is nothing.
        """
        first, last = self.windows(rng)
        order = rng.permutation(len(first))
        for begin in range(0, len(order), rows):
            chosen = rank_share(order[begin : begin + rows])
            place = last[chosen, None] - 1 - self.window + np.arange(self.window)
            there = place >= first[chosen, None]
            place = np.where(there, place, 0)
            after = np.where(there, place + 1, 0)
            yield (
                np.where(there, self.item[place], NOTHING),
                np.where(there, self.item[after], NOTHING),
                np.where(there, self.weight[after], 0).astype(np.float32),
            )


def _learn(
    network: Network, histories: Histories, popularity: Tensor, plan: Plan, training: Training
) -> None:
    rng = np.random.default_rng(training.seed)
    n_rows = len(histories.windows(rng)[0])
    rows = int(np.clip(n_rows // FEWEST_STEPS, FEWEST_ROWS, MOST_ROWS))
    steps = max(1, -(-n_rows // rows))
    optimiser = Adam(
        network.parameters(), rate=plan.learning_rate, rise=steps, steps=steps * plan.epochs, clip=1.0
    )
    for epoch in range(plan.epochs):
        losses: list[float] = []
        for batch in histories.batches(rows, rng):
            read, right, weight = (torch.as_tensor(part, device=training.device) for part in batch)
            learned = right >= 0
            share = weight[learned] / weight[learned].sum().clamp_min(torch.finfo(weight.dtype).tiny)
            loss = _loss(network, network.answers(read)[learned], right[learned], share, popularity)
            losses.append(optimiser.step(loss, weight[learned].sum()).item())
        loss_each = float(np.mean(losses)) if losses else 0.0
        training.report(f"learning, loss {loss_each:.3f}", (epoch + 1) / plan.epochs)
        training.monitor((epoch + 1) / plan.epochs, loss_each)
        if is_over(training):
            break
    network.eval()
    training.report("learned", 1.0)


def _loss(network: Network, answer: Tensor, right: Tensor, weight: Tensor, popularity: Tensor) -> Tensor:
    """The weighted -log of the right items, among all or among a sample that stands for all."""
    if len(popularity) <= N_NEGATIVES:
        every = torch.arange(len(popularity), device=right.device)
        logit = torch.addmm(network.bias, answer, network.vectors(every).T)
        return weight @ cross_entropy(logit, right, reduction="none")
    proposal = (popularity + 1) ** 0.75
    drawn = torch.multinomial(proposal, N_NEGATIVES, replacement=True)
    bias = network.bias - torch.log(proposal / proposal.sum() * N_NEGATIVES)
    return sampled_loss(
        answer,
        Choices(item=right, vector=network.vectors(right), bias=bias[right]),
        Choices(item=drawn, vector=network.vectors(drawn), bias=bias[drawn]),
        weight,
    )


def to_model(network: Network, seen: Longs, n_items: int) -> LinearRecurrenceModel:
    """What a network has learned; items without events are as likely as the least likely one."""
    learned = to_array(network.vector)
    vector = np.zeros((n_items, learned.shape[1]), np.float32)
    vector[seen] = learned
    bias = np.full(n_items, to_array(network.bias).min(), np.float32)
    bias[seen] = to_array(network.bias)
    return LinearRecurrenceModel(
        vector=vector,
        bias=bias,
        scale=network.log_scale.exp().item(),
        final_norm=to_array(network.final_norm),
        layers=[_to_layer(layer) for layer in network.layers if isinstance(layer, LearningLayer)],
    )


def _to_layer(layer: LearningLayer) -> Layer:
    d = len(layer.read_norm)
    decay = np.repeat(to_array(layer.decay), d // len(layer.log_rate))
    others = {part: to_array(getattr(layer, part)) for part in PARTS if part != "decay"}
    return Layer(decay=decay, **others)
