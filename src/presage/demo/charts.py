"""The plots of the demonstrations' pages."""

from collections.abc import Mapping, Sequence

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from presage.svg import Plot, Scale, element, linear, logarithmic, polygon, polyline

Floats = NDArray[np.float64]
FLOOR = 1e-4
FEW_STEPS = 12
FEW_TICKS = 3
"""Of fewer powers of ten their doubles and halves are shown too."""


def score_fan(answers: Sequence[Sequence[float]], n_items: int) -> Markup:
    """How scores fall from place to place: the median answer, and the band that holds 8 in 10.

    Parameters
    ----------
    answers : a list of scores per customer, best first; the shortest list sets how many places are drawn
    n_items : how many items share the probability of 1
    """
    n_places = min(len(answer) for answer in answers)
    scores = np.array([answer[:n_places] for answer in answers])  # (n_answers, n_places)
    low, middle, high = np.quantile(scores, [0.1, 0.5, 0.9], axis=0)
    plot, even = Plot(height=340), 1 / n_items
    floor, ceiling = min(float(low.min()), even) / 1.6, min(1.0, float(scores.max()) * 1.3)
    x = logarithmic(1, max(n_places, 2), *plot.x_range)
    y = logarithmic(floor, ceiling, *plot.y_range)
    upper, lower, line = (list(enumerate(curve.tolist(), start=1)) for curve in (high, low, middle))
    decades = [10.0**power for power in range(-7, 1) if floor <= 10.0**power <= ceiling]
    ticks = [place for place in (1, 2, 5, 10, 20, 50, 100) if place <= n_places]
    return plot.picture(
        plot.y_axis(y, [(decade, f"{100 * decade:g}%") for decade in decades]),
        plot.x_axis(x, [(place, str(place)) for place in ticks], "place on the list"),
        polygon(x, y, upper + lower[::-1], "band one"),
        polyline(x, y, [(1, even), (n_places, even)], "chance"),
        element("text", f"all {n_items:,} items alike", x=plot.left + 8, y=y(even) - 6, class_="tick"),
        polyline(x, y, line, "line one"),
        label="Scores by place on the list: the median over customers and the middle 80 in 100",
    )


def forecast_fan(history: Sequence[tuple[str, float | None]], ahead: Sequence[tuple[str, Floats]]) -> Markup:
    """A series and what is to come: the median, and the band that should hold 8 in 10.

    Parameters
    ----------
    history : (when, value) of the latest steps, oldest first
    ahead : (when, low, median, high) of the steps to come
    """
    plot = Plot(height=260, right=40, bottom=28)
    known = [(place, value) for place, (_, value) in enumerate(history) if value is not None]
    first = len(history)
    low, middle, high = (
        [(first + place, float(values[k])) for place, (_, values) in enumerate(ahead)] for k in range(3)
    )
    every = [value for _, value in (*known, *low, *high)]
    bottom, top = min(0.0, *every), max(every)
    top = top if top > bottom else bottom + 1
    x, y = linear(0, first + len(ahead) - 1, *plot.x_range), linear(bottom, top, *plot.y_range)
    labels = [when for when, _ in (*history, *ahead)]
    ticks = [(place, labels[place]) for place in sorted({0, first, len(labels) - 1})]
    values = [bottom + share * (top - bottom) for share in (0, 0.5, 1)]
    return plot.picture(
        plot.y_axis(y, [(value, f"{value:,.4g}") for value in values]),
        plot.x_axis(x, ticks),
        polygon(x, y, high + low[::-1], "band one"),
        polyline(x, y, known, "line two"),
        polyline(x, y, middle, "line one"),
        label="The latest history, the median forecast and the band of the middle 80 in 100",
    )


HUES = ("#b9b4a8", "#c8672a", "#8a8fd0", "#d0a92f", "#b0517f", "#0f6e6e", "#5aa05a")


def hue(place: int) -> str:
    """The colour of a line, by its place in the legend."""
    return HUES[place % len(HUES)]


def curves(lines: Mapping[str, Sequence[float]], title: str) -> Markup:
    """A line each over equal steps from 1 on, on a logarithmic scale; NaN is left out.

    Parameters
    ----------
    lines : name -> values, equally many of each; what is below `FLOOR` is drawn there
    """
    plot = Plot(height=340)
    lines = {name: [max(value, FLOOR) for value in values] for name, values in lines.items()}
    low, high = _ends(lines, 0.5, 1.0)
    y = logarithmic(low / 1.2, high * 1.2, *plot.y_range)
    ticks = [(tick, f"{tick:g}") for tick in _round_values(low / 1.2, high * 1.2)]
    return _over_steps(plot, lines, title, y, ticks)


