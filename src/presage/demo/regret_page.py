"""The page of an experiment in a world of ratings."""

from collections.abc import Mapping, Sequence

from .page import render

PLOTS = {
    "mean_regret": "How much less users like what they are recommended than their best item, on average.",
    "ratings_mse": "The squared error of the predicted ratings. A small one does not make small regret.",
    "inference_time": "Seconds until all users of a period have an answer.",
    "training_time": "Seconds to learn from a period.",
}
FLOOR = 1e-4
"""Smaller values are drawn here."""


def regret_page(agents: Sequence[str], rows: Sequence[Mapping[str, float]], *, about: str) -> str:
    """HTML: a plot a metric, a line an agent; and what each came to.

    Parameters
    ----------
    rows : a mapping a period, with the key `METRIC_AGENT` for every metric of `PLOTS` and every agent
    """
    plots = [
        (metric, text, {name: [max(row[f"{metric}_{name}"], FLOOR) for row in rows] for name in agents})
        for metric, text in PLOTS.items()
    ]
    sums = {name: sum(row[f"mean_regret_{name}"] for row in rows) for name in agents}
    last = {name: rows[-1][f"mean_regret_{name}"] for name in agents}
    return render("regret.html", about=about, plots=plots, sums=sums, last=last, n_periods=len(rows))
