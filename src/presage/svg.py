"""Charts as plain SVG: elements, scales and axes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log10

from markupsafe import Markup, escape

Scale = Callable[[float], float]


def element(name: str, *children: Markup | str, **attributes: object) -> Markup:
    """An SVG element; text and attribute values are escaped, `_` in a name becomes `-`, `class_` is class."""
    named = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()}
    opening = Markup("").join(Markup(' {}="{}"').format(key, _short(value)) for key, value in named.items())
    inside = Markup("").join(escape(child) for child in children)
    return Markup("<{0}{1}>{2}</{0}>").format(Markup(name), opening, inside)  # noqa: S704


def linear(low: float, high: float, start: float, stop: float) -> Scale:
    """low..high onto start..stop."""
    return lambda value: start + (value - low) / (high - low) * (stop - start)


def logarithmic(low: float, high: float, start: float, stop: float) -> Scale:
    """low..high, both above 0, onto start..stop, equal ratios at equal distances."""
    straight = linear(log10(low), log10(high), start, stop)
    return lambda value: straight(log10(max(value, low)))


@dataclass(frozen=True, kw_only=True)
class Plot:
    """A drawing area with room for axes: its inner edges, in the units of the picture."""

    width: float = 760
    height: float = 320
    left: float = 56
    right: float = 16
    top: float = 12
    bottom: float = 40

    @property
    def x_range(self) -> tuple[float, float]:
        """From the left to the right inner edge."""
        return self.left, self.width - self.right

    @property
    def y_range(self) -> tuple[float, float]:
        """From the lower to the upper inner edge."""
        return self.height - self.bottom, self.top

    def x_axis(self, x: Scale, ticks: Sequence[tuple[float, str]], title: str = "") -> Markup:
        """Labels below the plot."""
        bottom = self.y_range[0]
        labels = [
            element("text", text, x=x(value), y=bottom + 16, text_anchor="middle", class_="tick")
            for value, text in ticks
        ]
        middle = sum(self.x_range) / 2
        named = element("text", title, x=middle, y=self.height - 4, text_anchor="middle", class_="axis")
        return Markup("").join([*labels, named])

    def y_axis(self, y: Scale, ticks: Sequence[tuple[float, str]]) -> Markup:
        """Labels left of the plot, each with a thin line across it."""
        left, right = self.x_range
        return Markup("").join(
            element("line", x1=left, x2=right, y1=y(value), y2=y(value), class_="grid")
            + element("text", text, x=left - 8, y=y(value) + 4, text_anchor="end", class_="tick")
            for value, text in ticks
        )

    def picture(self, *parts: Markup, label: str) -> Markup:
        """The whole SVG; `label` says in words what it shows."""
        box = f"0 0 {self.width:g} {self.height:g}"
        return element("svg", *parts, viewBox=box, role="img", aria_label=label)


def polyline(x: Scale, y: Scale, points: Sequence[tuple[float, float]], class_: str) -> Markup:
    """A line through points given in the units of the data."""
    return element("polyline", points=_points(x, y, points), class_=class_)


def polygon(x: Scale, y: Scale, points: Sequence[tuple[float, float]], class_: str) -> Markup:
    """An area round points given in the units of the data."""
    return element("polygon", points=_points(x, y, points), class_=class_)


def _points(x: Scale, y: Scale, points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in points)


def _short(value: object) -> str:
    return f"{value:.5g}" if isinstance(value, float) else str(value)
