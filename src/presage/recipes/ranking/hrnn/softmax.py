"""How far a network is from the right items: softmax over them and a sample that stands for all others.

Source: Jean, Cho, Memisevic, Bengio, On using very large target vocabulary for neural machine translation,
ACL 2015.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import softplus


@dataclass(frozen=True, kw_only=True)
class Choices:
    """Items that answers are multiplied with.

    Parameters
    ----------
    item : (n,), which they are
    vector, bias : (n, d) and (n,); in the bias of a drawn item is how often it was to be drawn
    """

    item: Tensor
    vector: Tensor
    bias: Tensor


def sampled_loss(answer: Tensor, right: Choices, drawn: Choices, weight: Tensor) -> Tensor:
    """The weighted sum of -log P(right item) among it and the drawn ones, those equal to it left out.

    Parameters
    ----------
    answer : (n_answers, d)
    right, drawn : n_answers and n_drawn items
    weight : (n_answers,), how much each answer counts
    """
    equal = _equal(right.item, drawn.item)
    loss: Any = _Sampled.apply(equal, weight, answer, right.vector, right.bias, drawn.vector, drawn.bias)
    return loss


def _equal(right: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor]:
    """Every pair of rows of the two that hold the same item."""
    ordered, order = torch.sort(drawn)
    first = torch.searchsorted(ordered, right)
    count = torch.searchsorted(ordered, right, right=True) - first
    event = torch.repeat_interleave(torch.arange(len(right), device=right.device), count)
    begin = torch.repeat_interleave(first - (torch.cumsum(count, 0) - count), count)
    return event, order[begin + torch.arange(len(event), device=right.device)]


class _Sampled(torch.autograd.Function):
    """`sampled_loss` and its gradient, which needs no more than the probabilities."""

    @staticmethod
    def forward(ctx: Any, equal: tuple[Tensor, Tensor], weight: Tensor, *tensors: Tensor) -> Tensor:
        answer, right, right_bias, drawn, drawn_bias = tensors
        logit = torch.addmm(drawn_bias, answer, drawn.t())
        logit[equal] = torch.finfo(logit.dtype).min
        top = logit.amax(1)
        share = torch.softmax(logit, 1)
        wrong = top - share.amax(1).log()  # log of the sum of exp(logit): the largest share is exp(top) of it
        gap = wrong - ((answer * right).sum(1) + right_bias)
        to_right = -weight * torch.sigmoid(gap)
        share *= -to_right[:, None]
        ctx.save_for_backward(answer, right, drawn, to_right, share)
        return weight @ softplus(gap)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        answer, right, drawn, to_right, to_drawn = ctx.saved_tensors
        d_answer = torch.addcmul(to_drawn @ drawn, to_right[:, None], right)
        found = d_answer, to_right[:, None] * answer, to_right, to_drawn.t() @ answer, to_drawn.sum(0)
        return None, None, *(part * gradients[0] for part in found)
