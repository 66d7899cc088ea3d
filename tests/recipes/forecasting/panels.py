"""Small panels for tests."""

import numpy as np

from presage.recipes.forecasting.frequency import Frequency
from presage.recipes.forecasting.panel import Attribute, Panel, Related


def panel_of(target, frequency="D", first="2024-01-01", **more):
    return Panel(
        target=np.array(target, float),
        first=np.datetime64(first),
        frequency=Frequency.parse(frequency),
        **more,
    )


def seasonal(n_series=6, n_steps=56, season=7, seed=0):
    """(n_series, n_steps), levels, a season and noise, all above 0."""
    rng = np.random.default_rng(seed)
    level = rng.uniform(20, 200, n_series)[:, None]
    shape = 1 + 0.4 * np.sin(2 * np.pi * np.arange(n_steps) / season + rng.uniform(0, 6, (n_series, 1)))
    return level * shape * rng.uniform(0.9, 1.1, (n_series, n_steps))


N_STEPS = 42


def awkward(n_ahead=9, frequency="D"):
    """10 series of every kind, with related series, a shared one and an attribute."""
    target = np.concatenate([seasonal(4, N_STEPS), np.full((6, N_STEPS), np.nan)])
    target[4, :] = 5.0  # constant
    target[5, -1] = 3.0  # one point
    target[6, -4:] = [1, 2, 3, 4]  # shorter than the horizon
    target[7] = np.where(np.arange(N_STEPS) % 5 == 0, np.nan, seasonal(1, N_STEPS, seed=1)[0])  # gaps
    target[8] = np.random.default_rng(2).poisson(0.3, N_STEPS)  # intermittent; the last has no history
    rng = np.random.default_rng(3)
    price = rng.uniform(1, 2, (10, N_STEPS + n_ahead)).astype(np.float32)
    price[3, :30] = np.nan
    visits = rng.uniform(0, 9, (10, N_STEPS)).astype(np.float32)
    holiday = (np.arange(N_STEPS + n_ahead) % 20 == 0).astype(np.float32)
    return panel_of(
        target,
        frequency,
        n_ahead=n_ahead,
        related={
            "price": Related(values=price, is_known_ahead=True),
            "visits": Related(values=visits, is_known_ahead=False),
        },
        shared={"holiday": holiday},
        attributes={"brand": Attribute(code=(np.arange(10) % 3 - 1).astype(np.int32), n_values=2)},
    )
