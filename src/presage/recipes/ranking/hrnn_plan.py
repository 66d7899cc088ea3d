"""How long and how hard to learn, by the size of the log."""

from dataclasses import dataclass

import numpy as np

from ..data import Interactions


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How long and how hard to learn.

    Parameters
    ----------
    hidden : the length of every state and item vector
    bptt : gradients go back through at most this many events of a session
    window : histories are read in windows of this many events
    batch_rows : windows per step
    max_epochs : the most passes over the data
    learning_rate : of the first pass; a pass without gain divides it by 4 and goes back to the best so far
    n_drops : how often that happens before learning ends
    drop : the part of inputs and states that is hidden in each step
    n_negatives : with more items than this, a step scores only so many beside the right one
    """

    hidden: int
    bptt: int
    window: int = 256
    batch_rows: int = 64
    max_epochs: int = 20
    learning_rate: float = 4e-3
    n_drops: int = 3
    drop: float = 0.2
    n_negatives: int = 512


def plan_for(hidden: int, bptt: int, log: Interactions) -> Plan:
    """A plan that takes seconds for thousands of events and minutes for millions."""
    n_rows = max(1, len(np.unique(log.user)))
    per_row = min(len(log.item) / n_rows, Plan.window)
    wanted = np.clip(len(log.item) / 16, 1024, 8192)
    return Plan(hidden=hidden, bptt=bptt, batch_rows=int(np.clip(wanted / per_row, 32, 1024)))
