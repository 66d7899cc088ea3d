import pytest

from presage import recipes

from .group import Group
from .shop import PAST, Recency, Shop, save


@pytest.fixture(autouse=True)
def recency_is_known(monkeypatch):
    """The test's own model can be loaded like any other."""
    monkeypatch.setitem(recipes.MODELS, "recency", Recency)


@pytest.fixture
def group(tmp_path):
    """A dataset group that holds the shop's past."""
    group = Group(tmp_path / "group")
    for kind, rows in PAST.items():
        group.bring(kind, rows)
    yield group
    group.close()


@pytest.fixture
def folder(tmp_path):
    return save(tmp_path / "version")


@pytest.fixture
def shop(group, folder):
    return Shop(group, folder)
