"""How alike two accounts answer: overlap, rank correlation, forecasts apart, empty, errors, latency."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from statistics import mean

from .replaying import Answer, Pair


@dataclass(frozen=True, kw_only=True)
class Side:
    """How one account answered the questions of one kind.

    Parameters
    ----------
    errors : error -> how often
    p50, p95 : of the seconds that an answer took
    """

    errors: Mapping[str, int]
    empty: int
    p50: float
    p95: float


@dataclass(frozen=True, kw_only=True)
class Row:
    """The questions of one kind.

    Parameters
    ----------
    overlap : the mean share of the first k that both have; None = no two answers could be compared
    correlation : the mean of Kendall's tau over the items that both have; None = nowhere were there two
    same_first : the share of answers with the same first item
    apart : the sum of the absolute differences of all forecast values over the sum of the left ones
    """

    about: str
    questions: int
    overlap: float | None
    correlation: float | None
    same_first: float | None
    apart: float | None
    left: Side
    right: Side


def compare(pairs: Sequence[Pair], k: int) -> list[Row]:
    """A row each kind of question, in the order in which they first come."""
    kinds: dict[str, list[Pair]] = {}
    for pair in pairs:
        kinds.setdefault(pair.about, []).append(pair)
    return [_row(about, some, k) for about, some in kinds.items()]


def _row(about: str, pairs: Sequence[Pair], k: int) -> Row:
    answered = [pair for pair in pairs if not pair.left.error and not pair.right.error]
    listed = [pair for pair in answered if pair.left.items or pair.right.items]
    firsts = [pair.left.items[:1] == pair.right.items[:1] for pair in listed]
    return Row(
        about=about,
        questions=len(pairs),
        overlap=_mean([overlap(pair, k) for pair in listed]),
        correlation=_mean([tau for pair in listed if (tau := correlation(pair)) is not None]),
        same_first=_mean(firsts),
        apart=_apart([pair for pair in answered if pair.left.series and pair.right.series]),
        left=_side([pair.left for pair in pairs]),
        right=_side([pair.right for pair in pairs]),
    )


def overlap(pair: Pair, k: int) -> float:
    """The share of the first k that both have; of shorter answers, of as many as the longer one has."""
    left, right = pair.left.items[:k], pair.right.items[:k]
    return len(set(left) & set(right)) / max(len(left), len(right), 1)


def correlation(pair: Pair) -> float | None:
    """Kendall's tau of the ranks of the items that both have; None if they are fewer than two."""
    from scipy.stats import kendalltau  # noqa: PLC0415  (heavy)

    places = {item: place for place, item in enumerate(pair.right.items)}
    common = [places[item] for item in dict.fromkeys(pair.left.items) if item in places]
    return float(kendalltau(range(len(common)), common).statistic) if len(common) > 1 else None


def _apart(pairs: Sequence[Pair]) -> float | None:
    difference = total = 0.0
    for pair in pairs:
        for quantile in pair.left.series.keys() & pair.right.series.keys():
            values = zip(pair.left.series[quantile], pair.right.series[quantile], strict=False)
            for left, right in values:
                difference += abs(left - right)
                total += abs(left)
    if not pairs:
        return None
    return difference / total if total else float(difference > 0)


def unlike(pairs: Sequence[Pair], k: int, most: int) -> list[tuple[float, Pair]]:
    """The answers that are least alike, and how much: 0 = nothing in common, or one side alone answered."""
    how: Callable[[Pair], float] = lambda pair: _likeness(pair, k)  # noqa: E731
    marked = [(how(pair), pair) for pair in pairs]
    return sorted((one for one in marked if one[0] < 1), key=lambda one: (one[0], one[1].question.line))[
        :most
    ]


def _likeness(pair: Pair, k: int) -> float:
    if pair.left.error or pair.right.error:
        return float(bool(pair.left.error) is bool(pair.right.error))
    if pair.left.series or pair.right.series:
        apart = _apart([pair]) if pair.left.series and pair.right.series else 1.0
        return max(0.0, 1 - (apart or 0.0))
    return overlap(pair, k) if pair.left.items or pair.right.items else 1.0


def _side(answers: Sequence[Answer]) -> Side:
    errors: dict[str, int] = {}
    for answer in answers:
        if answer.error:
            errors[answer.error] = errors.get(answer.error, 0) + 1
    seconds = sorted(answer.seconds for answer in answers if not answer.error)
    empty = sum(answer.is_empty for answer in answers)
    return Side(errors=errors, empty=empty, p50=_quantile(seconds, 0.5), p95=_quantile(seconds, 0.95))


def _quantile(ordered: Sequence[float], share: float) -> float:
    """The least value that at least a share of all do not exceed; 0 of none."""
    return ordered[max(0, ceil(share * len(ordered)) - 1)] if ordered else 0.0


def _mean(values: Sequence[float]) -> float | None:
    return mean(values) if values else None
