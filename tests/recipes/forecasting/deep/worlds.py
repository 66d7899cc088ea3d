"""Panels whose rule is known."""

import numpy as np

from presage.recipes.forecasting.panel import Attribute, Related

from ..panels import panel_of

N_SERIES, N_STEPS, HORIZON = 16, 44, 4


def promoted(*, is_known_ahead=True, seed=0):
    """Series that triple when they are promoted; and what comes after the history (n_series, HORIZON)."""
    rng = np.random.default_rng(seed)
    n = N_STEPS + HORIZON
    promotion = (rng.random((N_SERIES, n)) < 0.3).astype(np.float32)
    values = rng.uniform(10, 90, (N_SERIES, 1)) * (1 + 2 * promotion) * rng.uniform(0.95, 1.05, (N_SERIES, n))
    related = promotion if is_known_ahead else promotion[:, :N_STEPS]
    panel = panel_of(
        values[:, :N_STEPS],
        "Y",
        n_ahead=HORIZON,
        related={"promotion": Related(values=related, is_known_ahead=is_known_ahead)},
    )
    return panel, values[:, N_STEPS:]


def branded(seed=0):
    """Series of two brands, of about 10 and about 1000, the last of each without a history."""
    rng = np.random.default_rng(seed)
    code = np.repeat(np.arange(2, dtype=np.int32), N_SERIES // 2)
    level = np.where(code, 1000.0, 10.0)[:, None]
    target = level * rng.uniform(0.7, 1.3, (N_SERIES, N_STEPS))
    target[N_SERIES // 2 - 1], target[-1] = np.nan, np.nan
    return panel_of(target, "Y", attributes={"brand": Attribute(code=code, n_values=2)})
