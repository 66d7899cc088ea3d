"""When things happened: given in seconds or milliseconds, and never later than now."""

import polars as pl

IN_MILLISECONDS = 100_000_000_000
"""So many seconds after 1970 it is the year 5138, so many milliseconds after it 1973: what is no less can be
milliseconds alone."""
MOST_AHEAD_SECONDS = 900.0
"""Callers' clocks may be so much ahead, as for signatures; what is said to be later yet happened now."""


def in_seconds(at: float) -> float:
    """An instant in seconds since 1970, which may be given in milliseconds."""
    return at / 1000 if at >= IN_MILLISECONDS else at


def by_now(at: float, now: float) -> float:
    """When something happened that is said to have happened `at`; seconds since 1970, UTC, all of them."""
    return now if at > now + MOST_AHEAD_SECONDS else at


def column_by_now(column: str, now: float) -> pl.Expr:
    """The same of a column of whole seconds."""
    at = pl.col(column)
    return pl.when(at > now + MOST_AHEAD_SECONDS).then(pl.lit(int(now))).otherwise(at).alias(column)
