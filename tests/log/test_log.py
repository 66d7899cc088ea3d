"""What every form of the log does."""

import asyncio
import json
import random
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from presage.log import LogError, NoSuchStream


@pytest.fixture
def log(open_any):
    return open_any("a", "b", clock=lambda: 1_700_000_000.5)


def test_records_keep_their_order_stream_and_time(log):
    assert log.last_place() == 0
    assert log.append("a", [{"x": 1}, {"x": 2}]).result() == range(1, 3)
    assert log.append("b", [{"x": "é"}]).result() == range(3, 4)
    found = log.read(0, 10)
    assert [(r.place, r.stream, r.received_at, r.record) for r in found] == [
        (1, "a", 1_700_000_000.5, {"x": 1}),
        (2, "a", 1_700_000_000.5, {"x": 2}),
        (3, "b", 1_700_000_000.5, {"x": "é"}),
    ]
    assert [r.place for r in log.read(1, 1)] == [2]
    assert [r.place for r in log.read(0, 10, stream="b")] == [3]
    assert log.last_place() == 3


def test_an_append_of_nothing_is_answered(log):
    assert list(log.append("a", []).result()) == []


def test_places_are_never_used_twice(log):
    log.append("a", [{}] * 3).result()
    log.drop("a", 3)
    assert log.read(0, 10) == []
    assert log.last_place() == 3
    assert log.append("a", [{}]).result() == range(4, 5)


def test_one_stream_can_be_dropped_alone(log):
    log.append("a", [{}] * 6_000)
    log.append("b", [{}])
    log.append("a", [{}]).result()
    log.drop("a", 6_001)
    assert [(r.place, r.stream) for r in log.read(0, 10)] == [(6_001, "b"), (6_002, "a")]


def test_many_callers_get_their_own_places(log):
    for n in range(200):
        log.open_stream(f"s{n}", "somebody")

    def tell(n):
        places = log.append(f"s{n}", [{"n": n, "k": k} for k in range(3)]).result()
        return [(seq, n, k) for k, seq in enumerate(places)]

    with ThreadPoolExecutor(16) as pool:
        told = [row for rows in pool.map(tell, range(200)) for row in rows]
    assert sorted(told) == [(r.place, r.record["n"], r.record["k"]) for r in log.read(0, 1000)]


def test_who_waits_anyway_writes_by_itself_and_with_it_what_waits(log):
    log.open_stream("c", "somebody")

    def tell(n):
        if n % 2:
            return log.write("c", [{"n": n}, {"n": n}])
        return log.append("c", [{"n": n}]).result()

    with ThreadPoolExecutor(8) as pool:
        told = [place for places in pool.map(tell, range(300)) for place in places]
    assert sorted(told) == [one.place for one in log.read(0, 1000)]
    with pytest.raises(NoSuchStream):
        log.write("never opened", [{}])
    log.close()
    with pytest.raises(LogError, match="is closed"):
        log.write("c", [{}])


def test_an_append_can_be_awaited_and_given_up(log):
    async def tell():
        given_up = [asyncio.wrap_future(log.append("a", [{}])) for _ in range(50)]
        for waiter in given_up:
            waiter.cancel()
        return await asyncio.wrap_future(log.append("a", [{"last": True}]))

    (place,) = asyncio.run(tell())
    assert [r.record for r in log.read(place - 1, 10)] == [{"last": True}]


def test_a_closed_log_takes_nothing_but_has_kept_what_waited(open_any):
    log = open_any("a")
    waiting = [log.append("a", [{"n": n}]) for n in range(100)]
    log.close()
    log.close()
    assert all(w.done() for w in waiting)
    with pytest.raises(RuntimeError, match="is closed"):
        log.append("a", [{}])
    assert [r.record["n"] for r in open_any().read(0, 1000)] == list(range(100))


def test_what_is_no_json_is_refused_at_once(log):
    with pytest.raises(TypeError):
        log.append("a", [{"x": object()}])
    assert log.append("a", [{}]).result() == range(1, 2)


def test_what_several_write_is_read_once_and_in_order_by_who_follows(open_any):
    """Whoever reads on after the last place that it met misses nothing: no smaller place appears later."""
    logs = [open_any("a") for _ in range(4)]

    def tell(log):
        return [place for _ in range(50) for place in log.append("a", [{}, {}]).result()]

    followed = []
    with ThreadPoolExecutor(4) as pool:
        telling = [pool.submit(tell, log) for log in logs]
        while len(followed) < 400:
            followed += [one.place for one in logs[0].read(followed[-1] if followed else 0, 1000)]
        places = [place for told in telling for place in told.result()]
    assert sorted(places) == followed == list(range(1, 401))


