import pytest

from .shop import Shop


@pytest.fixture
def shop(server):
    """A shop with an empty dataset group."""
    return Shop(server)


@pytest.fixture(scope="package")
def stocked(server):
    """A shop with data, for tests that only add to it."""
    return Shop(server).stocked()
