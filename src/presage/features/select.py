"""Which interactions a solution trains on, and whether they are enough."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from presage.columns import EVENT_TYPE, EVENT_VALUE, EVENT_WEIGHT
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


@dataclass(frozen=True, kw_only=True)
class EventRule:
    """Which events count in a training, and how much.

    Parameters
    ----------
    event_type : in any case
    threshold : only events of at least this value count; None = of any value
    weight : compared with those of other rules, at least 0
    """

    event_type: str
    threshold: float | None
    weight: float


def weigh_events(interactions: pl.DataFrame, rules: Sequence[EventRule]) -> pl.DataFrame:
    """The interactions that some rule admits, with the weight of the first that does as EVENT_WEIGHT.

    Raises JobFailure if the column that a rule needs is missing.
    """
    weight = pl.lit(None, pl.Float32)
    for rule in reversed(rules):
        _demand(interactions, EVENT_TYPE, f"eventType {rule.event_type!r}")
        admits = pl.col(EVENT_TYPE).str.to_uppercase() == rule.event_type.upper()
        if rule.threshold is not None:
            _demand(interactions, EVENT_VALUE, f"eventValueThreshold {rule.threshold:g}")
            admits &= pl.col(EVENT_VALUE) >= rule.threshold
        weight = pl.when(admits).then(pl.lit(rule.weight, pl.Float32)).otherwise(weight)
    return interactions.with_columns(weight.alias(EVENT_WEIGHT)).drop_nulls(EVENT_WEIGHT)


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
