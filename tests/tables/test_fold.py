import contextlib
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from deltalake import DeltaTable
from hypothesis import given, settings
from hypothesis import strategies as st

from presage.log import open_log
from presage.log.file import NAME
from presage.log.mark import read_mark
from presage.tables import fold as fold_module
from presage.tables.datasets import DatasetTable
from presage.tables.fold import DATASETS, fold, rows_told_since
from presage.tables.layout import Column, Layout

from .samples import INTERACTIONS, ITEMS

STREAM, OTHER = "interactions", "other"


@pytest.fixture
def log(tmp_path):
    log = open_log(tmp_path)
    for stream in (STREAM, OTHER):
        log.open_stream(stream, DATASETS)
    yield log
    log.close()


@pytest.fixture
def table(tmp_path):
    return DatasetTable(tmp_path / "dataset")


def killed(*args):
    raise KeyboardInterrupt


def event(n, **more):
    return {"USER_ID": "u", "ITEM_ID": f"i{n}", "TIMESTAMP": n, "EVENT_TYPE": "view"} | more


def test_a_fold_moves_one_stream_and_a_second_finds_nothing(log, table):
    log.append(STREAM, [event(1), event(2, EVENT_VALUE=1.5)])
    log.append(OTHER, [event(3)])
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


def test_a_fold_ends_however_much_is_told_meanwhile(log, table, monkeypatch):
    put, n_puts = table.put, []

    def put_while_more_is_told(*args):
        log.append(STREAM, [event(99)] * 3).result()
        n_puts.append(1)
        put(*args)

    monkeypatch.setattr(table, "put", put_while_more_is_told)
    log.append(STREAM, [event(1)]).result()
    assert fold(log, table, INTERACTIONS, STREAM) == 1
    assert fold(log, table, INTERACTIONS, STREAM) == 4
    assert len(n_puts) == 2


def test_many_records_are_read_and_committed_in_pieces(log, table, tmp_path, monkeypatch):
    monkeypatch.setattr(fold_module, "_MOST_PER_READ", 3)
    for n in range(40):
        log.append(STREAM, [event(n)])
        log.append(OTHER, [event(n)])
    log.append(STREAM, [event(40)]).result()
    assert rows_told_since(log, table, INTERACTIONS, STREAM, 0)["TIMESTAMP"].to_list() == list(range(41))
    fold(log, table, INTERACTIONS, STREAM)
    assert table.read(INTERACTIONS)["TIMESTAMP"].to_list() == list(range(41))
    assert DeltaTable(tmp_path / "dataset/put").version() == 2  # 41 rows, 15 a commit


def test_the_log_is_marked_before_the_table_says_what_is_folded(log, table, tmp_path, monkeypatch):
    log.append(STREAM, [event(1)] * 5).result()
    monkeypatch.setattr(table, "put", killed)
    with pytest.raises(KeyboardInterrupt):
        fold(log, table, INTERACTIONS, STREAM)
    assert table.folded == 0
    assert read_mark(tmp_path).place == 5


EXAMPLES = {
    "string": st.text(st.characters(codec="utf-8"), max_size=6),
    "int": st.integers(-(2**31), 2**31 - 1),
    "long": st.integers(-(2**63), 2**63 - 1),
    "float": st.floats(width=32, allow_nan=False, allow_infinity=False) | st.integers(-99, 99),
    "double": st.floats(allow_nan=False, allow_infinity=False) | st.integers(-99, 99),
    "boolean": st.booleans(),
}
JUNK = st.sampled_from(["much", [1], {"a": 1}])
EVERY_KIND = Layout(columns=tuple(Column(name=kind, kind=kind) for kind in EXAMPLES), aside={"_A": "string"})


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_what_is_told_is_read_as_it_was_and_what_does_not_fit_is_null(data, tmp_path_factory):
    told, expected = [], []
    for _ in range(data.draw(st.integers(1, 4))):
        record, row = {}, dict.fromkeys(EXAMPLES)
        for kind, values in EXAMPLES.items():
            what = data.draw(st.sampled_from(["value", "null", "nothing", "junk"]))
            if what == "value":
                record[kind] = row[kind] = data.draw(values)
            elif what == "null" or (what == "junk" and kind != "string"):
                record[kind] = None if what == "null" else data.draw(JUNK)
        told.append({**record, "unknown": 1})
        expected.append((*row.values(), len(expected) + 1, row["string"]))
    folder = tmp_path_factory.mktemp("log")
    log, table = open_log(folder), DatasetTable(folder / "dataset")
    log.open_stream(STREAM, DATASETS)
    log.append(STREAM, told).result()
    assert rows_told_since(log, table, EVERY_KIND, STREAM, 0).rows() == expected
    log.close()


def test_a_column_may_be_called_as_what_stands_aside(log, table):
    into = Layout(columns=(Column(name="EVENT_ID", kind="long"),), aside={"_EVENT_ID": "EVENT_ID"})
    log.append(STREAM, [{"EVENT_ID": "7"}, {"EVENT_ID": "x"}]).result()
    assert rows_told_since(log, table, into, STREAM, 0).rows() == [(7, 1, "7"), (None, 2, "x")]


