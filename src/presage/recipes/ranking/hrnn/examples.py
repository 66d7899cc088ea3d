"""What a network learns from and is judged by: the events of a log as tensors."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ...data import Interactions
from ..selection import Mask, last_events
from .network import Events
from .plan import Plan
from .sessions import cut_history
from .source import Source

MOST_SCORES = 10**8  # of held-out events that are kept in memory at once


@dataclass(frozen=True, kw_only=True)
class Examples:
    """What there is to learn from.

    Parameters
    ----------
    events : what the network reads
    learn, held : (n_events,), whether to learn to predict an event, or to judge by it
    weight : (n_events,), how much each event counts that is learned, 0 for the others
    popularity : (n_items,), events that are learned, per item
    """

    events: Events
    learn: Tensor
    held: Tensor
    weight: Tensor
    popularity: Tensor


def examples_of(source: Source, plan: Plan, *, seed: int, device: str) -> Examples:
    """The log with its items renumbered to those seen, and a few last events held out."""
    log, seen = source.log, source.seen
    pieces = cut_history(log.user, log.time, gap=source.gap, bptt=plan.bptt, window=plan.window)
    held = _held_out(log, seed)
    learn = ~held
    learn[pieces.begin[pieces.first[~pieces.is_start]]] = False  # what came before them is out of sight
    own_vector = np.where(source.cold[seen], 0, 1).astype(np.float32)[:, None]
    popularity = np.bincount(source.item[learn], minlength=len(seen)).astype(np.float32)
    events = Events(
        item=torch.as_tensor(source.item, device=device),
        user=log.user.astype(np.int64),
        pieces=pieces,
        own_vector=torch.as_tensor(own_vector, device=device),
        item_bags=source.item_bags(),
        user_bags=source.users.encode(log.user_features, log.n_users),
        context_bags=source.contexts.encode(log.context, len(log.item)),
    )
    return Examples(
        events=events,
        learn=torch.as_tensor(learn, device=device),
        held=torch.as_tensor(held, device=device),
        weight=torch.as_tensor(log.weights * learn, device=device),
        popularity=torch.as_tensor(popularity, device=device),
    )


def _held_out(log: Interactions, seed: int) -> Mask:
    """(n_events,): the last event of a tenth of the users who have several; of more if that is few."""
    several = int((np.bincount(log.user) > 1).sum())
    few, many = 100, min(1000, MOST_SCORES // log.n_items)
    return last_events(log, max(few, min(many, several // 10)), seed)
