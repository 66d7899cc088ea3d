"""Every form of the online store, for one suite."""

import pytest

from .running import Place


@pytest.fixture(params=["sqlite", "postgres", "redis"])
def place(request, tmp_path):
    """An empty store of each form."""
    if request.param == "sqlite":
        return Place(tmp_path)
    return Place(tmp_path, request.getfixturevalue(request.param).new_database())


@pytest.fixture
def online(place):
    with place.open() as found:
        yield found
