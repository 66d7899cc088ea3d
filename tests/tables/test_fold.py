import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from presage.tables.datasets import DatasetTable
from presage.tables.events import EventLog
from presage.tables.fold import events_since, fold

from .samples import INTERACTIONS, ITEMS

STREAM = "arn:interactions"


@pytest.fixture
def log(tmp_path):
    log = EventLog(tmp_path / "events.db")
    yield log
    log.close()


@pytest.fixture
def table(tmp_path):
    return DatasetTable(tmp_path / "dataset")


def event(n, **more):
    return {"USER_ID": "u", "ITEM_ID": f"i{n}", "TIMESTAMP": n, "EVENT_TYPE": "view"} | more


def test_a_fold_moves_one_stream_and_a_second_finds_nothing(log, table):
    log.append(STREAM, [event(1), event(2, EVENT_VALUE=1.5)])
    log.append("arn:other", [event(3)])
    log.append(STREAM, [event(4)]).result()
    assert fold(log, table, INTERACTIONS, STREAM) == 4
    assert fold(log, table, INTERACTIONS, STREAM) == 4
    assert table.read(INTERACTIONS, columns=["TIMESTAMP", "EVENT_VALUE"]).rows() == [
        (1, None),
        (2, 1.5),
        (4, None),
    ]
    assert table.version.seq == 4


def test_a_fold_of_nothing_makes_nothing(log, table):
    assert fold(log, table, INTERACTIONS, STREAM) == 0
    assert table.version.seq == 0
    assert table.rows().put == 0


def test_what_no_longer_fits_the_schema_is_null_or_left_out(log, table):
    log.append(STREAM, [{"ITEM_ID": "x", "PRICE": "dear", "GENRES": 7, "GONE": 1, "STOCK": 2**40}]).result()
    fold(log, table, ITEMS, STREAM)
    found = table.read(ITEMS, columns=["ITEM_ID", "PRICE", "GENRES", "STOCK"])
    assert found.rows() == [("x", None, "7", None)]


def test_events_since_a_place_come_from_table_and_log_once_each(log, table):
    log.append(STREAM, [event(n) for n in range(1, 6)]).result()
    fold(log, table, INTERACTIONS, STREAM)
    log.append(STREAM, [event(6, EVENT_ID="e", SESSION_ID="s"), event(7, EVENT_ID="e")]).result()
    found = events_since(log, table, INTERACTIONS, STREAM, 3)
    assert found["_SEQ"].to_list() == [4, 5, 6]
    assert found.row(2, named=True)["_SESSION_ID"] == "s"
    log.drop(5)
    assert events_since(log, table, INTERACTIONS, STREAM, 3).equals(found)
    assert events_since(log, table, INTERACTIONS, STREAM, 7).height == 0


def test_events_since_misses_none_while_they_are_folded_and_dropped(log, table):
    n_events = 300
    seen, done = [], threading.Event()

    def look():
        while not done.is_set():
            before = log.last_seq()
            found = events_since(log, table, INTERACTIONS, STREAM, 0)["_SEQ"].to_list()
            seen.append(found[:before] == list(range(1, before + 1)))

    looking = threading.Thread(target=look)
    looking.start()
    for n in range(0, n_events, 10):
        log.append(STREAM, [event(n + k) for k in range(10)]).result()
        log.drop(fold(log, table, INTERACTIONS, STREAM), STREAM)
    done.set()
    looking.join()
    assert seen
    assert all(seen)


def test_concurrent_folds_store_each_event_once(log, table):
    log.append(STREAM, [event(n) for n in range(1000)])
    log.append(STREAM, [event(n) for n in range(1000, 2000)]).result()
    folds = [threading.Thread(target=fold, args=(log, table, INTERACTIONS, STREAM)) for _ in range(4)]
    for thread in folds:
        thread.start()
    for thread in folds:
        thread.join()
    assert table.rows().put == 2000
    assert table.read(INTERACTIONS)["TIMESTAMP"].to_list() == list(range(2000))


FOLDER = """
import sys
from pathlib import Path
from presage.tables.datasets import DatasetTable
from presage.tables.events import EventLog
from presage.tables.fold import fold
from tests.tables.samples import INTERACTIONS
root = Path(sys.argv[1])
log, table = EventLog(root / "events.db"), DatasetTable(root / "dataset")
event = {"USER_ID": "u", "ITEM_ID": "i", "TIMESTAMP": 5, "EVENT_TYPE": "view"}
print("ready", flush=True)
while True:
    log.append("arn:interactions", [event] * 20).result()
    fold(log, table, INTERACTIONS, "arn:interactions")
"""


def test_a_fold_that_is_killed_and_repeated_stores_each_event_once(log, table, tmp_path):
    chance = random.Random(1)
    for _ in range(4):
        child = subprocess.Popen(
            [sys.executable, "-c", FOLDER, str(tmp_path)],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )
        assert child.stdout.readline() == b"ready\n"
        time.sleep(0.1 + 0.3 * chance.random())
        child.send_signal(signal.SIGKILL)
        child.communicate()
    fold(log, table, INTERACTIONS, STREAM)
    last = log.last_seq()
    assert last > 0
    assert table.told(INTERACTIONS).collect()["_SEQ"].to_list() == list(range(1, last + 1))
    assert table.rows().put == last
