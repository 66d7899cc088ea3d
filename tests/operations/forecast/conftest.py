import pytest

from ...market import Market


@pytest.fixture
def market(inside):
    """An empty market on a server in this process."""
    return Market(inside)
