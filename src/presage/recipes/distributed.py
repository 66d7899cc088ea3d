"""Learning by several processes at once: each reads its share of a batch, and all take the same step.

Every process, a rank of torch's default process group, has the same weights and makes the same plan of
batches. Without a process group each function gives back what it is given.
Source: Li et al., PyTorch Distributed: experiences on accelerating data parallel training, VLDB 2020.
"""

from collections.abc import Sequence

import torch
import torch.distributed as dist
from torch import Tensor

from .data import Longs, Training


def rank_share(rows: Longs) -> Longs:
    """The rows of a batch that this rank reads: all of them if there are fewer rows than ranks.

    Where all ranks read the same rows, the average of their gradients is that of one.
    """
    if not dist.is_initialized() or len(rows) < dist.get_world_size():
        return rows
    return rows[dist.get_rank() :: dist.get_world_size()]


def averaged(gradients: Sequence[Tensor], loss: Tensor, weight: Tensor) -> tuple[Sequence[Tensor], Tensor]:
    """Gradients and loss of the whole batch, the same on every rank.

    Parameters
    ----------
    gradients, loss : of the mean over this rank's share
    weight : (), how much the share counts
    """
    if not dist.is_initialized():
        return gradients, loss
    flat = torch.cat([part.flatten() for part in (*gradients, loss.detach())]) * weight
    flat = torch.cat([flat, weight.reshape(1).to(flat)])
    dist.all_reduce(flat)
    flat = flat[:-1] / flat[-1].clamp_min(torch.finfo(flat.dtype).tiny)
    *parts, mean = flat.split([*(part.numel() for part in gradients), 1])
    return [part.view_as(like) for part, like in zip(parts, gradients, strict=True)], mean[0]


def agreed(value: float) -> float:
    """What rank 0 found: machines of two kinds may differ in the last digit, and must not part there."""
    if not dist.is_initialized():
        return value
    shared = torch.tensor([value], dtype=torch.float64)
    dist.broadcast(shared, 0)
    return shared.item()


def is_over(training: Training) -> bool:
    """Whether the deadline has passed by the clock of rank 0."""
    return training.deadline is not None and bool(agreed(training.is_over))
