"""What the app's widgets show: guesses at first, then what the nightly run loaded."""

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select, text

from presage.health.widgets import Rate, Widget
from presage.worlds.company import KINDS, CompanyWorld, Kind

from .app import CompanyApp, displays, names, rows_of

Rows = NDArray[np.integer]
SHARE_OF_USERS = 0.5
"""So many users open the app on a day."""
N_PLACES = 5
"""A widget shows one of so many places of a user's list, another each day."""


def guessed(world: CompanyWorld, kind: Kind, who: Rows, rng: np.random.Generator) -> Rows:
    """What is shown to some users without a model: people of their gym and about their age, or anything."""
    things = rng.integers(0, world.count(kind), len(who))
    if kind != "person":
        return things
    for place, user in enumerate(who.tolist()):
        near = np.flatnonzero((world.gym == world.gym[user]) & (np.arange(world.n_users) != user))
        if len(near):
            closest = near[np.argsort(np.abs(world.age[near] - world.age[user]))[:N_PLACES]]
            things[place] = rng.choice(closest)
    return things


def recommended(app: CompanyApp, kind: Kind, who: Rows, rank: int) -> Rows:
    """What the nightly run loaded for some users at a place of their lists; 1 is the best."""
    query = text(f"SELECT user_id, item_id FROM recommended_{kind} WHERE rank = :rank")  # noqa: S608, our names
    with app.engine.connect() as connection:
        loaded = {row.user_id: row.item_id for row in connection.execute(query, {"rank": rank})}
    return rows_of([loaded[user] for user in names("person", who)])


def open_app(app: CompanyApp, at: float, rank: int, rng: np.random.Generator) -> None:
    """A day on which users open the app, and see a thing of each kind.

    Parameters
    ----------
    at : seconds since 1970, UTC
    rank : the place of the lists that is shown; 0 = no lists are loaded yet
    """
    for kind in KINDS:
        n_users = app.world.n_users
        who = np.sort(rng.choice(n_users, int(n_users * SHARE_OF_USERS), replace=False))
        things = recommended(app, kind, who, rank) if rank else guessed(app.world, kind, who, rng)
        app.show(kind, who, things, at, rng)


def widgets(app: CompanyApp) -> list[Widget]:
    """What each widget brought by day, as the app counted it."""
    day = func.strftime("%Y-%m-%d", displays.c.at, "unixepoch")
    query = select(displays.c.widget, day, func.count(), func.sum(displays.c.acted))
    with app.engine.connect() as connection:
        rows = connection.execute(query.group_by(displays.c.widget, day).order_by(day)).all()
    return [
        Widget(
            kind="widget",
            name=kind,
            event_type="act",
            days={day: Rate(shown, acted) for widget, day, shown, acted in rows if widget == kind},
        )
        for kind in KINDS
    ]
