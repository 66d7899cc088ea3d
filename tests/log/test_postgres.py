"""A log in Postgres whose database goes away, is restored, or is lost; whose process loses its turn."""

import threading

import psycopg
import pytest

from presage.log import LogError, LogOutage, Stream
from presage.log.mark import FILE as MARK
from presage.resources.migrations import open_database

from ..jobs.running import eventually
from ..servers import PostgresServer
from .conftest import opener

A = Stream(name="a", consumer="somebody")


@pytest.fixture
def own():
    """A server that a test may kill."""
    server = PostgresServer().start()
    yield server
    server.close()


def say(url, statement):
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


@pytest.fixture
def at(tmp_path, postgres):
    """The URL of a database, and what opens logs there."""
    url = postgres.new_database()
    opening = opener(tmp_path, url)
    yield url, next(opening)
    next(opening, None)


def test_while_the_database_is_away_nothing_is_told_and_afterwards_all_goes_on(tmp_path, own):
    url = own.new_database()
    opening = opener(tmp_path, url)
    log = next(opening)("a")
    log.append("a", [{"n": 0}]).result()
    own.kill()
    for ask in (
        lambda: log.append("a", [{"n": 1}]).result(),
        lambda: log.write("a", [{"n": 2}]),
        lambda: log.read(0, 10),
        lambda: log.turn("a").__enter__(),
        log.last_place,
    ):
        with pytest.raises(LogOutage):
            ask()
    own.start()
    assert log.append("a", [{"n": 3}]).result() == range(2, 3)
    assert [r.record["n"] for r in log.read(0, 10)] == [0, 3]
    next(opening, None)


def test_who_has_lost_its_turn_writes_nothing(at):
    url, open_it = at
    log, other = open_it("a"), open_it()

    def lose_the_turn_then_write():
        with log.turn("a") as write:
            say(
                url,
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory' AND database ="
                " (SELECT oid FROM pg_database WHERE datname = current_database())",
            )
            with other.turn("a") as write_other:
                assert write_other([{"n": 0}]) == range(1, 2)
            write([{"n": 1}])

    with pytest.raises(LogOutage):
        lose_the_turn_then_write()
    assert [r.record["n"] for r in log.read(0, 10)] == [0]


def test_who_waits_for_a_turn_has_it_once_it_is_free(at):
    _, open_it = at
    log, other = open_it("a"), open_it()
    found = []

    def wait():
        with other.turn("a") as write:
            found.extend(one.record["n"] for one in other.read(0, 10))
            write([{"n": 1}])

    waiting = threading.Thread(target=wait)
    with log.turn("a") as write:
        waiting.start()
        waiting.join(0.2)
        write([{"n": 0}])
    waiting.join()
    assert found == [0]
    assert [r.record["n"] for r in log.read(0, 10)] == [0, 1]


def test_a_database_that_was_lost_goes_on_after_the_mark_with_its_streams(at, capsys):
    url, open_it = at
    log = open_it(streams=lambda: [A])
    log.append("a", [{}] * 5).result()
    log.raise_mark(4)
    log.close()
    for table in ("event_log", "event_meta", "event_streams"):
        say(url, f"DROP TABLE {table}")
    again = open_it(streams=lambda: [A])
    assert again.append("a", [{}]).result() == range(5, 6)
    assert "goes_on_after=4" in capsys.readouterr().out


def test_a_database_that_was_restored_while_in_use_goes_on_after_the_mark(at):
    url, open_it = at
    log = open_it("a")
    log.append("a", [{}] * 5).result()
    log.raise_mark(5)
    say(url, "DELETE FROM event_log WHERE seq > 2")
    say(url, "UPDATE event_meta SET last = 2")
    say(
        url,
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        " AND datname = current_database()",
    )
    assert log.append("a", [{}]).result() == range(6, 7)


def test_another_machine_asks_what_is_stored(at, tmp_path):
    _, open_it = at
    open_it("a").append("a", [{}] * 2).result()
    other = open_it(folder=tmp_path / "other", stored=lambda: 40)
    assert other.append("a", [{}]).result() == range(41, 42)
    assert (tmp_path / "other" / MARK).exists()


def test_a_log_of_a_newer_presage_is_left_alone_and_no_password_is_shown(at):
    url, open_it = at
    open_it()
    say(url, "UPDATE event_meta SET format = 99")
    with pytest.raises(LogError, match="was written by a newer presage") as error:
        open_it()
    assert "secret" not in str(error.value)


def test_a_database_that_is_not_there_is_named_without_its_password(at, tmp_path):
    url, _ = at
    with pytest.raises(LogOutage, match="127.0.0.1") as error:
        next(opener(tmp_path, f"{url}_of_nobody"))()
    assert "secret" not in str(error.value)


def test_who_opens_a_log_stands_in_no_way_of_who_logs(at, tmp_path):
    url, open_it = at
    open_it("s")
    with psycopg.connect(url) as connection:
        connection.execute("SELECT last FROM event_meta FOR UPDATE")  # as who logs does first
        opening = threading.Thread(target=open_it, kwargs={"folder": tmp_path / "other"})
        opening.start()
        eventually(lambda: n_waiting(url))
        connection.execute("SET LOCAL lock_timeout = '5s'")
        connection.execute("INSERT INTO event_log VALUES (1, 's', 0, '{}')")
    opening.join()


def n_waiting(url):
    """How many wait for a lock."""
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone()[0]


def test_a_database_that_cannot_hold_every_text_is_refused(tmp_path, postgres):
    url = postgres.new_database()
    name = f"{url.rpartition('/')[2]}_ascii"
    say(url, f"CREATE DATABASE {name} ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0")
    said = rf"{name} has the encoding SQL_ASCII; presage needs UTF8: CREATE DATABASE {name} ENCODING 'UTF8'"
    with pytest.raises(ValueError, match=said):
        next(opener(tmp_path, f"{url}_ascii"))("a")
    with pytest.raises(ValueError, match=said):
        open_database(f"{url}_ascii", tmp_path)
