"""Servers on one database and folders of their own know each other's sessions."""

import pytest

from presage.app import open_app
from presage.config import Config
from presage.stores import open_stores

from .conftest import close
from .visitor import Visitor


@pytest.fixture
def configs(postgres, tmp_path):
    """The settings of two servers."""
    database = postgres.new_database()
    return [Config(data=tmp_path / name, database=database) for name in ("one", "other")]


def test_who_logged_in_at_one_is_known_to_the_other(configs):
    with open_stores(configs[0]) as stores:
        key = stores.keys.create()
    one, other = apps = [open_app(config) for config in configs]
    try:
        visitor = Visitor(one.asgi).log_in(key)
        visitor.app = other.asgi
        page = visitor.get("/console")
        assert page.status == 200
        assert key.access_key_id.encode() in page.body
        visitor.app = one.asgi
        assert visitor.post("/console/logout").status == 303  # with the token of the other's form
    finally:
        for app in apps:
            close(app)
