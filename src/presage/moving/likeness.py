"""What comparing two accounts found, as a table for terminals and pages."""

import json
from collections.abc import Sequence

from presage.errors import shown

from .comparing import Row, Side
from .replaying import Answer, Pair

_MOST_ITEMS = 5
UNLIKE = ("alike", "line", "asked", "left", "right")
"""The headings of what is least alike."""


Table = tuple[str, Sequence[str], Sequence[Sequence[str]]]
"""A title, the heading of each column, and rows of cells."""


def tables(rows: Sequence[Row], least: Sequence[tuple[float, Pair]], k: int) -> list[Table]:
    """How alike the answers are, how each side did, and what is least alike, if anything is not."""
    alike = ["call", "questions", f"overlap@{k}", "rank correlation", "same first", "forecasts apart"]
    answered = ["call", "side", "empty", "errors", "p50, ms", "p95, ms"]
    sides = [
        [
            row.about,
            name,
            f"{side.empty:,}",
            _errors(side),
            *(f"{1000 * s:.1f}" for s in (side.p50, side.p95)),
        ]
        for row in rows
        for name, side in (("left", row.left), ("right", row.right))
    ]
    found: list[Table] = [
        ("How alike", alike, list(map(_alike, rows))),
        ("How each side answered", answered, sides),
    ]
    unlike = [
        [f"{like:.0%}", str(pair.question.line), _asked(pair), _short(pair.left), _short(pair.right)]
        for like, pair in least
    ]
    return [*found, ("Least alike", UNLIKE, unlike)] if unlike else found


def _alike(row: Row) -> list[str]:
    numbers = (row.overlap, row.same_first, row.apart)
    overlap, same_first, apart = ("" if one is None else f"{one:.1%}" for one in numbers)
    correlation = "" if row.correlation is None else f"{row.correlation:.2f}"
    return [row.about, f"{row.questions:,}", overlap, correlation, same_first, apart]


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


def _errors(side: Side) -> str:
    return ", ".join(f"{n:,} {shown(error)[1:-1]}" for error, n in side.errors.items())
