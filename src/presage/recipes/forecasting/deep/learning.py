"""How networks learn from windows: random batches, averaged weights, an end when held windows say so."""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ...data import Training
from ...distributed import agreed, is_over
from ...optimiser import Adam
from .windows import Batch, Sampler, Windows

MOST_BATCHES = 50
"""Batches in an epoch; fewer if the windows are few."""
WITHOUT_JUDGE = 20
"""Epochs where the history is too short for held windows."""
AVERAGED_OVER = 50
"""Steps over which weights are averaged."""
RISE = 20
"""Steps in which the rate of learning rises."""
COLD = 0.1
"""The part of the windows whose history is hidden, where attributes can tell of cold series."""
MOST_HELD = 600

Loss = Callable[[Any, Batch], Tensor]
"""(network, windows) -> (b,), of each window."""


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """How long and how fast to learn.

    Parameters
    ----------
    epochs : at most
    patience : so many epochs without a gain of `least_gain` end learning, or lower its rate
    n_decays, decay : how often the rate is multiplied by `decay` before learning ends
    n_averaged : so many of the best epochs' weights are averaged
    finish : at the end the held windows are learned too, for this part of the steps
    """

    epochs: int
    rate: float
    batch_size: int = 64
    patience: int = 8
    least_gain: float = 5e-4
    n_decays: int = 0
    decay: float = 0.5
    n_averaged: int = 1
    finish: float = 0.0


def held_steps(n_steps: int, horizon: int) -> int:
    """How many of the last steps judge when to stop: a tenth of the history, at most seven horizons."""
    held = max(horizon, min(n_steps // 10, 7 * horizon))
    return held if n_steps - held >= 2 * horizon else 0


def learn(network: nn.Module, windows: Windows, loss: Loss, schedule: Schedule, training: Training) -> None:
    """Fit `network` in place. A deadline ends learning after the batch in hand."""
    n_steps = windows.inputs.n_steps
    held = held_steps(n_steps, windows.horizon)
    sampler = Sampler.until(windows, n_steps - held, COLD)
    if not held or not sampler.n_origins:
        held, sampler = 0, Sampler.until(windows, n_steps, COLD)
    if sampler.n_origins:
        judges = _held(windows, n_steps - held, np.random.default_rng(training.seed + 1)) if held else []
        _Learning(network, windows, loss, schedule, training).run(sampler, judges)
    training.report("learned", 1.0)


class _Learning:
    """The learning of one network."""

    def __init__(
        self, network: nn.Module, windows: Windows, loss: Loss, schedule: Schedule, training: Training
    ) -> None:
        self.network, self.windows, self.loss = network, windows, loss
        self.schedule, self.training = schedule, training
        self.rng = np.random.default_rng(training.seed)
        self.averaged = copy.deepcopy(network)
        self.optimiser = Adam(network.parameters(), rate=schedule.rate, rise=RISE, steps=10**9)
        self.n_steps = 0

    def run(self, sampler: Sampler, judges: Sequence[Batch]) -> None:
        """Learn, and leave the best weights in the network."""
        plan, training = self.schedule, self.training
        n_batches = int(np.clip(sampler.n_origins // plan.batch_size, 1, MOST_BATCHES))
        best: list[tuple[float, int, dict[str, Tensor]]] = []
        mark, idle, n_decays = float("inf"), 0, 0
        epochs = plan.epochs if judges else min(plan.epochs, WITHOUT_JUDGE)
        for epoch in range(epochs):
            self._steps(sampler, n_batches)
            found = self._judged(judges) if judges else -float(epoch)
            done = (epoch + 1) / epochs
            training.report(f"learning, loss {found:.4f}", done)
            training.monitor(done, found)
            mark, idle = (found, 0) if found < mark - plan.least_gain else (mark, idle + 1)
            best = sorted([*best, (found, self.n_steps, _copy(self.averaged))], key=lambda one: one[0])
            best = best[: plan.n_averaged]
            if is_over(training):
                break
            if idle == plan.patience:
                if n_decays == plan.n_decays:
                    break
                idle, n_decays = 0, n_decays + 1
                self.optimiser.rate *= plan.decay
        self.network.load_state_dict(_mean([weights for _, _, weights in best]))
        if judges and plan.finish:
            self._finish(round(best[0][1] * plan.finish))

    def _finish(self, n_steps: int) -> None:
        """Go on with all windows."""
        self.averaged.load_state_dict(self.network.state_dict())
        self._steps(Sampler.until(self.windows, self.windows.inputs.n_steps, COLD), n_steps)
        self.network.load_state_dict(self.averaged.state_dict())

    def _steps(self, sampler: Sampler, n: int) -> None:
        self.network.train()
        batches = sampler.batches(self.windows, self.schedule.batch_size, self.rng)
        for _ in range(n):
            self._step(next(batches))
            if is_over(self.training):
                return

    def _step(self, batch: Batch) -> None:
        self.optimiser.step(_mean_loss(self.loss(self.network, batch), batch), batch.weight.sum())
        self.n_steps += 1
        with torch.no_grad():
            part = 1 / min(self.n_steps, AVERAGED_OVER)
            for mean, new in zip(self.averaged.parameters(), self.network.parameters(), strict=True):
                mean.lerp_(new, part)

    @torch.no_grad()
    def _judged(self, judges: Sequence[Batch]) -> float:
        """The mean loss of the held windows."""
        self.averaged.eval()
        sums = np.zeros(2)
        for batch in judges:
            sums += float(self.loss(self.averaged, batch) @ batch.weight), float(batch.weight.sum())
        return agreed(sums[0] / max(sums[1], 1e-9))


def _mean_loss(loss: Tensor, batch: Batch) -> Tensor:
    return loss @ batch.weight / batch.weight.sum().clamp_min(1e-9)


def _held(windows: Windows, begin: int, rng: np.random.Generator) -> list[Batch]:
    """Windows without overlap from `begin` on, of some series if there are many."""
    n_steps = windows.inputs.n_steps
    origins = np.arange(n_steps - windows.horizon, begin - 1, -windows.horizon)
    rows = np.flatnonzero(windows.first < begin)
    most = max(1, MOST_HELD // len(origins))
    if len(rows) > most:
        rows = np.sort(rng.choice(rows, most, replace=False))
    pairs = np.stack(np.meshgrid(rows, origins, indexing="ij"), axis=-1).reshape(-1, 2)
    parts = np.array_split(pairs, -(-len(pairs) // 256)) if len(pairs) else []
    return [windows.cut(part[:, 0], part[:, 1], np.zeros(len(part), bool)) for part in parts]


def _copy(network: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in network.state_dict().items()}


def _mean(many: Sequence[dict[str, Tensor]]) -> dict[str, Tensor]:
    return {name: torch.stack([one[name] for one in many]).mean(0) for name in many[0]}
