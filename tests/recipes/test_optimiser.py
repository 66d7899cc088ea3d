import numpy as np
import pytest
import torch

from presage.recipes.optimiser import Adam


def test_steps_are_those_of_the_paper():
    weight = torch.nn.Parameter(torch.tensor([1.0, -2.0]))
    unused = torch.nn.Parameter(torch.tensor([5.0]))
    adam = Adam([weight, unused], rate=0.1, rise=2, steps=4, clip=1e9)
    value, mean, square = np.array([1.0, -2.0]), np.zeros(2), np.zeros(2)
    for step, rate in enumerate([0.05, 0.1, 0.1, 0.05], start=1):
        adam.step((weight**3).sum(), torch.tensor(1.0))
        gradient = 3 * value**2
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.98 * square + 0.02 * gradient**2
        value -= rate * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.98**step)) + 1e-8)
        np.testing.assert_allclose(weight.detach(), value, rtol=1e-5)
    assert unused.item() == 5.0


def test_the_rate_rises_and_then_falls_to_nothing():
    adam = Adam([torch.nn.Parameter(torch.zeros(1))], rate=1.0, rise=4, steps=12)
    rates = [adam.rate_at(step) for step in range(13)]
    assert rates[:5] == [0.25, 0.5, 0.75, 1.0, 1.0]
    assert rates[8] == pytest.approx(0.5)
    assert rates[12] == pytest.approx(0.0)
    assert adam.rate_at(99) == pytest.approx(0.0)


def test_a_long_gradient_is_shortened():
    weight = torch.nn.Parameter(torch.tensor([3.0]))
    adam = Adam([weight], rate=0.1, rise=1, steps=2, clip=1.0)
    adam.step((weight * 1e6).sum(), torch.tensor(1.0))
    assert adam.mean[0].item() == pytest.approx(0.1)
