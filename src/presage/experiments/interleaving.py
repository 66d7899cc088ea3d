"""One ranking of several: team-draft interleaving."""

from collections.abc import Callable, Sequence


def team_draft(
    rankings: Sequence[Sequence[str]], n_results: int, shuffle: Callable[[list[int]], None]
) -> list[tuple[str, int]]:
    """(item, the arm that brought it), best first: arms take turns, in a new random order each round.

    An arm in turn brings its best item that is not there yet; one that has none left passes. No arm is at an
    advantage: if the arms' rankings are exchanged, so is the credit, with the same probabilities.

    Parameters
    ----------
    rankings : of each arm, best first, without repetition
    shuffle : puts arms into a random order, in place

    Source: Radlinski, Kurup, Joachims, How does clickthrough data reflect retrieval quality?, CIKM 2008; for
    more than two, Schuth, Sietsma, Whiteson, Lefortier, de Rijke, Multileaved comparisons, CIKM 2014.
    """
    drafted: dict[str, int] = {}
    remaining = [iter(ranking) for ranking in rankings]
    arms = list(range(len(rankings)))
    while arms and len(drafted) < n_results:
        shuffle(arms)
        for arm in tuple(arms):
            best = next((item for item in remaining[arm] if item not in drafted), None)
            if best is None:
                arms.remove(arm)
            elif len(drafted) < n_results:
                drafted[best] = arm
    return list(drafted.items())
