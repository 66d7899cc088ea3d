import pytest

from presage import recipes

from .shop import Recency, deployed, save


@pytest.fixture(autouse=True)
def recency_is_known(monkeypatch):
    """The test's own model can be loaded like any other."""
    monkeypatch.setitem(recipes.MODELS, "recency", Recency)


@pytest.fixture
def folder(tmp_path):
    return save(tmp_path / "version")


@pytest.fixture
def shop(folder):
    return deployed(folder)
