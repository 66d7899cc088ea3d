"""A run as a tree in the terminal: each state with how it stands and how long it took."""

from rich.console import RenderableType
from rich.text import Text
from rich.tree import Tree

from .language.definition import Machine, Map, Parallel, given
from .picture import CAUGHT, DONE, FAILED, RUNNING, WAITING, Picture, Stand

SIGNS = {
    WAITING: ("·", "dim"),
    RUNNING: ("▶", "cyan"),
    DONE: ("✓", "green"),
    CAUGHT: ("!", "yellow"),
    FAILED: ("✗", "red"),
}
STYLES = {"RUNNING": "cyan", "SUCCEEDED": "green", "FAILED": "red", "CANCELLED": "yellow"}
LONGEST_TEXT = 90


def drawn(picture: Picture, now: float) -> RenderableType:
    """The tree of a run.

    Parameters
    ----------
    now : what is under way has taken until then
    """
    seconds = (picture.ended_at or now) - picture.started_at
    title = Text.assemble(
        (picture.name, "bold"), "  ", (picture.status, STYLES[picture.status]), f"  {length(seconds)}"
    )
    tree = Tree(title, guide_style="dim")
    _add_states(tree, picture.machine, picture.stands, now)
    return tree


def _add_states(tree: Tree, machine: Machine, stands: dict[str, Stand], now: float) -> None:
    for name, state in machine.states.items():
        if isinstance(state, Parallel) and all(given(branch.name) for branch in state.branches):
            for branch in state.branches:
                _add_states(tree, branch, stands, now)
            continue
        node = tree.add(_line(name, stands[name], now))
        if isinstance(state, Parallel):
            for number, branch in enumerate(state.branches, 1):
                _add_states(node.add(Text(f"branch {number}", "dim")), branch, stands, now)
        elif isinstance(state, Map):
            _add_states(node, state.machine, stands, now)


def _line(name: str, stand: Stand, now: float) -> Text:
    sign, style = SIGNS[stand.status]
    line = Text.assemble((f"{sign} {name}", style))
    if stand.started_at:
        line.append(f"  {length((stand.ended_at or now) - stand.started_at)}", "dim")
    if stand.times > 1:
        line.append(f"  {stand.times} times", "dim")
    if stand.retries:
        line.append(f"  tried again {stand.retries} times", "yellow")
    if stand.status in (FAILED, CAUGHT) or (stand.status == RUNNING and stand.retries):
        line.append(f"  {stand.text[:LONGEST_TEXT]}", style)
    return line


def length(seconds: float) -> str:
    """A length of time, for people."""
    seconds = max(0.0, seconds)
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"
