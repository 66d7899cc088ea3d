"""A remote store that is gone, hangs, or comes back without its last moments; each server is the test's own to kill."""

import signal
import threading
import time
from contextlib import contextmanager

import pytest
import redis as redis_py

from presage.online import Mark, OnlineError, open_online

from .running import Place
from .test_contract import kept, put


@pytest.fixture(params=["postgres", "redis"])
def remote(request, tmp_path):
    """(a server, a place on it)."""
    server = request.getfixturevalue(request.param)
    yield server, Place(tmp_path, server.new_database())
    if server.process.poll() is not None:
        server.start()


@contextmanager
def held(server):
    server.send(signal.SIGSTOP)
    try:
        yield
    finally:
        server.send(signal.SIGCONT)


def test_one_that_was_killed_is_told_and_used_again_once_it_is_back(remote):
    server, place = remote
    with place.open() as online:
        put(online, {"a": b"1"})
        server.kill()
        for ask in (
            lambda: online.find("s", "u"),
            lambda: online.mark("s"),
            lambda: put(online, {"a": b"2"}),
        ):
            with pytest.raises(OnlineError, match="127.0.0.1") as error:
                ask()
            assert "secret" not in str(error.value)
        server.start()
        assert online.mark("s") in {Mark(1, b"note"), Mark()}, "the last moment may be lost, but as a whole"
        assert (online.find("s", "u") is None) == (online.mark("s") == Mark())
        put(online, {"b": b"3"}, place=2)
        assert online.mark("s").place == 2


def test_one_that_is_killed_amid_a_turn_keeps_nothing_of_it(remote):
    server, place = remote
    with place.open() as online:
        put(online, {"a": b"1"}, answer=b"first")
        time.sleep(1.1)  # on disk by then

        def turn():
            with online.turn("s") as turn:
                turn.put("u", b"second", b"", {"a": b"2"}, ())
                turn.mark = Mark(2)
                server.kill()

        with pytest.raises(OnlineError):
            turn()
        server.start()
        assert (online.find("s", "u"), online.mark("s").place) == (b"first", 1)
        assert kept(online).records == [b"1"]


def test_one_that_hangs_is_told_within_seconds_and_used_again(remote):
    server, place = remote
    with place.open() as online:
        put(online, {"a": b"1"}, answer=b"first")
        with held(server), pytest.raises(OnlineError):
            online.find("s", "u")
        assert online.find("s", "u") == b"first"
        with held(server), place.open() as other, pytest.raises(OnlineError):
            other.find("s", "u")


def test_one_that_is_not_there_at_first_is_used_once_it_is(remote):
    server, place = remote
    server.kill()
    with place.open() as online:
        with pytest.raises(OnlineError):
            online.find("s", "u")
        server.start()
        assert online.find("s", "u") is None


def test_connections_are_few_however_many_ask(postgres, tmp_path):
    with Place(tmp_path, postgres.new_database()).open() as online:
        put(online, {})
        threads = [threading.Thread(target=online.find, args=("s", "u")) for _ in range(40)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(online._connections._idle) <= 8


def test_a_turn_that_lasts_longer_than_its_lock_is_lost_if_another_was_quicker(redis, tmp_path):
    place = Place(tmp_path, redis.new_database())

    def slow(online, other):
        with online.turn("s") as turn:
            turn.put("u", b"slow", b"", {}, ())
            with redis_py.Redis.from_url(place.url) as client:
                client.delete("presage:online:{s}:turn")  # it ran out
            put(other, {"a": b"1"}, answer=b"quick")

    with place.open() as online, place.open() as other:
        with pytest.raises(OnlineError, match="another process"):
            slow(online, other)
        assert online.find("s", "u") == b"quick"


def test_the_turn_of_a_process_that_died_is_over_after_seconds(redis, tmp_path):
    place = Place(tmp_path, redis.new_database())
    with redis_py.Redis.from_url(place.url) as client:
        with place.open() as online, online.turn("s"):
            assert 0 < client.pttl("presage:online:{s}:turn") <= 5_000
        assert client.exists("presage:online:{s}:turn") == 0


def test_records_of_a_dropped_space_whose_dropping_was_cut_off_go_before_the_next_turn(redis, tmp_path):
    place = Place(tmp_path, redis.new_database())
    with place.open() as online, redis_py.Redis.from_url(place.url) as client:
        put(online, {"a": b"1"})
        client.rename("presage:online:{s}:opened", "presage:online:{s}:dropped")
        client.delete("presage:online:{s}:mark", "presage:online:{s}:answers")
        assert kept(online) is None
        put(online, {"b": b"2"})
        assert kept(online).records == [b"2"]
        online.drop("s")
        assert client.keys("presage:online:{s}*") == []


def test_a_server_that_may_drop_single_keys_is_refused(redis, tmp_path):
    place = Place(tmp_path, redis.new_database())
    with redis_py.Redis.from_url(place.url) as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        try:
            with place.open() as online, pytest.raises(RuntimeError, match="set it to noeviction"):
                online.find("s", "u")
        finally:
            client.config_set("maxmemory-policy", "noeviction")


def test_one_whose_memory_is_full_refuses_and_keeps_what_it_has(redis, tmp_path):
    place = Place(tmp_path, redis.new_database())
    with place.open() as online, redis_py.Redis.from_url(place.url) as client:
        put(online, {"a": b"1"}, answer=b"first")
        client.config_set("maxmemory", 1)
        try:
            with pytest.raises(OnlineError, match="memory"):
                put(online, {"a": b"2"}, answer=b"second")
            assert online.find("s", "u") == b"first"
        finally:
            client.config_set("maxmemory", 0)


def test_a_user_without_rights_to_the_database_is_told(postgres, tmp_path):
    url = postgres.new_database().replace("presage:secret", "stranger:secret")
    online = open_online(tmp_path, url)
    with pytest.raises(OnlineError, match="stranger"):
        online.find("s", "u")
