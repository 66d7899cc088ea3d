"""Why an item stands where it does for a user: what its score would be without each of the user's events."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from presage.recipes.data import Floats, History, Query
from presage.recipes.ranking.selection import take

from .catalogue import Catalogue
from .memory import Event
from .served import ServedVersion

AT_ONCE = 64
STRONGEST = 3


@dataclass(frozen=True, kw_only=True)
class Carried:
    """An event, and the item's score without it."""

    event: Event
    without: float


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """An item's place among all that a model scores for a user.

    Parameters
    ----------
    score, rank : of the item; 1 is the best rank
    n_items : how many items were scored
    events : those that the model looks at, the one that carries most first
    without_strongest : the item's score without the first `STRONGEST` of them together
    without_all : its score for somebody without a history
    """

    score: float
    rank: int
    n_items: int
    events: Sequence[Carried]
    without_strongest: float
    without_all: float


def explain(served: ServedVersion, user_id: str, item_id: str, now: int) -> Explanation:
    """How a user's events carry an item's score, by leaving each of them out.

    Nothing is assumed of the model; filters and exploration take no part.

    Parameters
    ----------
    now : seconds since 1970, UTC

    Raises ValueError if the model does not know the item.
    """
    events, history = served.states.history(served.who(user_id), served.catalogue)
    return explained(served.catalogue, events, history, item_id, now)


def explained(
    catalogue: Catalogue, events: Sequence[Event], history: History, item_id: str, now: int
) -> Explanation:
    """The same from a user's history, which was read before: any thread may work it out.

    Parameters
    ----------
    events, history : as `UserStates.history` gives them
    """
    row = catalogue.row(item_id)
    if row is None:
        raise ValueError(f"no item of the model is called {item_id!r}")
    looks_at = len(events) if catalogue.model.state_size else 0
    everything = np.arange(looks_at)
    left_out = [_only(history, np.delete(everything, n)) for n in everything]
    whole, *scores = _scores(catalogue, [history, *left_out], now)
    order = np.argsort([one[row] for one in scores], kind="stable")
    rest = _only(history, np.sort(order[STRONGEST:]))
    few, none = _scores(catalogue, [rest, _only(history, everything[:0])], now)
    return Explanation(
        score=float(whole[row]),
        rank=1 + int((whole > whole[row]).sum()),
        n_items=len(whole),
        events=[Carried(event=events[n], without=float(scores[n][row])) for n in order],
        without_strongest=float(few[row]),
        without_all=float(none[row]),
    )


def _only(history: History, rows: NDArray[np.int64]) -> History:
    """A history of some of its events."""
    return replace(
        history,
        item=history.item[rows],
        time=history.time[rows],
        context={name: take(column, rows) for name, column in history.context.items()},
    )


def _scores(catalogue: Catalogue, histories: Sequence[History], now: int) -> list[Floats]:
    """What the model scores for each history, a part at a time."""
    found: list[Floats] = []
    model = catalogue.model
    for begin in range(0, len(histories), AT_ONCE):
        part = histories[begin : begin + AT_ONCE]
        queries = [Query(silence=_silence(one, now), user_features=one.user_features) for one in part]
        found += list(model.score(model.represent(model.read(part), queries)))
    return found


def _silence(history: History, now: int) -> float:
    return float(now - history.time[-1]) if len(history.time) else 0.0
