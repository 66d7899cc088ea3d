"""The online store: what a turn does is kept as a whole or not at all; records stay in their places."""

import sqlite3

import pytest

from presage.online import Mark, open_online


@pytest.fixture
def online(tmp_path):
    found = open_online(tmp_path)
    yield found
    found.close()


def kept(online, identity="u", space="s"):
    with online.turn(space) as turn:
        return turn.load(identity)


def put(online, records, removed=(), *, identity="u", space="s", answer=b"{}", place=1):
    with online.turn(space) as turn:
        turn.put(identity, answer, b"open", records, removed)
        turn.mark = Mark(place, b"note")


def test_a_record_is_replaced_in_its_place_and_one_that_was_removed_comes_last(online):
    put(online, {"a": b"1", "b": b"2", "c": b"3"})
    put(online, {"a": b"4"})
    assert kept(online).records == [b"4", b"2", b"3"]
    put(online, {"b": b"5", "d": b"6"}, ["b"])
    assert kept(online).records == [b"4", b"3", b"5", b"6"]
    assert kept(online).opened == b"open"


def test_a_turn_that_fails_changes_nothing(online):
    put(online, {"a": b"1"}, answer=b"first")

    def fail():
        with online.turn("s") as turn:
            turn.put("u", b"second", b"", {"a": b"2"}, ())
            turn.put("other", b"second", b"", {}, ())
            turn.mark = Mark(9)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert online.find("s", "u") == b"first"
    assert online.find("s", "other") is None
    assert kept(online).records == [b"1"]
    assert online.mark("s") == Mark(1, b"note")


def test_what_is_put_is_seen_within_the_turn_and_by_others_after_it(online, tmp_path):
    other = open_online(tmp_path)
    with online.turn("s") as turn:
        assert turn.mark == Mark()
        turn.put("u", b"answer", b"open", {"a": b"1"}, ())
        assert turn.load("u").records == [b"1"]
        assert other.find("s", "u") is None
    assert other.find("s", "u") == b"answer"
    other.close()


def test_spaces_know_nothing_of_each_other_and_one_is_dropped_alone(online):
    put(online, {"a": b"1"}, place=7)
    put(online, {"a": b"2"}, space="t", place=9)
    assert online.highest_place() == 9
    online.drop("t")
    assert kept(online, space="t") is None
    assert online.mark("t") == Mark()
    assert kept(online).records == [b"1"]
    assert online.highest_place() == 7


def test_what_a_newer_presage_wrote_is_refused(online, tmp_path):
    connection = sqlite3.connect(tmp_path / "online.sqlite")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(RuntimeError, match="newer presage"):
        open_online(tmp_path)
