"""The conversion chart of a widget: its rate by day with the interval, over the displays and actions."""

from collections.abc import Sequence
from math import floor, log10

from markupsafe import Markup

from presage.svg import Plot, Scale, element, linear, polygon, polyline

from .widgets import Rate, Widget

MOST_TICKS = 8
BAR_SHARE = 0.7
"""The part of a day's room that its bar takes."""
WIDEST = 60.0
_STYLE = Markup("""
:root { color-scheme: light dark; --ink: #222; --back: #fff; --one: #0f6e6e; --two: #b9b4a8; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #ddd; --back: #181818; --one: #4fb3b3; --two: #55524c; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--back); margin: 2rem auto;
  max-width: 50rem; padding: 0 1rem; }
svg { width: 100%; height: auto; }
.line { fill: none; stroke: var(--one); stroke-width: 2; } .dot, .bar.one { fill: var(--one); }
.band { fill: var(--one); opacity: 0.18; } .bar.two { fill: var(--two); }
.grid { stroke: var(--ink); opacity: 0.15; } .tick { font-size: 12px; fill: var(--ink); }
""")


def conversion_chart(widget: Widget) -> Markup:
    """An SVG of two parts, or of a line of words where nothing was displayed.

    Its parts have the classes line, band, dot, bar, tick, axis and grid; who shows it gives them colours.
    """
    days = [(day, rate) for day, rate in widget.days.items() if rate.displays]
    if not days:
        return element("p", f"{widget.name} was not displayed yet.", class_="empty")
    names, rates = [day for day, _ in days], [rate for _, rate in days]
    upper = Plot(height=230, bottom=14)
    x = linear(-0.5, len(days) - 0.5, *upper.x_range)
    highest, widest = max(rate.share or 0.0 for rate in rates), max(rate.interval[1] for rate in rates)
    top = min(widest, 2.5 * highest) or 0.01
    y = linear(0, top, *upper.y_range)
    low = [(place, rate.interval[0]) for place, rate in enumerate(rates)]
    high = [(place, min(top, rate.interval[1])) for place, rate in enumerate(rates)]
    line = [(place, rate.share or 0.0) for place, rate in enumerate(rates)]
    parts = [
        upper.y_axis(y, [(value, f"{100 * value:g}%") for value in _ticks(top)]),
        polygon(x, y, [*high, *low[::-1]], "band one") if len(days) > 1 else _interval(x, y, rates[0], top),
        polyline(x, y, line, "line one"),
        *(element("circle", cx=x(a), cy=y(b), r=3, class_="dot one") for a, b in line),
        *_bars(names, rates),
    ]
    return Plot(height=350).picture(*parts, label=f"{widget.name}: {in_words(widget.total)}")


def _bars(names: Sequence[str], rates: Sequence[Rate]) -> list[Markup]:
    """Displays by day, and within each bar the actions."""
    lower = Plot(height=350, top=246)
    x = linear(-0.5, len(names) - 0.5, *lower.x_range)
    most = max(rate.displays for rate in rates)
    y = linear(0, most, *lower.y_range)
    width, bottom = min(WIDEST, (x(1) - x(0)) * BAR_SHARE), lower.y_range[0]

    def bar(place: int, n: int, class_: str) -> Markup:
        return element(
            "rect", x=x(place) - width / 2, y=y(n), width=width, height=bottom - y(n), class_=class_
        )

    every = max(1, -(-len(names) // MOST_TICKS))
    ticks = [(float(place), name) for place, name in enumerate(names) if place % every == 0]
    return [
        lower.y_axis(y, [(most, f"{most:,}")]),
        *(bar(place, rate.displays, "bar two") for place, rate in enumerate(rates)),
        *(bar(place, min(rate.actions, rate.displays), "bar one") for place, rate in enumerate(rates)),
        lower.x_axis(x, ticks),
    ]


def _interval(x: Scale, y: Scale, rate: Rate, top: float) -> Markup:
    """The interval of an only day, as a stroke."""
    low, high = rate.interval
    return element("line", x1=x(0), x2=x(0), y1=y(low), y2=y(min(top, high)), class_="line one")


def _ticks(top: float) -> list[float]:
    """Round values from 0 up to the top, three to seven of them."""
    power = 10.0 ** floor(log10(top / 4))
    step = next(power * factor for factor in (1, 2, 5, 10) if top / (power * factor) <= 6)
    return [step * place for place in range(int(top / step + 1e-9) + 1)]


def page(widgets: Sequence[Widget]) -> str:
    """A page of all widgets, which needs nothing else."""
    sections = [
        element(
            "section",
            element("h2", f"{one.kind} {one.name}{f': {one.event_type}' if one.event_type else ''}"),
            element("p", in_words(one.total)),
            conversion_chart(one),
        )
        for one in widgets
    ]
    head = element("head", Markup('<meta charset="utf-8">'), element("title", "presage: conversions"))
    body = element("body", element("style", _STYLE), element("h1", "What widgets bring"), *sections)
    return str(Markup("<!doctype html>") + element("html", head, body, lang="en"))


def in_words(rate: Rate) -> str:
    """A rate, with its interval."""
    counts = f"{rate.actions:,} actions of {rate.displays:,} displays"
    if rate.share is None:
        return counts
    low, high = rate.interval
    return f"{counts}: {rate.share:.2%} ({low:.2%} to {high:.2%})"
