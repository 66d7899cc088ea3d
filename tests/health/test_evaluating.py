from hypothesis import given
from hypothesis import strategies as st

from presage.health.alarms import Alarm
from presage.health.evaluating import ENDING, FIRING, PENDING, evaluate

DISK = Alarm(name="disk", metric="disk_free_share", below=0.1, for_seconds=60)
AGE = Alarm(name="age", metric="model_age_seconds", above=100)


class Watched:
    """An alarm over a course of readings of a subject."""

    def __init__(self, alarm):
        self.alarm = alarm
        self.standing = {}
        self.turns = []

    def read(self, at, value, subject="s"):
        values = {} if value is None else {self.alarm.name: {subject: value}}
        self.standing, turns = evaluate([self.alarm], values, self.standing, at)
        self.turns += [(turn.kind, at, turn.value) for turn in turns]
        return next((one.state for one in self.standing.values()), None)


def test_it_fires_once_it_has_lasted_and_ends_once_that_has():
    watched = Watched(DISK)
    assert [watched.read(at, 0.05) for at in (0, 30, 59, 60, 90)] == [PENDING] * 3 + [FIRING] * 2
    assert [watched.read(at, 0.5) for at in (100, 159)] == [ENDING, ENDING]
    assert watched.read(160, 0.5) is None
    assert watched.turns == [("fires", 60, 0.05), ("ends", 160, 0.5)]


def test_what_comes_and_goes_says_nothing_again():
    watched = Watched(DISK)
    for at in range(0, 1000, 40):
        watched.read(at, 0.05)
        watched.read(at + 20, 0.2 if at >= 200 else 0.05)
    assert watched.turns == [("fires", 60, 0.05)]


def test_what_does_not_last_does_not_fire():
    watched = Watched(DISK)
    for at in range(0, 1000, 50):
        watched.read(at, 0.05 if at % 100 else 0.5)
    assert watched.turns == []


def test_at_once_where_nothing_is_to_last():
    watched = Watched(AGE)
    assert watched.read(0, 100) is None
    assert watched.read(1, 101) == FIRING
    assert watched.read(2, 100) is None
    assert watched.turns == [("fires", 1, 101), ("ends", 2, 100)]


def test_what_is_read_no_more_ends():
    watched = Watched(AGE)
    watched.read(0, 200)
    watched.read(1, None)
    assert watched.turns == [("fires", 0, 200), ("ends", 1, None)]


def test_what_could_not_be_read_stands_as_it_stood():
    standing, _ = evaluate([AGE], {"age": {"s": 200.0, "t": 200.0}}, {}, 0)
    assert evaluate([AGE], {"age": {"t": 1.0}}, standing, 1, is_whole=False) == (
        {("age", "s"): standing["age", "s"]},
        evaluate([AGE], {"age": {"t": 1.0}}, {("age", "t"): standing["age", "t"]}, 1)[1],
    )


def test_each_subject_stands_by_itself_and_a_dropped_alarm_is_forgotten():
    values = {"age": {"a": 200.0, "b": 1.0, "c": 300.0}}
    standing, turns = evaluate([AGE], values, {}, 0)
    assert set(standing) == {("age", "a"), ("age", "c")}
    assert [turn.subject for turn in turns] == ["a", "c"]
    assert evaluate([DISK], values, standing, 1) == ({}, [])


@given(st.lists(st.tuples(st.floats(0.1, 50), st.none() | st.floats(0, 0.2)), max_size=60))
def test_fires_and_ends_alternate_and_only_what_lasted_fires(steps):
    watched, at, since = Watched(DISK), 0.0, None
    for seconds, value in steps:
        at += seconds
        is_beyond = value is not None and value < 0.1
        since = (at if since is None else since) if is_beyond else None
        n_turns = len(watched.turns)
        watched.read(at, value)
        if len(watched.turns) > n_turns and watched.turns[-1][0] == "fires":
            assert since is not None
            assert at - since >= 60
    kinds = [kind for kind, _, _ in watched.turns]
    assert kinds == ["fires", "ends"] * (len(kinds) // 2) + ["fires"] * (len(kinds) % 2)
