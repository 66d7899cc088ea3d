"""Adam whose rate rises and falls, on torch's fused kernel."""

import math
from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.optim.adam import adam

from .distributed import averaged


class Adam:
    """Adam with a rate that rises over the first steps and then falls to nothing along a cosine.

    It stands in for `torch.optim.Adam`, whose first use imports torch's compiler: nearly two seconds,
    which is longer than a small log takes to learn.

    Parameters
    ----------
    rate : the highest learning rate
    rise, steps : when it is reached, and when it is 0
    clip : a longer gradient is shortened to this

    Source: Kingma, Ba, Adam: a method for stochastic optimization, ICLR 2015.
    """

    def __init__(
        self, parameters: Iterable[nn.Parameter], *, rate: float, rise: int, steps: int, clip: float = 5.0
    ) -> None:
        self.parameters = list(parameters)
        self.rate, self.rise, self.steps, self.clip = rate, rise, steps, clip
        self.mean = [torch.zeros_like(parameter) for parameter in self.parameters]
        self.square = [torch.zeros_like(parameter) for parameter in self.parameters]
        self.count = [torch.zeros((), device=parameter.device) for parameter in self.parameters]

    def rate_at(self, step: int) -> float:
        """The learning rate of a step, the first of which is 0."""
        if step < self.rise:
            return self.rate * (step + 1) / self.rise
        done = (step - self.rise) / max(1, self.steps - self.rise)
        return self.rate * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))

    def step(self, loss: Tensor, weight: Tensor) -> Tensor:
        """Move the parameters against the gradient of a mean loss; with several ranks, of the mean of all.

        Parameters
        ----------
        weight : (), how much counts what this rank's loss is the mean of

        Returns
        -------
        the loss, of all ranks
        """
        gradients = torch.autograd.grad(loss, self.parameters, materialize_grads=True)
        gradients, loss = averaged(gradients, loss, weight)
        length = nn.utils.get_total_norm(gradients)
        with torch.no_grad():
            adam(
                list[Tensor](self.parameters),
                list(gradients),
                self.mean,
                self.square,
                [],
                self.count,
                grad_scale=torch.clamp(length / self.clip, min=1.0),
                fused=True,
                amsgrad=False,
                beta1=0.9,
                beta2=0.98,
                lr=self.rate_at(int(self.count[0].item())),
                weight_decay=0.0,
                eps=1e-8,
                maximize=False,
            )
        return loss
