"""Every form of the online store: what a turn does is kept as a whole or not at all; records stay in their places."""

import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from presage.online import Mark, Stored


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
            turn.forget("u")
            turn.mark = Mark(9)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert online.find("s", "u") == b"first"
    assert online.find("s", "other") is None
    assert kept(online).records == [b"1"]
    assert online.mark("s") == Mark(1, b"note")


def test_what_is_put_is_seen_within_the_turn_and_by_others_after_it(online, place):
    with place.open() as other:
        with online.turn("s") as turn:
            assert turn.mark == Mark()
            turn.put("u", b"answer", b"open", {"a": b"1"}, ())
            assert turn.load("u").records == [b"1"]
            assert other.find("s", "u") is None
        assert other.find("s", "u") == b"answer"


def test_turns_of_one_space_come_one_after_the_other_whoever_takes_them(place):
    def count():
        with place.open() as own:
            for _ in range(25):
                with own.turn("s") as turn:
                    found = turn.load("u")
                    number = int(found.opened) if found else 0
                    turn.put("u", b"", b"%d" % (number + 1), {}, ())

    threads = [threading.Thread(target=count) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with place.open() as online:
        assert kept(online).opened == b"75"


def test_spaces_know_nothing_of_each_other_and_one_is_dropped_alone(online):
    put(online, {"a": b"1"}, place=7)
    put(online, {"a": b"2"}, space="t", place=9)
    assert online.highest_place() == 9
    online.drop("t")
    assert kept(online, space="t") is None
    assert online.find("t", "u") is None
    assert online.mark("t") == Mark()
    assert kept(online).records == [b"1"]
    assert online.highest_place() == 7
    put(online, {"b": b"3"}, space="t")
    assert kept(online, space="t").records == [b"3"], "nothing of what was dropped comes back"
    online.drop("nothing-is-there")


def test_an_identity_is_forgotten_and_begins_anew(online):
    put(online, {"a": b"1", "b": b"2"}, identity="v")
    put(online, {"a": b"1", "b": b"2"})
    with online.turn("s") as turn:
        turn.forget("u")
        assert turn.load("u") is None
        turn.forget("nobody")
    assert online.find("s", "u") is None
    assert kept(online) is None
    put(online, {"b": b"3"})
    assert kept(online).records == [b"3"]
    with online.turn("s") as turn:
        turn.forget("u")
        turn.put("u", b"new", b"open", {"c": b"4"}, ())
        assert turn.load("u").records == [b"4"]
    assert kept(online).records == [b"4"]
    assert kept(online, "v").records == [b"1", b"2"]


@pytest.mark.parametrize("text", ["a\0b", "ü/{}:*?[a]", "x" * 20_000, " "])
def test_an_identity_and_a_key_may_be_any_text(online, text):
    put(online, {text: b"\0\xff", "k": b""}, identity=text, answer=b"\0")
    put(online, {text: b"2"}, identity=text, answer=b"\0\xff")
    assert online.find("s", text) == b"\0\xff"
    assert online.find("s", text + "x") is None
    assert kept(online, text).records == [b"2", b""]


keys = st.sampled_from("abcd")
steps = st.lists(
    st.tuples(
        st.sampled_from(["put", "put", "put", "forget", "load", "next turn"]),
        st.sampled_from("uv"),
        st.dictionaries(keys, st.binary(max_size=2)),
        st.sets(keys),
    ),
    max_size=12,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_it_keeps_what_a_dict_would_keep(online, steps):
    wanted = {}
    online.drop("s")
    turns = [[]]
    for one in steps:
        turns[-1].append(one)
        if one[0] == "next turn":
            turns.append([])
    for number, turn_steps in enumerate(turns, 1):
        with online.turn("s") as turn:
            for what, who, records, removed in turn_steps:
                if what == "put":
                    opened = repr((records, removed)).encode()
                    turn.put(who, opened, opened, records, sorted(removed))
                    _, old = wanted.get(who, (b"", {}))
                    left = {key: value for key, value in old.items() if key not in removed}
                    wanted[who] = opened, left | records
                elif what == "forget":
                    turn.forget(who)
                    wanted.pop(who, None)
                elif what == "load":
                    assert turn.load(who) == as_stored(wanted.get(who))
            turn.mark = Mark(number)
    for who in "uv":
        assert kept(online, who) == as_stored(wanted.get(who))
        assert online.find("s", who) == (wanted[who][0] if who in wanted else None)
    assert online.mark("s").place == len(turns)


def as_stored(found):
    return found and Stored(found[0], list(found[1].values()))
