"""Ways to show offers over several worlds: what each earned, and how much more than the best fixed offer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from presage.worlds.game import GameWorld

from .offers import SHOWS, Earned, play


@dataclass(frozen=True, kw_only=True)
class Compared:
    """A way to show offers over several worlds.

    Parameters
    ----------
    earned : in each world
    more : per player and week, than showing everybody the best fixed offer: mean, and half a 95 % interval
    """

    name: str
    earned: Sequence[Earned]
    more: tuple[float, float]

    @property
    def weekly(self) -> list[float]:
        """(n_weeks,): revenue a player, averaged over the worlds."""
        return np.mean([one.revenue for one in self.earned], axis=0).tolist()

    @property
    def figures(self) -> tuple[str, ...]:
        """For a row of a table, as `FIGURES` names them."""
        revenue, last, wasted, given_away, misspent, late = (
            float(np.mean(one))
            for one in (
                [earned.revenue.mean() for earned in self.earned],
                [earned.revenue[-1] for earned in self.earned],
                [earned.wasted for earned in self.earned],
                [earned.given_away for earned in self.earned],
                [earned.misspent for earned in self.earned],
                [earned.misspent_late for earned in self.earned],
            )
        )
        mean, half = self.more
        return (
            self.name,
            f"{revenue:.3f}",
            f"{last:.3f}",
            f"{mean:+.3f}" + (f" ± {half:.3f}" if len(self.earned) > 1 else ""),
            f"{wasted:.1%}",
            f"{given_away:.2f}",
            f"{misspent:.1%}",
            f"{late:.1%}",
        )


FIGURES = (
    "policy",
    "revenue a player and week",
    "last week",
    "more than the best fixed offer",
    "bought by sure buyers",
    "given away",
    "to sure buyers",
    "in the last quarter",
)


def compare(worlds: Sequence[GameWorld], names: Sequence[str], n_weeks: int) -> Iterator[Compared]:
    """Each way to show offers, as it is done. Raises ValueError if there is no way of a name."""
    unknown = [name for name in names if name not in SHOWS]
    if unknown:
        raise ValueError(f"there is no policy {unknown[0]!r}; there are: {', '.join(SHOWS)}")
    best = [play(world, "best_offer", n_weeks).revenue.mean() for world in worlds]
    for name in names:
        earned = [play(world, name, n_weeks) for world in worlds]
        more = [float(one.revenue.mean() - other) for one, other in zip(earned, best, strict=True)]
        yield Compared(name=name, earned=earned, more=interval(more))


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Mean, and half the width of its 95 % interval by Student's t; NaN of fewer than two."""
    from scipy.stats import t  # noqa: PLC0415, slow to import

    n = len(values)
    if n < 2:
        return float(np.mean(values)), float("nan")
    return float(np.mean(values)), float(t.ppf(0.975, n - 1) * np.std(values, ddof=1) / n**0.5)
