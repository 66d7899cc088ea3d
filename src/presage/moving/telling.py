"""Plans, and what came of them, as a person reads them."""

import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.text import Text

from presage.errors import shown

from .applying import Outcome
from .planning import Action, Plan, Step

_SIGNS: Mapping[Action, tuple[str, str]] = {
    Action.CREATE: ("+", "green"),
    Action.UPDATE: ("~", "yellow"),
    Action.REPLACE: ("±", "red"),
    Action.DELETE: ("-", "red"),
    Action.LEAVE: ("=", "dim"),
    Action.UNDECLARED: ("?", "dim"),
}
_ACCOUNT = re.compile(r"arn:aws:[a-z]+:[a-z0-9-]*:[0-9]*:(?=[a-z])")
"""What ARNs begin with, which is the same in all of them."""
_MOST_SHOWN = 20
"""Resources that stay as they are, or are not declared, are listed up to so many."""


def tell_plan(plan: Plan, out: Console) -> None:
    """Print a plan: what changes with all its members, what does not in short."""
    for action in Action:
        steps = plan.of(action)
        most = _MOST_SHOWN if action in (Action.LEAVE, Action.UNDECLARED) else len(steps)
        for step in steps[:most]:
            for line in _lines(step):
                _print(out, line, _SIGNS[action][1])
        if len(steps) > most:
            _print(out, f"{_SIGNS[action][0]} and {len(steps) - most:,} more: {action}", "dim")
    counts = Counter(step.action for step in plan.steps)
    _print(
        out,
        ", ".join(f"{counts[action]:,} {action}" for action in Action if counts[action]) or "nothing",
        "bold",
    )


def _lines(step: Step) -> list[str]:
    sign = _SIGNS[step.action][0]
    more = ""
    if step.action == Action.REPLACE:
        again = " (beside the older one)" if step.kind.numbered else _loses(step)
        more = f" replace{again}" + (f": {step.why}" if step.why else "")
    elif step.action == Action.DELETE:
        more = f" delete{_loses(step)}"
    elif step.action == Action.UNDECLARED:
        more = " is not declared"
    elif step.action == Action.LEAVE and step.stands is not None and step.stands.is_moving:
        more = f" wait: it is {step.stands.status}"
    changes = [f"    {change.path}: {_value(change.old)} -> {_value(change.new)}" for change in step.changes]
    return [f"{sign} {step.label}{more}", *changes]


def _loses(step: Step) -> str:
    return f", with {step.kind.loses}" if step.kind.loses else ""


def _value(value: Any) -> str:
    if value is None:
        return "nothing"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return shown(_ACCOUNT.sub("", text))


class Teller:
    """Prints what happens, a line each; what is waited for once."""

    def __init__(self, out: Console) -> None:
        self._out = out
        self._waits: set[tuple[str, str]] = set()

    def __call__(self, what: str, step: Step, more: str) -> None:
        """Print what happens to a step, and more of it."""
        if what == "waits":
            if (step.label, more) in self._waits:
                return
            self._waits.add((step.label, more))
        style = {"failed": "red", "waits": "dim"}.get(what, "")
        _print(self._out, f"{what:>8}  {step.label}  {more}", style)


def tell_outcome(outcome: Outcome, out: Console) -> None:
    """Print what failed and why, and what was not begun for it."""
    for task, reason in outcome.failed.items():
        _print(out, f"failed: {task.step.label}: {reason}", "red")
    for task, culprit in outcome.skipped.items():
        _print(out, f"not begun: {task.step.label}, which needs the {culprit.step.label}", "yellow")
    if not outcome.is_whole:
        _print(out, "Mend what failed and run the same command again: it goes on where it stopped.", "")


def _print(out: Console, line: str, style: str) -> None:
    out.print(Text(visible(line), style=style), soft_wrap=True)


def visible(text: str) -> str:
    """A text on one line in which what a terminal would obey is written out."""
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text)
