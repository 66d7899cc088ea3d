"""The company's app, as far as it concerns presage: a database, and days on which users open it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    Column,
    Engine,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    func,
    insert,
    select,
)

from presage.worlds.company import CATEGORIES, COUNTRIES, DAYS, Acts, CompanyWorld, Kind

Rows = NDArray[np.integer]
DAY = 86_400.0
ZONES = {
    "ES": "Europe/Madrid",
    "MX": "America/Mexico_City",
    "AR": "America/Argentina/Buenos_Aires",
    "US": "America/New_York",
    "DE": "Europe/Berlin",
}
LETTER = {"person": "u", "program": "g", "post": "p"}
metadata = MetaData()
users = Table(
    "users",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("email", String(80), nullable=False),
    Column("age", Integer, nullable=False),
    Column("country", String(2), nullable=False),
    Column("gym", Integer, nullable=False),
    Column("category", String(16), nullable=False),
    Column("time_zone", String(40), nullable=False),
    Column("active_program", String(16)),
)
programs = Table(
    "programs",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("title", String(80), nullable=False),
    Column("category", String(16), nullable=False),
)
posts = Table(
    "posts",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("title", String(80), nullable=False),
    Column("category", String(16), nullable=False),
)


def _acts(name: str, kind: Kind) -> Table:
    return Table(
        name,
        metadata,
        Column("user_id", String(16), nullable=False, index=True),
        Column(f"{kind}_id", String(16), nullable=False),
        Column("at", Float, nullable=False),
    )


ACTS: dict[Kind, Table] = {
    "person": _acts("follows", "person"),
    "program": _acts("joins", "program"),
    "post": _acts("likes", "post"),
}
displays = Table(
    "displays",
    metadata,
    Column("widget", String(16), nullable=False),
    Column("user_id", String(16), nullable=False),
    Column("thing_id", String(16), nullable=False),
    Column("at", Float, nullable=False),
    Column("acted", Integer, nullable=False),
)
"""What a widget showed to whom, and whether that was acted on."""


def names(kind: Kind, rows: Rows) -> list[str]:
    """The ids of things, as the app's tables have them."""
    return [f"{LETTER[kind]}{row:05d}" for row in rows.tolist()]


def rows_of(ids: Sequence[str]) -> Rows:
    """The things of these ids, as the world numbers them."""
    return np.array([int(one[1:]) for one in ids], int)


@dataclass(frozen=True, kw_only=True)
class CompanyApp:
    """An app with a database of its own.

    Parameters
    ----------
    url : SQLAlchemy URL of the database
    began_at : the past ended then, in seconds since 1970, UTC
    """

    world: CompanyWorld
    url: str
    began_at: float

    @cached_property
    def engine(self) -> Engine:
        """The app's database."""
        return create_engine(self.url)

    def build(self) -> int:
        """Make the tables, with all that is known of the past; how many times users acted in it."""
        metadata.create_all(self.engine)
        past: dict[Kind, Acts] = {kind: self.world.past(kind) for kind in ACTS}
        joined = past["program"]
        active = dict(zip(joined.users.tolist(), joined.things.tolist(), strict=True))
        with self.engine.begin() as connection:
            connection.execute(insert(users), self._users(active))
            connection.execute(insert(programs), self._things("program", "Programme"))
            connection.execute(insert(posts), self._things("post", "Post"))
            for kind, acts in past.items():
                at = self.began_at - (DAYS - acts.days) * DAY
                rows = self._acted(kind, acts.users, acts.things, at.tolist())
                connection.execute(insert(ACTS[kind]), rows)
        return sum(len(acts.users) for acts in past.values())

    def show(self, kind: Kind, who: Rows, things: Rows, at: float, rng: np.random.Generator) -> int:
        """Show a thing of a kind to each of some users; how many of them acted on it.

        Parameters
        ----------
        who, things : (n,), each user once
        at : the first is shown then, the others within the hour
        """
        acted = self.world.act(kind, who, things, rng)
        moments = (at + np.sort(rng.uniform(0, 3600, len(who)))).tolist()
        shown = zip(names("person", who), names(kind, things), moments, acted.tolist(), strict=True)
        with self.engine.begin() as connection:
            connection.execute(
                insert(displays),
                [
                    {"widget": kind, "user_id": user, "thing_id": thing, "at": moment, "acted": int(did)}
                    for user, thing, moment, did in shown
                ],
            )
            if acted.any():
                told = [moment for moment, did in zip(moments, acted, strict=True) if did]
                connection.execute(insert(ACTS[kind]), self._acted(kind, who[acted], things[acted], told))
        return int(acted.sum())

    def n_without_program(self) -> int:
        """How many users train by no programme."""
        query = select(func.count()).select_from(users).where(users.c.active_program.is_(None))
        with self.engine.connect() as connection:
            return connection.execute(query).scalar_one()

    def _users(self, active: dict[int, int]) -> list[dict[str, Any]]:
        """The users' rows; every second one still trains by the programme that he joined last."""
        world = self.world
        ids, kinds = names("person", np.arange(world.n_users)), world.category("person").tolist()
        return [
            {
                "id": ids[row],
                "email": f"{ids[row]}@fitness.example",
                "age": age,
                "country": COUNTRIES[country],
                "gym": gym,
                "category": CATEGORIES[kinds[row]],
                "time_zone": ZONES[COUNTRIES[country]],
                "active_program": f"g{active[row]:05d}" if row in active and row % 2 else None,
            }
            for row, (age, country, gym) in enumerate(
                zip(world.age.tolist(), world.country.tolist(), world.gym.tolist(), strict=True)
            )
        ]

    def _things(self, kind: Kind, title: str) -> list[dict[str, Any]]:
        kinds = self.world.category(kind).tolist()
        ids = names(kind, np.arange(self.world.count(kind)))
        return [
            {"id": one, "title": f"{title} {one}: {CATEGORIES[category]}", "category": CATEGORIES[category]}
            for one, category in zip(ids, kinds, strict=True)
        ]

    def _acted(self, kind: Kind, who: Rows, things: Rows, at: list[float]) -> list[dict[str, Any]]:
        told = zip(names("person", who), names(kind, things), at, strict=True)
        return [{"user_id": user, f"{kind}_id": thing, "at": moment} for user, thing, moment in told]
