"""A run as an SVG picture: its graph, each state with how it stands and how long it took.

Boxes have classes (`state-done`, `state-failed`, ...) that a page's style sheet may colour otherwise.
"""

from markupsafe import Markup

from presage.svg import element

from .language.definition import Machine
from .layout import HEAD, Box, Link, layout
from .picture import CAUGHT, DONE, FAILED, RUNNING, WAITING, Picture, Stand
from .terminal import SIGNS, length

MARGIN = 16.0
LONGEST_NAME = 26
_ARROW = {"id": "arrow", "viewBox": "0 0 8 8", "refX": 8, "refY": 4, "markerWidth": 7, "markerHeight": 7}
COLOURS = {
    WAITING: ("#ffffff", "#b9b4a8"),
    RUNNING: ("#faefd6", "#7a5300"),
    DONE: ("#e3f2e7", "#1c6b3a"),
    CAUGHT: ("#faefd6", "#b2541b"),
    FAILED: ("#fbe6e3", "#a3271f"),
}
"""How a state stands -> the colours of its box: within, and around."""


def svg_of(picture: Picture, now: float) -> Markup:
    """The picture of a run.

    Parameters
    ----------
    now : what is under way has taken until then
    """
    return _drawn(picture.machine, picture.stands, f"{picture.name}: {picture.status}", now)


def graph_of(machine: Machine, title: str) -> Markup:
    """The picture of a machine that does not run."""
    return _drawn(machine, {}, title, 0.0)


def _drawn(machine: Machine, stands: dict[str, Stand], title: str, now: float) -> Markup:
    box = layout(machine)
    width, height = box.width + 2 * MARGIN, box.height + 2 * MARGIN
    arrow = element(
        "marker",
        element("path", d="M0,0 L8,4 L0,8 z", fill="#8a867c"),
        **_ARROW,
        orient="auto-start-reverse",
    )
    return element(
        "svg",
        element("title", title),
        element("defs", arrow),
        _inside(box.moved(MARGIN, MARGIN), 0.0, 0.0, stands, now),
        **{"viewBox": f"0 0 {width:.0f} {height:.0f}"},  # noqa: PIE804, its name has a capital
        width=width,
        height=height,
        role="img",
        class_="pipeline",
        font_family="system-ui, sans-serif",
        xmlns="http://www.w3.org/2000/svg",
    )


def _inside(box: Box, x: float, y: float, stands: dict[str, Stand], now: float) -> Markup:
    """What is in a machine's box: lines, then states."""
    x, y = x + box.x, y + box.y
    places = {one.name: one for one in box.inner}
    lines = [_line(link, places, x, y, box.width) for link in box.links]
    states = [_state(one, x, y, stands, now) for one in box.inner]
    return Markup("").join([*lines, *states])


def _line(link: Link, places: dict[str, Box], x: float, y: float, width: float) -> Markup:
    """The line from one state to another: up again on the right, past other rows on the left."""
    source, target = places[link.source], places[link.target]
    x1, y1 = x + source.x + source.width / 2, y + source.y + source.height
    x2, y2 = x + target.x + target.width / 2, y + target.y
    if link.is_back:
        x1, y1 = x + source.x + source.width, y + source.y + source.height / 2
        x2, y2 = x + target.x + target.width, y + target.y + target.height / 2
        side = max(x1, x2) + 20 if source.name != target.name else x + width
        path = f"M{x1:.0f},{y1:.0f} C{side:.0f},{y1:.0f} {side:.0f},{y2:.0f} {x2:.0f},{y2:.0f}"
    elif link.is_long:
        y1, y2 = y + source.y + source.height / 2, y + target.y + target.height / 2
        path = f"M{x + source.x:.0f},{y1:.0f} H{x + 6:.0f} V{y2:.0f} H{x + target.x:.0f}"
    else:
        middle = (y1 + y2) / 2
        path = f"M{x1:.0f},{y1:.0f} C{x1:.0f},{middle:.0f} {x2:.0f},{middle:.0f} {x2:.0f},{y2:.0f}"
    dashed = {"stroke_dasharray": "4 3"} if link.is_caught else {}
    return element(
        "path", d=path, fill="none", stroke="#8a867c", stroke_width=1.3, marker_end="url(#arrow)", **dashed
    )


def _state(box: Box, x: float, y: float, stands: dict[str, Stand], now: float) -> Markup:
    """A state: its box, its name, how it stands; what is within it below."""
    stand = stands.get(box.name, Stand())
    inside, around = COLOURS[stand.status]
    left, top = x + box.x, y + box.y
    shape = element(
        "rect",
        x=left,
        y=top,
        width=box.width,
        height=box.height,
        rx=8,
        fill="#ffffff" if box.inner else inside,
        stroke=around,
        stroke_width=1.4,
        class_=f"state-{stand.status.lower()}",
    )
    parts = [element("title", f"{box.name}: {stand.status}. {stand.text[:300]}"), shape]
    if box.inner:
        head = f"M{left},{top + HEAD - 8} h{box.width}"
        parts.append(element("path", d=head, stroke=around, stroke_width=0.6, fill="none"))
    name = box.name if len(box.name) <= LONGEST_NAME else f"{box.name[: LONGEST_NAME - 1]}…"
    parts.append(
        element(
            "text",
            name,
            x=left + 10,
            y=top + 18,
            font_size=13,
            font_weight=600,
            fill="#1f1e1b",
            class_="name",
        )
    )
    if stand.started_at:
        text = _told(stand, now)
        y_text = top + 35 if not box.inner else top + 18
        x_text, anchor = (left + box.width - 10, "end") if box.inner else (left + 10, "start")
        parts.append(
            element("text", text, x=x_text, y=y_text, font_size=11.5, fill=around, text_anchor=anchor)
        )
    parts += [_inside(one, left, top, stands, now) for one in box.inner]
    return element("g", *parts)


def _told(stand: Stand, now: float) -> str:
    """How a state stands, in a few words."""
    words = [SIGNS[stand.status][0], length((stand.ended_at or now) - stand.started_at)]
    words += [f"· {stand.times} times"] if stand.times > 1 else []
    words += [f"· ↻ {stand.retries}"] if stand.retries else []
    return " ".join(words)
