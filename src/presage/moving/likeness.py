"""What comparing two accounts found, as a table for terminals and pages."""

import json
from collections.abc import Sequence

from presage.errors import shown

from .comparing import Row, Side
from .replaying import Answer, Pair

_MOST_ITEMS = 5
UNLIKE = ("alike", "line", "asked", "left", "right")
"""The headings of what is least alike."""


def headings(k: int) -> list[str]:
    """The heading of each column."""
    return [
        *("call", "questions", f"overlap@{k}", "rank correlation", "same first", "forecasts apart"),
        *("empty left", "right", "errors left", "right", "p50/p95 left, ms", "right"),
    ]


def cells(row: Row) -> list[str]:
    """A row as texts, a cell each heading."""
    return [
        *(row.about, f"{row.questions:,}", _share(row.overlap), _number(row.correlation)),
        *(_share(row.same_first), _share(row.apart), f"{row.left.empty:,}", f"{row.right.empty:,}"),
        *(_errors(row.left), _errors(row.right), _latency(row.left), _latency(row.right)),
    ]


def unlike_cells(found: Sequence[tuple[float, Pair]]) -> list[list[str]]:
    """Of each pair: how alike, the line of the trace, what was asked, both answers in short."""
    return [
        [f"{like:.0%}", str(pair.question.line), _asked(pair), _short(pair.left), _short(pair.right)]
        for like, pair in found
    ]


def _asked(pair: Pair) -> str:
    request = {name: value for name, value in pair.question.request.items() if not name.endswith("Arn")}
    return f"{pair.about} {shown(json.dumps(request, ensure_ascii=False, default=str))[1:-1]}"


def _short(answer: Answer) -> str:
    if answer.error:
        return shown(answer.error)[1:-1]
    if answer.series:
        firsts = (f"{name} {values[0]:.4g}, …" for name, values in answer.series.items() if values)
        return shown("; ".join(firsts))[1:-1]
    more = ", …" if len(answer.items) > _MOST_ITEMS else ""
    return shown(", ".join(answer.items[:_MOST_ITEMS]) + more)[1:-1] or "nothing"


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _errors(side: Side) -> str:
    return ", ".join(f"{n:,} {shown(error)[1:-1]}" for error, n in side.errors.items())


def _latency(side: Side) -> str:
    return f"{1000 * side.p50:.1f}/{1000 * side.p95:.1f}"
