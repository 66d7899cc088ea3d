"""How long and how hard to learn, by the size of the log."""

from dataclasses import dataclass, replace

import numpy as np

from ...data import Interactions


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How long and how hard to learn.

    Parameters
    ----------
    hidden : the length of every state and item vector
    bptt : gradients go back through at most this many events of a session
    window : histories are read in windows of this many events
    batch_rows : windows per step
    epochs : passes over the data
    patience : learning ends early after so many passes without gain
    learning_rate : the highest; it rises over the first pass and then falls to nothing along a cosine
    drop : the part of inputs and states that is hidden in each step
    n_negatives : with more items than this, a step scores only so many beside the right one
    """

    hidden: int
    bptt: int
    window: int = 128
    batch_rows: int = 32
    epochs: int = 10
    patience: int = 3
    learning_rate: float = 4e-3
    drop: float = 0.2
    n_negatives: int = 512


def plan_for(hidden: int, bptt: int, log: Interactions) -> Plan:
    """A plan that takes seconds for thousands of events and minutes for millions."""
    n_rows = max(1, len(np.unique(log.user)))
    per_row = min(len(log.item) / n_rows, Plan.window)
    per_step = np.clip(len(log.item) / 10, 128, 4096)
    small = len(log.item) < 100_000
    return Plan(
        hidden=hidden,
        bptt=bptt,
        batch_rows=int(np.clip(per_step / per_row, 16, 1024)),
        learning_rate=1e-2 if small else 4e-3,
    )


def shortened(plan: Plan) -> Plan:
    """The plan for a network that has learned before."""
    return replace(plan, epochs=3)
