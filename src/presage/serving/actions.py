"""Which actions would a user take? The probable ones first, without those that must not be shown now."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from presage.columns import (
    ACTION_EXPIRATION_TIMESTAMP,
    EXPIRATION_TIMESTAMP,
    REPEAT_FREQUENCY,
    VALUE,
)
from presage.recipes.data import Floats

from .catalogue import Catalogue
from .cells import Bools, NumberCells
from .deployment import Deployment
from .filtering import Filtering
from .histories import Used
from .question import Question
from .recommend import Scored

SECONDS_PER_DAY = 86_400


async def recommend_actions(deployment: Deployment, question: Question, n_results: int) -> Scored:
    """The actions that the user most probably takes, with the probability; of equal ones the dearer first.

    An action that the training knew too little of has 0. Left out are actions without a record, expired ones,
    those that the user has met more lately than they may be repeated, and what the filter leaves out.
    """
    served = deployment.served
    actions = served.actions
    assert actions is not None  # every version of a recipe of actions has them

    def finish(scores: Floats, _items: Catalogue) -> Scored:
        catalogue = actions.catalogue
        user = served.who(question.user_id)
        user = actions.memory.user_of(user) or user
        shown = _shown(catalogue, actions.histories.of(user), question.now)
        if question.filter_ is not None:
            filtering = Filtering(
                filter_=question.filter_,
                user_id=user,
                item_id=None,
                histories=actions.histories,
                memory=served.memory,
            )
            shown &= filtering.mask(catalogue)
        known = np.append(scores, np.zeros(len(catalogue.new), scores.dtype))
        return _best(known, shown, catalogue, n_results)

    return await deployment.ask(question, finish)


def _shown(catalogue: Catalogue, history: Mapping[str, Sequence[Used]], now: float) -> Bools:
    """(n_actions,): which have a record, are not expired, and may be shown again after what a user did."""
    shown = catalogue.cells.present.copy()
    for column in (ACTION_EXPIRATION_TIMESTAMP, EXPIRATION_TIMESTAMP):
        shown &= ~(_numbers(catalogue, column) <= now)
    wait = _numbers(catalogue, REPEAT_FREQUENCY) * SECONDS_PER_DAY
    for used in (used for events in history.values() for used in events):
        row = catalogue.row(used.item_id)
        if row is not None and now < used.time + wait[row]:
            shown[row] = False
    return shown


def _best(scores: Floats, shown: Bools, catalogue: Catalogue, n_results: int) -> Scored:
    """The (id, score) of the best that may be shown, of equal scores the highest VALUE first, then by id."""
    rows = np.flatnonzero(shown)
    value = np.nan_to_num(_numbers(catalogue, VALUE)[rows])
    best = rows[np.lexsort((-value, -scores[rows]))][:n_results].tolist()
    return list(zip(catalogue.ids(best), scores[best].tolist(), strict=True))


def _numbers(catalogue: Catalogue, column: str) -> NDArray[np.float64]:
    """(n_actions,): a column of the records; NaN where there is no number."""
    cells = catalogue.cells.column(column)
    if not isinstance(cells, NumberCells):
        return np.full(len(catalogue.uses), np.nan)
    found = cells.column
    values = found.values.astype(np.float64)
    return values if found.is_null is None else np.where(found.is_null, np.nan, values)
