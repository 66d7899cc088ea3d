"""The company's app: its database, and what users do in it."""

import numpy as np
import pytest
from sqlalchemy import func, select

from presage.demo.company.app import ACTS, CompanyApp, displays, names, rows_of, users
from presage.worlds.company import CompanyWorld

WORLD = CompanyWorld(n_users=200, n_programs=40, n_posts=80, seed=3)
NOW = 1_790_000_000.0


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    app = CompanyApp(
        world=WORLD, url=f"sqlite:///{tmp_path_factory.mktemp('company') / 'app.sqlite'}", began_at=NOW
    )
    assert app.build() == sum(len(WORLD.past(kind).users) for kind in ACTS)
    return app


def counted(app, table, *where):
    with app.engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(table).where(*where)).scalar()


def test_names_lead_back_to_things():
    assert names("program", np.array([7])) == ["g00007"]
    assert rows_of(["u00003", "p00041"]).tolist() == [3, 41]


def test_the_past_is_in_the_database(app):
    assert counted(app, users) == 200
    for kind, table in ACTS.items():
        assert counted(app, table) == len(WORLD.past(kind).users)
        assert counted(app, table, table.c.at > NOW) == 0


def test_some_users_have_an_active_programme_and_some_have_none(app):
    with_one = counted(app, users, users.c.active_program.is_not(None))
    assert 20 < with_one < 180


def test_what_is_acted_on_is_in_the_database_with_what_was_shown(app):
    who = np.arange(200)
    before = counted(app, ACTS["post"])
    n_acted = app.show("post", who, who % 80, NOW, np.random.default_rng(0))
    assert counted(app, displays, displays.c.widget == "post") == 200
    assert counted(app, displays, displays.c.acted == 1) == n_acted
    assert counted(app, ACTS["post"]) == before + n_acted


def test_nobody_is_offered_himself_with_success(app):
    who = np.arange(200)
    assert app.show("person", who, who, NOW, np.random.default_rng(0)) == 0
