"""GRUs that learn, their gradients written out: torch's autograd would keep books longer than it reckons."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn


class LearningGru(nn.Module):
    """A GRU whose parameters are those of `gru.Gru`.

    Parameters
    ----------
    d : the length of what it reads and of its states
    """

    def __init__(self, d: int) -> None:
        super().__init__()
        self.read = nn.Parameter(torch.empty(d, 3 * d).uniform_(-(d**-0.5), d**-0.5))
        self.keep = nn.Parameter(torch.empty(d, 3 * d).uniform_(-(d**-0.5), d**-0.5))
        self.bias = nn.Parameter(torch.zeros(3 * d))
        self.new_bias = nn.Parameter(torch.zeros(d))

    def forward(
        self, seen: Tensor, state: Tensor, active: Sequence[int], last: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The states before each event (n_events, d), and after each row's last (n_rows, d).

        Parameters
        ----------
        seen : (n_events, d), the first event of each row, then the second of those that have one, ...
        state : (n_rows, d), what each row begins with; rows of most events first
        active : per step, how many rows have an event
        last : (n_rows,), which event is each row's last
        """
        weights = self.read, self.keep, self.bias, self.new_bias
        states: Any = _Unrolled.apply(active, last, seen, state, *weights)
        return states


class _Unrolled(torch.autograd.Function):
    """`LearningGru.forward` and its gradient.

    Both keep a table of n_rows + n_events states: those that rows begin with, then those after each event.
    """

    @staticmethod
    def forward(ctx: Any, active: Sequence[int], last: Tensor, *tensors: Tensor) -> tuple[Tensor, Tensor]:
        seen, state, read, keep, bias, new_bias = tensors
        d, n_rows = state.shape[1], len(state)
        (read_both, read_new), (keep_both, keep_new) = (part.split([2 * d, d], 1) for part in (read, keep))
        both, new = torch.addmm(bias[: 2 * d], seen, read_both), torch.addmm(bias[2 * d :], seen, read_new)
        kept = new_bias.repeat(len(seen), 1)
        states = torch.cat([state, torch.empty_like(new)])
        befores = _before(states, active)
        parts = both, both[:, :d], both[:, d:], new, kept, states[n_rows:]
        steps = zip(befores, *(part.split(active) for part in parts), strict=True)
        for before, gates, reset, update, fresh, held, after in steps:
            gates.addmm_(before, keep_both).sigmoid_()
            held.addmm_(before, keep_new)
            fresh.addcmul_(reset, held).tanh_()
            torch.lerp(fresh, before, update, out=after)
        before = torch.cat(befores)
        ctx.active = active
        ctx.save_for_backward(seen, read, keep, before, both, new, kept, last)
        return before, states[n_rows:][last]

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        active: Sequence[int] = ctx.active
        seen, read, keep, before, both, new, kept, last = ctx.saved_tensors
        d, n_rows = len(keep), active[0]
        update, to_new, to_gates = _slopes(before, both, new, kept)
        d_states = before.new_empty(n_rows + len(before), d)
        d_states[n_rows:].index_copy_(0, last, gradients[1])
        d_gates, turned = torch.empty_like(to_gates), keep.t().contiguous()
        d_kept, d_after = d_gates.view(-1, 3 * d), d_states[n_rows:]
        parts = gradients[0], update, to_gates, d_gates, d_kept, d_after, d_after[:, None]
        steps = zip(_before(d_states, active), *(part.split(active) for part in parts), strict=True)
        for d_before, given, passed, to_gate, d_gate, d_held, after, after_each in reversed(list(steps)):
            torch.mul(after_each, to_gate, out=d_gate)
            torch.addcmul(given, after, passed, out=d_before).addmm_(d_held, turned)
        d_keep, d_new_bias = before.t() @ d_kept, d_gates[:, 2].sum(0)
        torch.mul(d_after, to_new, out=d_gates[:, 2])
        d_read, d_bias = seen.t() @ d_kept, d_kept.sum(0)
        return None, None, d_kept @ read.t(), d_states[:n_rows], d_read, d_keep, d_bias, d_new_bias


def _before(states: Tensor, active: Sequence[int]) -> list[Tensor]:
    """Per step, the states before it: views of a table of states."""
    parts = states.split([active[0], *active])
    return [part if len(part) == n else part[:n] for part, n in zip(parts, active, strict=False)]


def _slopes(before: Tensor, both: Tensor, new: Tensor, kept: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """How the states after each event grow with what made them.

    Returns (n_events, d) with the state before, (n_events, d) with what is read for the new state, and
    (n_events, 3, d) with what the state before adds to each gate.
    """
    d = new.shape[1]
    reset, update = both[:, :d], both[:, d:].contiguous()
    steep = torch.addcmul(torch.ones_like(new), new, new, value=-1)
    to_new = torch.addcmul(steep, steep, update, value=-1)
    to_gates = new.new_empty(len(new), 3, d)
    to_reset, to_update, to_kept = to_gates.unbind(1)
    torch.mul(to_new, reset, out=to_kept)
    torch.mul(torch.addcmul(kept, kept, reset, value=-1), to_kept, out=to_reset)
    torch.mul(torch.addcmul(update, update, update, value=-1), before - new, out=to_update)
    return update, to_new, to_gates
