"""Which streams take records, who reads them, and what is left when they go."""

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from presage.log import Backlog, LogError, NoSuchStream, open_log


def test_a_stream_that_is_not_open_takes_nothing_and_harms_nobody(open_any):
    log = open_any("a")
    told = [log.append(name, [{"n": n}]) for n, name in enumerate(["a", "unknown", "a"])]
    assert told[0].result() == range(1, 2)
    with pytest.raises(NoSuchStream, match="'unknown'"):
        told[1].result()
    assert told[2].result() == range(2, 3)
    assert [r.record["n"] for r in log.read(0, 10)] == [0, 2]


def test_a_refusal_is_an_error_of_the_log(open_any):
    with pytest.raises(LogError):
        open_any().append("a", []).result()


def test_opening_an_open_stream_changes_nothing(open_any):
    log = open_any("a")
    log.append("a", [{}]).result()
    log.mark_read("a", 1)
    log.open_stream("a", "another")
    assert log.backlog("somebody") == [Backlog(stream="a", first=1, last=1, read_through=1)]


def test_a_dropped_stream_is_forgotten_and_a_new_one_of_its_name_is_empty(open_any):
    log, other = open_any("a", "b"), open_any()
    log.append("a", [{}] * 3)
    log.append("b", [{}]).result()
    other.drop_stream("a")
    with pytest.raises(NoSuchStream):
        log.append("a", [{}]).result()
    assert [r.stream for r in log.read(0, 10)] == ["b"]
    other.open_stream("a", "somebody")
    assert log.append("a", [{}]).result() == range(5, 6)
    assert [r.place for r in log.read(0, 10, stream="a")] == [5]


def test_no_record_is_acknowledged_once_its_stream_is_gone(open_any):
    log, other = open_any("a"), open_any()
    gone = threading.Event()
    acknowledged_after = []

    def tell():
        while True:
            was_gone = gone.is_set()
            try:
                log.append("a", [{}]).result()
            except NoSuchStream:
                return
            if was_gone:
                acknowledged_after.append(1)

    tellers = [threading.Thread(target=tell) for _ in range(4)]
    for teller in tellers:
        teller.start()
    while not log.read(0, 1):
        pass
    other.drop_stream("a")
    gone.set()
    for teller in tellers:
        teller.join()
    assert acknowledged_after == []
    assert log.read(0, 10) == []


def test_what_is_read_can_be_limited(open_any):
    log = open_any("a", "b")
    open_any("c", consumer="another")
    for name in "abcabc":
        log.append(name, [{}]).result()
    assert [r.place for r in log.read(0, 10, consumer="somebody")] == [1, 2, 4, 5]
    assert [r.place for r in log.read(0, 10, consumer="another")] == [3, 6]
    assert [r.place for r in log.read(0, 1, consumer="another")] == [3]
    assert [r.place for r in log.read(1, 10, through=5)] == [2, 3, 4, 5]
    assert [r.place for r in log.read(0, 10, through=3, stream="a")] == [1]


def test_the_backlog_is_what_a_consumers_streams_hold(open_any):
    log = open_any("a", "b", "empty")
    open_any("c", consumer="another")
    for name in "abac":
        log.append(name, [{}]).result()
    log.mark_read("a", 3)
    log.mark_read("a", 1)
    log.drop("b", 2)
    assert log.backlog("somebody") == [Backlog(stream="a", first=1, last=3, read_through=3)]
    log.drop("a", 3)
    assert log.backlog("somebody") == []


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def both(request):
    return "" if request.param == "sqlite" else request.getfixturevalue("postgres").new_database()


names = st.sampled_from(["a", "b"])
steps = st.lists(
    st.tuples(st.just("append"), names, st.integers(0, 3))
    | st.tuples(st.just("drop"), names, st.integers(0, 20))
    | st.tuples(st.sampled_from(["open_stream", "drop_stream"]), names, st.just(0)),
    max_size=25,
)


@settings(max_examples=30, deadline=None)
@given(steps)
def test_a_log_does_what_a_plain_list_does(tmp_path_factory, both, steps):
    log = open_log(tmp_path_factory.mktemp("log"), both)
    for name in "ab":  # one database serves all examples
        log.drop_stream(name)
    begin = end = log.last_place()
    is_open, kept = set(), []
    for what, name, n in steps:
        if what == "append" and name in is_open:
            assert log.append(name, [{}] * n).result() == range(end + 1, end + 1 + n)
            kept += [(place, name) for place in range(end + 1, end + 1 + n)]
            end += n
        elif what == "append":
            with pytest.raises(NoSuchStream):
                log.append(name, [{}] * n).result()
        elif what == "drop":
            log.drop(name, begin + n)
            kept = [(place, other) for place, other in kept if other != name or place > begin + n]
        elif what == "open_stream":
            log.open_stream(name, "somebody")
            is_open.add(name)
        else:
            log.drop_stream(name)
            is_open.discard(name)
            kept = [(place, other) for place, other in kept if other != name]
    assert [(r.place, r.stream) for r in log.read(begin, 100)] == kept
    assert log.last_place() == end
    log.close()
