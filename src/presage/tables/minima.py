"""How much data a training needs at least.

Source: the Personalize developer guide, "Endpoints and quotas", and the texts of AWS's own failures.
"""

import polars as pl

from presage.errors import JobFailure

LEAST_INTERACTIONS = 1000
LEAST_USERS = 25
LEAST_PER_USER = 2
LEAST_SHARE_OF_USERS = 0.01


def check_minima(interactions: pl.DataFrame) -> None:
    """Whether these interactions, filtered as the solution says, are enough to train on.

    Parameters
    ----------
    interactions : a row per interaction, with USER_ID

    Raises JobFailure saying what there is and what is needed.
    """
    if interactions.height < LEAST_INTERACTIONS:
        raise JobFailure(
            f"Dataset has fewer than {LEAST_INTERACTIONS} interactions after filtering by event type"
            f" and value: it has {interactions.height}"
        )
    counts = interactions.group_by("USER_ID").len()
    n_users = counts.height
    n_active = counts.filter(pl.col("len") >= LEAST_PER_USER).height
    if n_active < LEAST_USERS:
        raise JobFailure(
            f"Dataset has fewer than {LEAST_USERS} users with at least {LEAST_PER_USER} interactions each:"
            f" it has {n_active} such users"
        )
    if n_active < LEAST_SHARE_OF_USERS * n_users:
        raise JobFailure(
            f"Dataset has fewer than {LEAST_SHARE_OF_USERS:.0%} users with at least {LEAST_PER_USER}"
            f" interactions each: it has {n_active} such users of {n_users}"
        )
