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


def awkward(n_ahead=9, frequency="D"):
    """Series of every kind, with related series, a shared one and an attribute."""
    target = np.concatenate([seasonal(6), np.full((6, 56), np.nan)])
    target[6, :] = 5.0  # constant
    target[7, -1] = 3.0  # one point
    target[8, -4:] = [1, 2, 3, 4]  # shorter than the horizon
    target[9] = np.where(np.arange(56) % 5 == 0, np.nan, seasonal(1, seed=1)[0])  # gaps
    target[10] = np.random.default_rng(2).poisson(0.3, 56)  # intermittent; the last has no history
    rng = np.random.default_rng(3)
    price = rng.uniform(1, 2, (12, 56 + n_ahead)).astype(np.float32)
    price[3, :30] = np.nan
    visits = rng.uniform(0, 9, (12, 56)).astype(np.float32)
    holiday = (np.arange(56 + n_ahead) % 20 == 0).astype(np.float32)
    return panel_of(
        target,
        frequency,
        n_ahead=n_ahead,
        related={
            "price": Related(values=price, is_known_ahead=True),
            "visits": Related(values=visits, is_known_ahead=False),
        },
        shared={"holiday": holiday},
        attributes={"brand": Attribute(code=(np.arange(12) % 3 - 1).astype(np.int32), n_values=2)},
    )