lives = st.lists(
    st.tuples(
        st.integers(0, 3),  # events told
        st.sampled_from(["fold", "fold killed before its commit", "no fold"]),
        st.sampled_from(["go on", "remove the log", "copy the log", "restore the copy"]),
    ),
    max_size=7,
)


@settings(max_examples=25, deadline=None)
@given(lives)
def test_no_new_event_disappears_whatever_happens_to_the_log(tmp_path_factory, lives):
    folder = tmp_path_factory.mktemp("lives")
    told, may_be_lost = [], set()
    for n_events, how_folded, fate in [*lives, (1, "fold", "go on")]:
        log, table = open_log(folder), DatasetTable(folder / "dataset")
        log.open_stream(STREAM, DATASETS)
        new = [len(told) + n for n in range(n_events)]
        told += new
        log.append(STREAM, [event(n) for n in new]).result()
        if how_folded == "fold":
            fold(log, table, INTERACTIONS, STREAM)
        elif how_folded == "fold killed before its commit":
            with pytest.MonkeyPatch.context() as patch, contextlib.suppress(KeyboardInterrupt):
                patch.setattr(table, "put", killed)
                fold(log, table, INTERACTIONS, STREAM)
        log.close()
        if fate in ("remove the log", "restore the copy"):  # with it goes what was not folded
            may_be_lost |= set(told) - set(table.read(INTERACTIONS)["TIMESTAMP"])
        if fate == "remove the log":
            (folder / NAME).unlink()
        elif fate == "copy the log":
            shutil.copy(folder / NAME, folder / "copy")
        elif fate == "restore the copy" and (folder / "copy").exists():
            shutil.copy(folder / "copy", folder / NAME)
    found = DatasetTable(folder / "dataset").read(INTERACTIONS)["TIMESTAMP"].to_list()
    assert len(found) == len(set(found))
    assert set(told) - may_be_lost <= set(found)


def test_rows_told_since_a_place_come_from_table_and_log_once_each(log, table):
    log.append(STREAM, [event(n) for n in range(1, 6)]).result()
    fold(log, table, INTERACTIONS, STREAM)
    log.append(STREAM, [event(6, EVENT_ID="e", SESSION_ID="s"), event(7, EVENT_ID="e")]).result()
    found = rows_told_since(log, table, INTERACTIONS, STREAM, 3)
    assert found["_SEQ"].to_list() == [4, 5, 6, 7], "of one eventId all: a training alone takes the first"
    assert found.row(2, named=True)["_SESSION_ID"] == "s"
    log.drop(STREAM, 5)
    assert rows_told_since(log, table, INTERACTIONS, STREAM, 3).equals(found)
    assert rows_told_since(log, table, INTERACTIONS, STREAM, 7).height == 0


def test_rows_told_since_misses_none_while_they_are_folded_and_dropped(log, table):
    n_events = 300
    seen, done = [], threading.Event()

    def look():
        while not done.is_set():
            before = log.last_place()
            found = rows_told_since(log, table, INTERACTIONS, STREAM, 0)["_SEQ"].to_list()
            seen.append(found[:before] == list(range(1, before + 1)))

    looking = threading.Thread(target=look)
    looking.start()
    for n in range(0, n_events, 10):
        log.append(STREAM, [event(n + k) for k in range(10)]).result()
        log.drop(STREAM, fold(log, table, INTERACTIONS, STREAM))
    done.set()
    looking.join()
    assert seen
    assert all(seen)


def test_a_user_named_after_a_fold_has_what_was_folded_before(log, table):
    anonymous = {**event(1), "USER_ID": None, "SESSION_ID": "s"}
    log.append(STREAM, [anonymous]).result()
    folded = fold(log, table, INTERACTIONS, STREAM)
    log.drop(STREAM, folded)
    log.append(STREAM, [{**event(2), "USER_ID": "ann", "SESSION_ID": "s"}]).result()
    for _ in range(2):  # as it is told, and folded
        assert rows_told_since(log, table, INTERACTIONS, STREAM, 0)["USER_ID"].to_list() == ["ann", "ann"]
        fold(log, table, INTERACTIONS, STREAM)
    assert table.told(INTERACTIONS, folded).collect()["USER_ID"].to_list() == ["s"], "as it was then"


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
from presage.log import open_log
from presage.tables.datasets import DatasetTable
from presage.tables.fold import fold
from tests.tables.samples import INTERACTIONS
root = Path(sys.argv[1])
log, table = open_log(root), DatasetTable(root / "dataset")
event = {"USER_ID": "u", "ITEM_ID": "i", "TIMESTAMP": 5, "EVENT_TYPE": "view"}
print("ready", flush=True)
while True:
    log.append("interactions", [event] * 20).result()
    fold(log, table, INTERACTIONS, "interactions")
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
    last = log.last_place()
    assert last > 0
    assert table.told(INTERACTIONS, last).collect()["_SEQ"].to_list() == list(range(1, last + 1))
    assert table.rows().put == last
