"""A Personalize schema as the tables see it."""

from functools import partial
from typing import Any

import polars as pl

from presage.columns import ASIDE, EVENT_TYPE, INTERACTIONS, USER_ID
from presage.errors import JobFailure, few

from ..layout import Column, Layout, Values, unchanged
from .rules import column_chosen, cut, may_be_missing, rules_of
from .schema import DatasetSchema, Field

LEAST_INTERACTIONS = 1000
MOST_EVENT_TYPES_AND_METADATA = 10


def layout_of(schema: DatasetSchema) -> Layout:
    """What the tables must know of a dataset with this schema."""
    adds_up = schema.record_id is None
    return Layout(
        columns=tuple(_column(field) for field in schema.fields),
        key=() if schema.record_id is None else (schema.record_id,),
        rules=rules_of(schema.fields),
        check=lambda rows, n_rows, values: _check(schema, rows, n_rows, values),
        aside=ASIDE,
        tidy=_tidy_interactions if adds_up else unchanged,
        learned=_learned_interactions if adds_up else unchanged,
        owner=_owner(adds_up) if USER_ID in schema else None,
    )


def _owner(adds_up: bool) -> pl.Expr:
    """Whose a told row is: the user that it or its session names, else the session itself."""
    return pl.coalesce(_user(), "_SESSION_ID") if adds_up else pl.col(USER_ID)


def _column(field: Field) -> Column:
    convert = cut if field.textual else unchanged
    if field.one_of:
        convert = partial(column_chosen, choices=field.one_of)
    is_lenient = may_be_missing(field)
    return Column(
        name=field.name,
        kind=field.kind,
        nullable=is_lenient,
        counts_missing=is_lenient and not field.nullable,
        convert=convert,
    )


def _tidy_interactions(told: pl.LazyFrame) -> pl.LazyFrame:
    """Each event once: one with the same eventId, user, thing and instant is the same, whatever else it says.

    An event without a user is its session's user's. A session whose user is never named may be asked for as
    if it were one, as the developer guide advises.
    """
    rows = told.with_columns(_owner(adds_up=True).alias(USER_ID)).filter(pl.col(USER_ID).is_not_null())
    same = pl.struct(pl.col("^(_EVENT_ID|USER_ID|ITEM_ID|ACTION_ID|TIMESTAMP)$"))
    return rows.filter(pl.col("_EVENT_ID").is_null() | same.is_first_distinct())


def _learned_interactions(told: pl.LazyFrame) -> pl.LazyFrame:
    """Of those with one eventId the first; none of a session whose user is never named."""
    first = pl.col("_EVENT_ID").is_null() | pl.col("_EVENT_ID").is_first_distinct()
    return told.filter(first).with_columns(_user().alias(USER_ID)).filter(pl.col(USER_ID).is_not_null())


def _user() -> pl.Expr:
    """The user whom an event names, else the first whom its session names."""
    named = pl.col(USER_ID).drop_nulls().first().over("_SESSION_ID")
    return pl.coalesce(USER_ID, pl.when(pl.col("_SESSION_ID").is_not_null()).then(named))


def _check(schema: DatasetSchema, rows: pl.LazyFrame, n_rows: int, values: Values) -> None:
    if schema.dataset_type != INTERACTIONS:
        return
    if n_rows < LEAST_INTERACTIONS:
        raise JobFailure(
            f"An import of interactions must have at least {LEAST_INTERACTIONS} records;"
            f" this one has {n_rows}"
        )
    if EVENT_TYPE in schema:
        new = rows.select(pl.col(EVENT_TYPE).unique()).collect(engine="streaming").to_series()
        _check_event_types(schema, set(new) | values(EVENT_TYPE))


def _check_event_types(schema: DatasetSchema, types: set[Any]) -> None:
    known = sorted(types - {None})
    n_metadata = len(schema.metadata)
    if len(known) + n_metadata > MOST_EVENT_TYPES_AND_METADATA:
        raise JobFailure(
            f"The dataset would have {len(known)} event types and {n_metadata} metadata columns;"
            f" together there may be at most {MOST_EVENT_TYPES_AND_METADATA}. The event types are:"
            f" {few(known)}"
        )
