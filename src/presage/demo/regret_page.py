"""The pages of experiments in worlds of ratings and of people."""

from collections.abc import Callable, Mapping, Sequence

from markupsafe import Markup

from .charts import courses, curves
from .page import render

PLOTS = {
    "mean_regret": "How much less users like what they are recommended than their best item, on average.",
    "ratings_mse": "The squared error of the predicted ratings. A small one does not make small regret.",
    "inference_time": "Seconds until all users of a period have an answer.",
    "training_time": "Seconds to learn from a period.",
}
FOLLOW_PLOTS = {
    "mean_regret": "How much likelier each person's best suggestion would have been followed, on average.",
    "followed": "The part of the suggestions that were followed. It falls as people follow whom they like.",
}


def regret_page(agents: Sequence[str], rows: Sequence[Mapping[str, float]], *, about: str) -> str:
    """HTML: a plot a metric, a line an agent; and what each came to.

    Parameters
    ----------
    rows : a mapping a period, with the key `METRIC_AGENT` for every metric of `PLOTS` and every agent
    """
    lead = "Each period users ask, every agent recommends an item to each, and learns the rating."
    titles = {"command": "presage simulate regret", "title": "What is lost while it is learned"}
    return _page(agents, rows, PLOTS, draw=curves, lead=f"{about}. {lead}", **titles)


def follow_page(ways: Sequence[str], rows: Sequence[Mapping[str, float]], *, about: str) -> str:
    """HTML: a plot a metric, a line each way to suggest; and what each came to.

    Parameters
    ----------
    rows : a mapping a period, with the key `METRIC_WAY` for every metric of `FOLLOW_PLOTS` and every way
    """
    lead = "Each period everybody is suggested somebody to follow. Each way has a network of its own."
    titles = {"command": "presage simulate follows", "title": "Whom would you like to follow?"}
    return _page(ways, rows, FOLLOW_PLOTS, draw=courses, lead=f"{about}. {lead}", **titles)


def _page(
    names: Sequence[str],
    rows: Sequence[Mapping[str, float]],
    texts: Mapping[str, str],
    *,
    draw: Callable[[Mapping[str, Sequence[float]], str], Markup],
    **titles: str,
) -> str:
    plots = [
        (metric, text, {name: [row[f"{metric}_{name}"] for row in rows] for name in names})
        for metric, text in texts.items()
    ]
    sums = {name: sum(row[f"mean_regret_{name}"] for row in rows) for name in names}
    last = {name: rows[-1][f"mean_regret_{name}"] for name in names}
    return render("regret.html", plots=plots, sums=sums, last=last, n_periods=len(rows), draw=draw, **titles)
