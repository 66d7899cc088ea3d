"""A world of actions as recipes are given it."""

from functools import cache

import numpy as np

from presage.features.actions import encode_actions
from presage.features.columns import Columns, Fields
from presage.recipes.actions.next_best import NextBestAction
from presage.recipes.data import Query
from presage.recipes.ranking.selection import user_features_of
from presage.recipes.ranking.states import user_states
from presage.worlds.actions import ActionWorld

WORLD = ActionWorld()
"""Its last action, a7, is shown to nobody."""


@cache
def encoded(world=WORLD):
    frames = {
        "INTERACTIONS": world.interactions(),
        "USERS": world.users(),
        "ACTIONS": world.actions(),
        "ACTION_INTERACTIONS": world.action_interactions(),
    }
    return encode_actions(frames, Columns(user=Fields(categorical=("MEMBER",))))


@cache
def fitted(world=WORLD):
    return NextBestAction().fit(encoded(world).log)


def asked(model, log):
    """(n_users, n_actions): what a model says of every user, as serving asks it."""
    states, last_at = user_states(model, log.interactions)
    newest = int(log.time.max())
    queries = [
        Query(silence=float(newest - at), user_features=user_features_of(log.interactions, user))
        for user, at in enumerate(last_at)
    ]
    return model.score(model.represent(states, queries))


def truth(world=WORLD):
    """(n_users, n_actions): the propensities in the rows of the encoded data."""
    vocabulary = encoded(world).encoded.vocabulary
    rows = ([int(name[1:]) for name in names] for names in (vocabulary.users, vocabulary.actions))
    return world.propensity()[np.ix_(*rows)]
