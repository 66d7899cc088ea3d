"""Tables of actions become what recipes for actions learn from."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl

from presage.columns import (
    ACTION_ID,
    ACTION_INTERACTIONS,
    ACTIONS,
    EVENT_TYPE,
    INTERACTIONS,
    ITEMS,
    TAKEN,
    TIMESTAMP,
    USER_ID,
    USERS,
)
from presage.recipes.data import ActionLog

from .columns import Columns
from .encode import Encoded, encode
from .texts import Names, distinct, rows_among


@dataclass(frozen=True, kw_only=True)
class EncodedActions:
    """Data ready for training, and what it means.

    Parameters
    ----------
    log : what recipes learn from
    encoded : its interactions; the vocabulary knows the actions too
    """

    log: ActionLog
    encoded: Encoded


def encode_actions(frames: Mapping[str, pl.DataFrame], columns: Columns) -> EncodedActions:
    """Encode the tables of a dataset group that has actions.

    Parameters
    ----------
    frames : by dataset type; INTERACTIONS and ACTIONS must be there. Interactions with other actions than
        these are left out
    columns : as `encode` takes them
    """
    names = distinct(frames[ACTIONS][ACTION_ID])
    done = _known(frames.get(ACTION_INTERACTIONS), names)
    users = _with_ids(frames.get(USERS), done[USER_ID])
    encoded = encode(frames[INTERACTIONS], frames.get(ITEMS), users, columns)
    vocabulary = replace(encoded.vocabulary, actions=Names.of(names))
    log = ActionLog(
        interactions=encoded.log,
        user=rows_among(encoded.vocabulary.users.series(), done[USER_ID]),
        action=rows_among(names, done[ACTION_ID]),
        time=done[TIMESTAMP].cast(pl.Int64).to_numpy(),
        is_taken=(done[EVENT_TYPE] == TAKEN).to_numpy(),
        n_actions=len(names),
    )
    return EncodedActions(log=log, encoded=replace(encoded, vocabulary=vocabulary))


def _known(done: pl.DataFrame | None, names: pl.Series) -> pl.DataFrame:
    """The whole rows about actions that there are."""
    if done is None:
        kinds = {USER_ID: pl.String, ACTION_ID: pl.String, EVENT_TYPE: pl.String, TIMESTAMP: pl.Int64}
        return pl.DataFrame(schema=kinds)
    whole = done.drop_nulls([USER_ID, ACTION_ID, EVENT_TYPE, TIMESTAMP])
    return whole.filter(pl.Series(rows_among(names, whole[ACTION_ID]) >= 0))


def _with_ids(users: pl.DataFrame | None, ids: pl.Series) -> pl.DataFrame:
    """The users' records, after them empty ones for other ids."""
    known = pl.DataFrame(schema={USER_ID: pl.String}) if users is None else users
    others = ids.unique().to_frame().join(known, on=USER_ID, how="anti").select(USER_ID)
    return pl.concat([known, others], how="diagonal")