def test_many_records_are_read_as_lines(log):
    log.append("a", [{"n": 1}, {"n": "é\n\x00"}])
    log.append("b", [{}])
    log.append("a", [{"n": 3}]).result()
    places, text = log.read_lines("a", 0, 10, through=4)
    assert places == [1, 2, 4]
    assert [json.loads(line) for line in text.split(b"\n")] == [{"n": 1}, {"n": "é\n\x00"}, {"n": 3}]
    assert log.read_lines("a", 1, 1, through=4).places == [2]
    assert log.read_lines("a", 1, 9, through=3).places == [2]
    assert log.read_lines("a", 4, 9, through=9) == ([], b"")


def test_single_records_are_erased_of_one_stream(log):
    log.append("a", [{"n": n} for n in range(12_000)])
    log.append("b", [{}]).result()
    log.erase("a", [n + 1 for n in range(12_000) if n % 2] + [12_001, 99_999])
    left = [*((n + 1, "a") for n in range(0, 12_000, 2)), (12_001, "b")]
    assert [(r.place, r.stream) for r in log.read(0, 20_000)] == left
    assert log.last_place() == 12_001


def test_records_are_rewritten_with_one_more_or_not_at_all(log):
    log.append("a", [{"n": n} for n in range(5)])
    log.append("b", [{}]).result()
    log.rewrite("a", {2: b'{"n":"x"}', 4: b'{"n":"y"}', 6: b'{"n":"of another"}'}, {"n": "last"})
    found = [(r.place, r.record.get("n")) for r in log.read(0, 20)]
    assert found == [(1, 0), (2, "x"), (3, 2), (4, "y"), (5, 4), (6, None), (7, "last")]
    assert log.append("a", [{}]).result() == range(8, 9)
    with pytest.raises(NoSuchStream):
        log.rewrite("c", {1: b'{"n":"z"}'}, {})
    assert log.read(0, 1)[0].record == {"n": 0}


def test_one_has_the_turn_of_a_stream_and_sees_all_that_others_wrote_in_theirs(open_any):
    logs = [open_any("a", "b") for _ in range(3)]

    def count(log):
        for _ in range(30):
            with log.turn("a") as write:
                write([{"n": len(log.read(0, 1000, stream="a"))}])

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(count, logs))
    assert [r.record["n"] for r in logs[0].read(0, 1000)] == list(range(90))


def test_the_turn_of_a_stream_keeps_nobody_from_another(open_any):
    log, other = open_any("a", "b"), open_any()
    with log.turn("a") as write, other.turn("b") as write_other:
        write_other([{}])
        write([{}])
        other.append("a", [{}]).result()
    assert [r.stream for r in log.read(0, 10)] == ["b", "a", "a"]
    log.drop_stream("a")
    with pytest.raises(NoSuchStream), other.turn("a") as write:
        write([{}])


def test_a_turn_that_fails_is_over(open_any):
    log = open_any("a")
    with pytest.raises(KeyError), log.turn("a"):
        raise KeyError
    with open_any().turn("a") as write:
        assert write([{}]) == range(1, 2)


WRITER = """
import sys, threading
from pathlib import Path
from presage.log import open_log
log, name = open_log(Path(sys.argv[1]), sys.argv[2]), sys.argv[3]
log.open_stream("a", "somebody")
def tell(thread):
    n = 0
    while True:
        told = f"{name}-{thread}-{n}"
        log.append("a", [{"told": told}]).result()
        sys.stdout.write(told + "\\n")
        sys.stdout.flush()
        n += 1
for thread in range(8):
    threading.Thread(target=tell, args=(thread,)).start()
"""


def test_no_acknowledged_record_is_lost_or_doubled_by_kills(tmp_path, url, open_any):
    chance = random.Random(2)
    acknowledged = []
    for run in range(5):
        child = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path), url, f"run{run}"], stdout=subprocess.PIPE
        )
        acknowledged.append(child.stdout.readline().decode().strip())
        killer = threading.Timer(0.05 + 0.3 * chance.random(), child.send_signal, (signal.SIGKILL,))
        killer.start()
        lines, _ = child.communicate()
        killer.join()
        acknowledged += [line.decode() for line in lines.split(b"\n")[:-1]]
    logged = [r.record["told"] for r in open_any().read(0, 10**6)]
    assert len(acknowledged) > 5
    assert len(logged) == len(set(logged))
    assert set(acknowledged) <= set(logged)


def test_a_reader_in_another_process_sees_what_is_acknowledged(log, tmp_path, url):
    log.append("a", [{"x": 1}]).result()
    reader = (
        "import sys, orjson; from pathlib import Path; from presage.log import open_log;"
        "log = open_log(Path(sys.argv[1]), sys.argv[2]); records = [r.record for r in log.read(0, 9)];"
        "print(orjson.dumps(records).decode()); log.close()"
    )
    answer = subprocess.run(
        [sys.executable, "-c", reader, str(tmp_path), url], capture_output=True, check=True
    )
    assert json.loads(answer.stdout) == [{"x": 1}]


def test_the_time_is_that_of_the_clock(open_any):
    before = time.time()
    log = open_any("a")
    log.append("a", [{}]).result()
    (record,) = log.read(0, 1)
    assert before <= record.received_at <= time.time()
