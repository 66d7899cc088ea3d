"""The notebook's experiment: agents recommend, users rate, agents learn; how much is lost a period?"""

from collections.abc import Iterator, Sequence
from time import perf_counter

import numpy as np

from presage.worlds.ratings import RatingWorld

from .agents import AGENTS

METRICS = ("mean_regret", "ratings_mse", "inference_time", "training_time")
"""The columns of an agent, each followed by `_` and its name; times are in seconds."""
Row = dict[str, float]


def regrets(world: RatingWorld, agents: Sequence[str], n_periods: int, n_requests: int) -> Iterator[Row]:
    """A row a period, as it ends. All agents are asked by the same users, with the same noise.

    `ratings_mse` is between predicted and expected rating of what was recommended, NaN where nothing was
    predicted.

    Raises ValueError if an agent is not known.
    """
    unknown = [name for name in agents if name not in AGENTS]
    if unknown:
        raise ValueError(f"there is no agent {unknown[0]!r}; there are: {', '.join(AGENTS)}")
    playing = {
        name: AGENTS[name](world, np.random.default_rng([world.seed, 2, place]))
        for place, name in enumerate(agents)
    }
    rng = np.random.default_rng([world.seed, 3])
    for _ in range(n_periods):
        user, noise = world.requests(n_requests, rng), rng.normal(size=n_requests)
        row = Row()
        for name, agent in playing.items():
            began = perf_counter()
            item, predicted = agent.recommend(user)
            answered = perf_counter()
            rated = world.rate(user, item, noise)
            told = perf_counter()
            agent.learn(user, item, rated.rating)
            figures = (
                float(rated.regret.mean()),
                float(((predicted - rated.mean) ** 2).mean()),
                answered - began,
                perf_counter() - told,
            )
            row |= {f"{metric}_{name}": value for metric, value in zip(METRICS, figures, strict=True)}
        yield row