def courses(lines: Mapping[str, Sequence[float]], title: str) -> Markup:
    """A line each over equal steps from 1 on, on a plain scale; NaN is left out.

    Parameters
    ----------
    lines : name -> values, equally many of each
    """
    plot = Plot(height=340)
    low, high = _ends(lines, 0.0, 1.0)
    room = (high - low or 1.0) / 12
    step = _step(high - low + 2 * room)
    y = linear(low - room, high + room, *plot.y_range)
    first = int(np.ceil((low - room) / step))
    ticks = [(k * step, f"{k * step:,.6g}") for k in range(first, int((high + room) / step) + 1)]
    return _over_steps(plot, lines, title, y, ticks)


def intervals(rows: Sequence[tuple[str, float, float, float, float]]) -> Markup:
    """A row each: an interval with its estimate, and the truth as a stroke across it.

    Parameters
    ----------
    rows : (label, low, value, high, truth)
    """
    row = 30.0
    plot = Plot(height=row * len(rows) + 34, left=150, top=4)
    ends = [end for one in rows for end in one[1:]]
    room = (max(ends) - min(ends) or 1.0) / 40
    low, high = min(ends) - room, max(ends) + room
    step = _step(high - low)
    x = linear(low, high, *plot.x_range)
    first = int(np.ceil(low / step))
    ticks = [(k * step, f"{k * step:.6g}") for k in range(first, int(high / step) + 1)]
    bottom = plot.y_range[0]
    parts = [element("line", x1=x(at), x2=x(at), y1=plot.top, y2=bottom, class_="grid") for at, _ in ticks]
    parts.append(plot.x_axis(x, ticks))
    for place, (label, left, value, right, truth) in enumerate(rows):
        y = plot.top + row * (place + 0.5)
        parts += [
            element("text", label, x=plot.left - 12, y=y + 5, text_anchor="end", class_="name"),
            element("line", x1=x(left), x2=x(right), y1=y, y2=y, class_="mean one", stroke_opacity=0.35),
            element("circle", cx=x(value), cy=y, r=4.5, class_="fill one"),
            element("line", x1=x(truth), x2=x(truth), y1=y - 9, y2=y + 9, class_="mean two"),
        ]
    return plot.picture(*parts, label="Estimates with their intervals, and the truth")


def _ends(lines: Mapping[str, Sequence[float]], low: float, high: float) -> tuple[float, float]:
    """The least and the largest value; those given if there is none."""
    every = [value for values in lines.values() for value in values if value == value]  # noqa: PLR0124, not NaN
    return min(every, default=low), max(every, default=high)


def _over_steps(
    plot: Plot,
    lines: Mapping[str, Sequence[float]],
    title: str,
    y: Scale,
    ticks: Sequence[tuple[float, str]],
) -> Markup:
    """A line each over equal steps from 1 on."""
    n_steps = max(len(values) for values in lines.values())
    x = linear(1, max(n_steps, 2), *plot.x_range)
    apart = 10 if n_steps > 2 * FEW_STEPS else 2 if n_steps > FEW_STEPS else 1
    steps = sorted({1, *range(apart, n_steps + 1, apart), n_steps})
    drawn = [
        element(
            "polyline",
            points=" ".join(
                f"{x(step):.1f},{y(value):.1f}"
                for step, value in enumerate(values, start=1)
                if value == value  # noqa: PLR0124, not NaN
            ),
            class_="line",
            style=f"stroke: {hue(place)}",
        )
        for place, values in enumerate(lines.values())
    ]
    return plot.picture(
        plot.y_axis(y, ticks),
        plot.x_axis(x, [(step, str(step)) for step in steps], title),
        *drawn,
        label="A line each: " + ", ".join(lines),
    )


