"""Where the states of a machine lie in a picture: in rows, each below those that lead to it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from .language.definition import Machine, Map, Parallel, given
from .language.validation import targets_of

WIDTH, HEIGHT = 190.0, 46.0
GAP_X, GAP_Y, PADDING, HEAD = 22.0, 30.0, 14.0, 40.0


@dataclass(frozen=True, kw_only=True)
class Box:
    """A state in the picture, or a machine (then it has no name).

    Parameters
    ----------
    x, y : its upper left corner, within the box around it
    inner : the machines within it, side by side
    """

    name: str = ""
    x: float = 0.0
    y: float = 0.0
    width: float = WIDTH
    height: float = HEIGHT
    inner: tuple["Box", ...] = ()
    links: tuple["Link", ...] = ()

    def moved(self, x: float, y: float) -> "Box":
        """The same at another place."""
        return Box(
            name=self.name,
            x=x,
            y=y,
            width=self.width,
            height=self.height,
            inner=self.inner,
            links=self.links,
        )


@dataclass(frozen=True, kw_only=True)
class Link:
    """A line from a state to one that may follow.

    Parameters
    ----------
    is_caught : whether an error leads there
    is_back : whether it leads up again, as in a loop
    is_long : whether it passes other rows
    """

    source: str
    target: str
    is_caught: bool = False
    is_back: bool = False
    is_long: bool = False


@dataclass
class _Graph:
    """States by name, what follows each, and in which row each lies."""

    boxes: Mapping[str, Box]
    follows: Mapping[str, list[tuple[str, bool]]]
    rows: dict[str, int] = field(default_factory=dict[str, int])


def layout(machine: Machine) -> Box:
    """The box of a machine, with all that is in it."""
    steps = _steps(machine)
    if steps is not None:
        return _arranged(*steps)
    boxes = {name: _state_box(name, state) for name, state in machine.states.items()}
    follows = {name: list(targets_of(state)) for name, state in machine.states.items()}
    return _arranged(_Graph(boxes, follows), machine.start_at)


def _steps(machine: Machine) -> tuple[_Graph, str] | None:
    """The steps of the short form, which are drawn by what they need; None for another machine."""
    (state, *more) = machine.states.values()
    if more or not isinstance(state, Parallel) or not all(given(one.name) for one in state.branches):
        return None
    boxes: dict[str, Box] = {}
    follows: dict[str, list[tuple[str, bool]]] = {}
    for branch in state.branches:
        boxes[str(branch.name)] = _state_box(branch.start_at, branch.states[branch.start_at])
        follows[str(branch.name)] = [
            (str(other.name), False) for other in state.branches if branch.name in other.needs
        ]
    return _Graph(boxes, follows), ""


def _state_box(name: str, state: object) -> Box:
    """The box of a state: with the machines within it below its name."""
    if isinstance(state, Map):
        machines = [state.machine]
    else:
        machines = state.branches if isinstance(state, Parallel) else []
    if not machines:
        return Box(name=name)
    inner: list[Box] = []
    x = PADDING
    for machine in machines:
        box = layout(machine).moved(x, HEAD)
        inner.append(box)
        x += box.width + GAP_X
    height = HEAD + max(box.height for box in inner) + PADDING
    return Box(name=name, width=max(WIDTH, x - GAP_X + PADDING), height=height, inner=tuple(inner))


def _arranged(graph: _Graph, start: str) -> Box:
    """States in rows, and the lines between them."""
    back = set(_back_links(graph, start))
    _assign_rows(graph, back)
    rows: dict[int, list[str]] = {}
    for name in graph.boxes:
        rows.setdefault(graph.rows[name], []).append(name)
    widths = {
        row: sum(graph.boxes[name].width for name in names) + GAP_X * (len(names) - 1)
        for row, names in rows.items()
    }
    total, y, placed = max(widths.values()), 0.0, list[Box]()
    for row in sorted(rows):
        x = (total - widths[row]) / 2
        for name in rows[row]:
            box = graph.boxes[name]
            placed.append(box.moved(x, y))
            x += box.width + GAP_X
        y += max(graph.boxes[name].height for name in rows[row]) + GAP_Y
    names = {name: box.name for name, box in graph.boxes.items()}
    links = tuple(
        Link(
            source=names[source],
            target=names[target],
            is_caught=is_caught,
            is_back=(source, target) in back,
            is_long=graph.rows[target] > graph.rows[source] + 1,
        )
        for source, targets in graph.follows.items()
        for target, is_caught in dict.fromkeys(targets)
    )
    left = GAP_X if any(link.is_long for link in links) else 0.0
    right = GAP_X if any(link.is_back for link in links) else 0.0
    inner = tuple(box.moved(box.x + left, box.y) for box in placed)
    return Box(width=left + total + right, height=y - GAP_Y, inner=inner, links=links)


def _back_links(graph: _Graph, start: str) -> Iterator[tuple[str, str]]:
    """The lines that close a circle: they lead to a state that is on the way to their own."""
    done: set[str] = set()
    for first in [start] if start else list(graph.boxes):
        trail = [(first, iter(graph.follows[first]))]
        way = [first]
        while trail:
            name, rest = trail[-1]
            target = next((one for one, _ in rest), None)
            if target is None:
                trail.pop()
                done.add(way.pop())
            elif target in way:
                yield name, target
            elif target not in done:
                trail.append((target, iter(graph.follows[target])))
                way.append(target)


def _assign_rows(graph: _Graph, back: set[tuple[str, str]]) -> None:
    """Each state lies a row below the lowest of those that lead to it."""
    graph.rows.update(dict.fromkeys(graph.boxes, 0))
    for _ in graph.boxes:
        for source, targets in graph.follows.items():
            for target, _is_caught in targets:
                if (source, target) not in back:
                    graph.rows[target] = max(graph.rows[target], graph.rows[source] + 1)
