"""A database has one secret, whoever asks first."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from presage.resources.database import connect, records_url
from presage.resources.secret import cluster_secret


@pytest.fixture(params=["sqlite", "postgres"])
def url(request, tmp_path):
    """The URL of an empty database."""
    if request.param == "sqlite":
        return records_url("", tmp_path)
    return request.getfixturevalue("postgres").new_database()


def ask(url):
    engine = connect(url)
    try:
        return cluster_secret(engine)
    finally:
        engine.dispose()


def test_all_who_ask_an_empty_database_at_once_are_told_the_same(url):
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(ask, [url] * 8))
    assert [len(one) for one in found] == [32]
    assert ask(url) in found


def test_two_databases_have_two(tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    assert ask(records_url("", one)) != ask(records_url("", other))
