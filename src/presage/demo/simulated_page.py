"""The page of ways to show offers in simulated games."""

from collections.abc import Mapping, Sequence

import numpy as np

from .page import render


def simulated_page(
    headings: Sequence[str],
    figures: Sequence[Sequence[str]],
    revenue: Mapping[str, Sequence[float]],
    *,
    about: str,
    best: str,
) -> str:
    """HTML: the figures of every way, and plots of its revenue and of its regret.

    Parameters
    ----------
    figures : a row of cells each way, as `headings` names them; the first is its name
    revenue : way -> the mean revenue of a player in each week
    best : the way that cannot be beaten; regret is drawn if it is among them
    """

    def is_best(name: str) -> bool:
        return name == best  # it stands last, so that a way has the same colour in both plots

    revenue = {name: revenue[name] for name in sorted(revenue, key=is_best)}
    figures = sorted(figures, key=lambda cells: is_best(cells[0]))
    regret = {
        name: np.cumsum(np.subtract(revenue[best], values)).tolist()
        for name, values in revenue.items()
        if best in revenue and name != best
    }
    return render(
        "simulated.html", about=about, headings=headings, figures=figures, revenue=revenue, regret=regret
    )
