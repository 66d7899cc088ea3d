"""Which interactions a solution trains on, and whether they are enough."""

import numpy as np
import polars as pl

from presage.columns import EVENT_TYPE, EVENT_VALUE
from presage.errors import JobFailure
from presage.recipes.data import Interactions

MIN_EVENTS = 1000
MIN_USERS = 25
MIN_USER_SHARE = 0.01


def select_events(
    interactions: pl.DataFrame, event_type: str | None = None, threshold: float | None = None
) -> pl.DataFrame:
    """The interactions of one type, in any case (None: of all), and of at least a value (None: of any).

    With a threshold, rows without a value are left out.

    Raises JobFailure if the column that a filter needs is missing.
    """
    kept = interactions
    if event_type is not None:
        _demand(interactions, EVENT_TYPE, f"eventType {event_type!r}")
        kept = kept.filter(pl.col(EVENT_TYPE).str.to_uppercase() == event_type.upper())
    if threshold is not None:
        _demand(interactions, EVENT_VALUE, f"eventValueThreshold {threshold:g}")
        kept = kept.filter(pl.col(EVENT_VALUE) >= threshold)
    return kept


def check_minima(log: Interactions, event_type: str | None = None) -> None:
    """Raise JobFailure, in AWS's words where they are known, if there is too little to train on.

    Parameters
    ----------
    event_type : the log holds only events of this type; None = of all
    """
    if len(log.item) < MIN_EVENTS:
        raise JobFailure(
            f"Dataset has fewer than {MIN_EVENTS} interactions after filtering by event type:"
            f" {event_type or 'any'}; it has {len(log.item)}"
        )
    n_events = np.bincount(log.user)
    n_users, n_able = int((n_events > 0).sum()), int((n_events >= 2).sum())
    if n_able < MIN_USERS:
        raise JobFailure(
            f"Dataset has fewer than {MIN_USERS} users with at least 2 interactions each: it has {n_able}"
        )
    if n_able < MIN_USER_SHARE * n_users:
        raise JobFailure(
            f"Dataset has at least 2 interactions each for only {n_able} of its {n_users} users;"
            f" {MIN_USER_SHARE:.0%} of the users are needed"
        )


def _demand(interactions: pl.DataFrame, column: str, setting: str) -> None:
    if column not in interactions.columns:
        raise JobFailure(
            f"{setting} needs a column {column} in the Interactions dataset; its schema has none"
        )
