"""One transform over all identities, in one process or in several."""

import multiprocessing
from collections.abc import Iterator

from presage.features.bts import Output, Transform, json_line

from .files import Events
from .out import Line

_FEW_EVENTS = 20_000
"""So few are folded by one process before another has started."""
_PIECES = 8
"""So many pieces of work does each process get, that they end together."""
Groups = list[tuple[str, Events]]
_work: list[tuple[Transform, Groups]] = []
"""What a process that was forked has to work on: it has been there since before the fork."""


def run_local(
    transform: Transform, groups: dict[str, Events], processes: int
) -> Iterator[tuple[int, list[Line]]]:
    """(how many identities, their lines of output), piece by piece, in the order of the identities.

    Parameters
    ----------
    processes : so many at most; few events are folded in this one

    Raises TransformError if an expression must stop the run.
    """
    work: Groups = list(groups.items())
    n_events = sum(len(events) for _, events in work)
    if processes <= 1 or n_events < _FEW_EVENTS or len(work) < processes:
        for identity, events in work:
            yield 1, _lines_of(transform.output(identity, events))
        return
    step = max(1, len(work) // (processes * _PIECES))
    _work.append((transform, work))
    try:
        with multiprocessing.get_context("fork").Pool(processes) as pool:
            pieces = [(begin, min(begin + step, len(work))) for begin in range(0, len(work), step)]
            for (begin, end), lines in zip(pieces, pool.imap(_run_piece, pieces), strict=True):
                yield end - begin, lines
    finally:
        _work.pop()


def _run_piece(piece: tuple[int, int]) -> list[Line]:
    transform, work = _work[-1]
    begin, end = piece
    return [line for one in work[begin:end] for line in _lines_of(transform.output(*one))]


def _lines_of(outputs: list[Output]) -> list[Line]:
    return [(one.group, json_line(one)) for one in outputs]
