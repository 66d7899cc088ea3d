import asyncio
import json
import random
import resource
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from presage.log import LogError, NoSuchStream, open_log


def opened(folder, streams=("a", "b"), **options):
    log = open_log(folder, **options)
    for name in streams:
        log.open_stream(name, "somebody")
    return log


@pytest.fixture
def log(tmp_path):
    log = opened(tmp_path / "folder", clock=lambda: 1_700_000_000.5)
    yield log
    log.close()


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


def test_single_records_are_erased_of_one_stream_and_from_its_file(log, tmp_path):
    log.append("a", [{"n": n, "who": "ann" if n % 2 else "bea"} for n in range(12_000)])
    log.append("b", [{}]).result()
    log.erase("a", [n + 1 for n in range(12_000) if n % 2] + [12_001, 99_999])
    left = log.read(0, 20_000)
    assert [(r.place, r.stream) for r in left] == [
        *((n + 1, "a") for n in range(0, 12_000, 2)),
        (12_001, "b"),
    ]
    assert log.last_place() == 12_001
    log.close()
    assert b"ann" not in (tmp_path / "folder/events.sqlite").read_bytes()
    assert b"bea" in (tmp_path / "folder/events.sqlite").read_bytes()


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


def test_a_closed_log_takes_nothing_but_has_kept_what_waited(tmp_path):
    log = opened(tmp_path)
    waiting = [log.append("a", [{"n": n}]) for n in range(100)]
    log.close()
    log.close()
    assert all(w.done() for w in waiting)
    with pytest.raises(RuntimeError, match="is closed"):
        log.append("a", [{}])
    reopened = opened(tmp_path)
    assert [r.record["n"] for r in reopened.read(0, 1000)] == list(range(100))
    reopened.close()


def test_what_is_no_json_is_refused_at_once(log):
    with pytest.raises(TypeError):
        log.append("a", [{"x": object()}])
    assert log.append("a", [{}]).result() == range(1, 2)


def test_a_full_disk_is_told_to_those_who_wait_and_does_not_end_the_log(log):
    log.append("a", [{}]).result()
    usual, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, most))
    try:
        with pytest.raises(LogError, match="full|disk"):
            log.append("a", [{"x": "x" * 1000}] * 1000).result(timeout=60)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (usual, most))
    assert log.append("a", [{"after": True}]).result(timeout=60) == range(2, 3)
    assert [r.record for r in log.read(0, 10)] == [{}, {"after": True}]


def test_several_logs_of_one_file_write_without_loss(tmp_path):
    logs = [opened(tmp_path) for _ in range(4)]

    def tell(log):
        return [seq for _ in range(50) for seq in log.append("a", [{}, {}]).result()]

    with ThreadPoolExecutor(4) as pool:
        places = [seq for seqs in pool.map(tell, logs) for seq in seqs]
    assert sorted(places) == [r.place for r in logs[0].read(0, 1000)] == list(range(1, 401))
    for log in logs:
        log.close()


WRITER = """
import sys, threading
from pathlib import Path
from presage.log import open_log
log, name = open_log(Path(sys.argv[1])), sys.argv[2]
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


def test_no_acknowledged_record_is_lost_or_doubled_by_kills(tmp_path):
    chance = random.Random(2)
    acknowledged = []
    for run in range(5):
        child = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path), f"run{run}"], stdout=subprocess.PIPE
        )
        acknowledged.append(child.stdout.readline().decode().strip())
        killer = threading.Timer(0.05 + 0.3 * chance.random(), child.send_signal, (signal.SIGKILL,))
        killer.start()
        lines, _ = child.communicate()
        killer.join()
        acknowledged += [line.decode() for line in lines.split(b"\n")[:-1]]
    log = opened(tmp_path)
    logged = [r.record["told"] for r in log.read(0, 10**6)]
    log.close()
    assert len(acknowledged) > 5
    assert len(logged) == len(set(logged))
    assert set(acknowledged) <= set(logged)


def test_a_reader_in_another_process_sees_what_is_acknowledged(log, tmp_path):
    log.append("a", [{"x": 1}]).result()
    reader = (
        "import sys, orjson; from pathlib import Path; from presage.log import open_log;"
        "log = open_log(Path(sys.argv[1])); records = [r.record for r in log.read(0, 9)];"
        "print(orjson.dumps(records).decode()); log.close()"
    )
    answer = subprocess.run(
        [sys.executable, "-c", reader, str(tmp_path / "folder")], capture_output=True, check=True
    )
    assert json.loads(answer.stdout) == [{"x": 1}]


def test_the_time_is_that_of_the_clock(tmp_path):
    before = time.time()
    log = opened(tmp_path)
    log.append("a", [{}]).result()
    (record,) = log.read(0, 1)
    log.close()
    assert before <= record.received_at <= time.time()
