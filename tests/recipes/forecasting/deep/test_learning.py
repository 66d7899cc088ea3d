"""When learning ends, and with which weights."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from presage.recipes.data import Training
from presage.recipes.forecasting.deep.learning import Schedule, held_steps, learn

from ..panels import panel_of, seasonal
from .test_windows import windows_of

SCHEDULE = Schedule(epochs=30, rate=0.1)


class Told:
    """Keeps what a training tells of itself."""

    def __init__(self):
        self.losses, self.fractions = [], []

    def training(self, **how):
        return Training(monitor=self.monitor, **how)

    def monitor(self, fraction, loss):
        self.fractions.append(fraction)
        self.losses.append(loss)


class Constant(nn.Module):
    """Says the same of every step."""

    def __init__(self):
        super().__init__()
        self.value = nn.Parameter(torch.tensor(5.0))


def squared(network, batch):
    return ((batch.target - network.value) ** 2 * batch.known).mean(1)


def learned(schedule=SCHEDULE, n_steps=80, **how):
    network, told = Constant(), Told()
    learn(network, windows_of(panel_of(seasonal(6, n_steps))), squared, schedule, told.training(**how))
    return float(network.value.detach()), told


def test_a_network_learns_until_held_windows_are_not_foreseen_better():
    value, told = learned(replace(SCHEDULE, epochs=1000))
    assert abs(value) < 0.3
    best = np.argmin(told.losses)
    assert best < len(told.losses) < best + 2 + SCHEDULE.patience


def test_at_most_so_many_epochs():
    assert len(learned(replace(SCHEDULE, epochs=3))[1].losses) == 3


def test_a_rate_that_falls_before_learning_ends_makes_it_longer():
    short, long = (
        learned(replace(SCHEDULE, epochs=1000, rate=1.0, patience=3, n_decays=n))[1].losses for n in (0, 2)
    )
    assert long[: len(short)] == short
    assert len(long) >= len(short) + 6


def test_a_deadline_ends_learning_with_the_batch_in_hand():
    value, told = learned(deadline=0.0)
    assert len(told.losses) == 1
    assert value != 5


@pytest.mark.parametrize(
    ("n_steps", "horizon", "held"), [(1000, 24, 100), (9000, 24, 168), (60, 9, 9), (20, 9, 0)]
)
def test_held_steps_are_a_tenth_within_one_and_seven_horizons(n_steps, horizon, held):
    assert held_steps(n_steps, horizon) == held


def test_a_history_too_short_for_held_windows_is_learned_all_the_same():
    value, told = learned(n_steps=20)
    assert abs(value) < 5
    assert len(told.losses) == 20


def test_the_mean_of_the_best_weights_is_kept():
    one, many = (learned(replace(SCHEDULE, epochs=4, n_averaged=n))[0] for n in (1, 4))
    assert 5 > many > one