def strips(labels: Sequence[str], series: Sequence[Floats]) -> Markup:
    """Every score as a dot, a column per choice, and a bar at each mean; two series stand side by side.

    Parameters
    ----------
    series : each (n_users, n_choices)
    """
    plot = Plot(height=360)
    top = max(float(scores.max()) for scores in series) * 1.05
    x, y = linear(-0.5, len(labels) - 0.5, *plot.x_range), linear(0, top, *plot.y_range)
    rng = np.random.default_rng(0)
    parts = [
        plot.y_axis(y, [(tick, f"{tick:.0%}") for tick in np.arange(0, top, _step(top))]),
        plot.x_axis(x, list(enumerate(labels))),
    ]
    for side, (scores, name) in enumerate(zip(series, ("one", "two"), strict=False)):
        offset = 0.2 * (2 * side - 1)
        for choice in range(len(labels)):
            for score, shift in zip(scores[:, choice], rng.uniform(-0.11, 0.11, len(scores)), strict=True):
                at = x(choice + offset + shift)
                parts.append(element("circle", cx=at, cy=y(score), r=2.2, class_=f"dot {name}"))
            mean = y(float(scores[:, choice].mean()))
            ends = x(choice + offset - 0.16), x(choice + offset + 0.16)
            parts.append(element("line", x1=ends[0], x2=ends[1], y1=mean, y2=mean, class_=f"mean {name}"))
    return plot.picture(*parts, label="Every score of every asked shopper, by offer, with the means")


def histograms(labels: Sequence[str], scores: Floats, *, n_bins: int = 40) -> Markup:
    """A small histogram per choice over one common axis.

    Parameters
    ----------
    scores : (n_users, n_choices)
    """
    row, top = 58.0, float(scores.max()) * 1.02
    plot = Plot(height=row * len(labels) + 46, left=150, top=4)
    x = linear(0, top, *plot.x_range)
    edges = np.linspace(0, top, n_bins + 1)
    counts = np.array([np.histogram(column, edges)[0] for column in scores.T])  # (n_choices, n_bins)
    parts = [plot.x_axis(x, [(tick, f"{tick:.0%}") for tick in np.arange(0, top, _step(top))], "score")]
    for place, (label, column) in enumerate(zip(labels, counts, strict=True)):
        base = plot.top + row * (place + 1)
        height = linear(0, float(counts.max()), 0, row - 10)
        parts.append(element("text", label, x=plot.left - 12, y=base - 6, text_anchor="end", class_="name"))
        parts.append(element("line", x1=plot.left, x2=plot.x_range[1], y1=base, y2=base, class_="grid"))
        parts.extend(
            element(
                "rect",
                x=x(edges[bin_]) + 0.5,
                y=base - height(int(count)),
                width=x(edges[bin_ + 1]) - x(edges[bin_]) - 1,
                height=height(int(count)),
                class_="fill one",
            )
            for bin_, count in enumerate(column)
            if count
        )
    return plot.picture(*parts, label="Histogram of the scores of each offer")


def heat(labels: Sequence[str], shares: Floats, ends: tuple[str, str], title: str) -> Markup:
    """A row per choice, a column per group: the darker, the larger the share.

    Parameters
    ----------
    shares : (n_choices, n_groups), in [0, 1]
    ends : what the first and the last group are called
    """
    row = 30.0
    plot = Plot(height=row * len(labels) + 52, left=150, top=4)
    n_groups = shares.shape[1]
    x = linear(0, n_groups, *plot.x_range)
    below, (left, right) = plot.y_range[0] + 16, plot.x_range
    parts = [
        plot.x_axis(x, [], title),
        element("text", ends[0], x=left, y=below, class_="tick"),
        element("text", ends[1], x=right, y=below, text_anchor="end", class_="tick"),
    ]
    for place, label in enumerate(labels):
        at = plot.top + row * place
        parts.append(
            element("text", label, x=plot.left - 12, y=at + row / 2 + 5, text_anchor="end", class_="name")
        )
        parts.extend(
            element(
                "rect",
                x=x(group) + 0.5,
                y=at + 1,
                width=x(group + 1) - x(group) - 1,
                height=row - 2,
                class_="fill one",
                opacity=0.06 + 0.94 * float(share / shares.max()),
            )
            for group, share in enumerate(shares[place])
        )
    return plot.picture(*parts, label=f"Share of each offer by {title}")


def _round_values(low: float, high: float) -> list[float]:
    """Powers of ten from `low` to `high`, both above 0; 1, 2 and 5 of each where there are few."""
    powers = [10.0**power for power in range(-9, 10)]
    within = [value for value in powers if low <= value <= high]
    if len(within) < FEW_TICKS:
        within = [f * value for value in powers for f in (1, 2, 5) if low <= f * value <= high]
    return within or [low, high]


def _step(top: float) -> float:
    """A round distance that puts about five ticks below `top`."""
    rough = top / 5
    power = 10.0 ** np.floor(np.log10(rough))
    return float(next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough))
