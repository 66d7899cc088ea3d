"""Which users of a version a filter lets through: it is held against the datasets as they are."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

from presage.columns import EVENT_TYPE, INTERACTIONS, USER_ID, USERS, by_caseless
from presage.filters import Condition, Expression, Filter
from presage.serving.cells import Bools, cells_of

ANY = "*"
MOST_REMEMBERED = 16


class UserMasks:
    """The users of a version, and what is known of them.

    Parameters
    ----------
    users : their ids
    records : the Users dataset; None if there is none
    events : USER_ID and EVENT_TYPE of the interactions
    """

    def __init__(self, users: pl.Series, records: pl.DataFrame | None, events: pl.DataFrame) -> None:
        self._users = users.alias(USER_ID).to_frame()
        self._types = events.select(USER_ID, pl.col(EVENT_TYPE).str.to_uppercase()).unique()
        known = records if records is not None else pl.DataFrame(schema={USER_ID: pl.String()})
        has = known.with_columns(pl.lit(value=True).alias("#has"))
        self._records = self._users.join(has, on=USER_ID, how="left", maintain_order="left")
        self._present = self._records["#has"].fill_null(value=False).to_numpy()
        self._names = by_caseless(known.columns)
        self.of = lru_cache(MOST_REMEMBERED)(self._of)

    def _of(self, filter_: Filter) -> Bools:
        """(n_users,): who is let through."""
        included = [self._meets(one) for one in filter_.expressions if one.includes]
        excluded = [self._meets(one) for one in filter_.expressions if not one.includes]
        shown = np.logical_or.reduce(included) if included else np.ones(len(self._users), bool)
        return shown & ~np.logical_or.reduce(excluded) if excluded else shown

    def _meets(self, expression: Expression) -> Bools:
        met = {USERS: self._has_cell, INTERACTIONS: self._did}[expression.dataset]
        alternatives = [
            np.logical_and.reduce([met(condition) for condition in conditions])
            for conditions in expression.alternatives
        ]
        return np.logical_or.reduce(alternatives)

    def _has_cell(self, condition: Condition) -> Bools:
        """Who has a record with such a value."""
        if condition.field == USER_ID:
            return cells_of(self._users[USER_ID], self._present).met(condition)
        name = self._names.get(condition.field)
        if name is None:
            return np.zeros(len(self._users), bool)
        return cells_of(self._records[name], self._present).met(condition)

    def _did(self, condition: Condition) -> Bools:
        """Who has done something of such a type."""
        operand = condition.operand if isinstance(condition.operand, tuple) else ()
        wanted = [type_.upper() for type_ in operand]
        is_wanted = (
            pl.lit(value=True) if ANY in wanted else pl.col(EVENT_TYPE).is_in(wanted).fill_null(value=False)
        )
        if condition.operator not in ("IN", "="):
            is_wanted = ~is_wanted
        if not wanted:
            return np.zeros(len(self._users), bool)
        return self._among(self._types.filter(is_wanted)[USER_ID])

    def _among(self, users: pl.Series) -> NDArray[np.bool_]:
        return self._users[USER_ID].is_in(users.implode()).to_numpy()


def events_frame(rows: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """USER_ID and EVENT_TYPE of interactions; null where the schema has no types."""
    return rows if EVENT_TYPE in columns else rows.with_columns(pl.lit(None, pl.String).alias(EVENT_TYPE))
