"""A log that is made, lost, restored or of an older format goes on without giving a place twice."""

import shutil
import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from presage.log import LogError, Stream, open_log
from presage.log.file import FORMAT, NAME
from presage.log.mark import FILE as MARK
from presage.log.mark import Mark, read_mark

A = Stream(name="a", consumer="somebody", formerly="arn:a")


def remove(folder):
    for file in folder.glob(f"{NAME}*"):
        file.unlink()


def told(log, n=1, stream="a"):
    return [place for _ in range(n) for place in log.append(stream, [{}]).result()]


def test_a_new_log_begins_at_one_and_leaves_a_mark(open_with, tmp_path):
    log = open_with("a")
    assert told(log) == [1]
    assert read_mark(tmp_path).place == 0
    log.raise_mark(7)
    log.raise_mark(5)
    assert read_mark(tmp_path).place == 7


def test_a_log_that_was_removed_goes_on_after_the_mark_and_says_so(tmp_path, open_with, capsys):
    log = open_with("a")
    told(log, 5)
    log.raise_mark(4)
    log.close()
    remove(tmp_path)
    again = open_with(streams=lambda: [A])
    assert again.last_place() == 4
    assert told(again) == [5]
    warning = capsys.readouterr().out
    assert "goes on after" in warning
    assert "ended_at=0" in warning
    assert "goes_on_after=4" in warning
    again.close()
    open_with()
    assert capsys.readouterr().out == ""


def test_a_log_that_was_restored_from_an_older_copy_goes_on_after_the_mark(tmp_path, open_with):
    log = open_with("a")
    told(log, 3)
    log.close()
    shutil.copy(tmp_path / NAME, tmp_path / "copy")
    log = open_with("b")
    told(log, 5)
    log.raise_mark(8)
    log.close()
    shutil.copy(tmp_path / "copy", tmp_path / NAME)
    again = open_with(streams=lambda: [A, Stream(name="b", consumer="somebody")])
    assert told(again) == [9]
    assert told(again, stream="b") == [10]
    assert [r.place for r in again.read(0, 10)] == [1, 2, 3, 9, 10]


def test_another_log_in_its_place_goes_on_after_the_mark(tmp_path, open_with):
    log = open_with("a")
    told(log, 5)
    log.raise_mark(5)
    log.close()
    other = open_with("a", folder=tmp_path / "other")
    told(other, 2)
    other.close()
    shutil.copy(tmp_path / "other" / NAME, tmp_path / NAME)
    again = open_with()
    assert told(again) == [6]
    again.close()
    assert told(open_with()) == [7]


def test_without_a_mark_the_log_asks_what_is_stored(tmp_path, open_with):
    told(open_with("a"), 2)
    remove(tmp_path)
    (tmp_path / MARK).unlink()
    assert told(open_with("a", stored=lambda: 40)) == [41]


def test_a_damaged_mark_is_named(tmp_path, open_with):
    open_with()
    (tmp_path / MARK).write_text("{")
    with pytest.raises(LogError, match=r"log-mark\.json is damaged"):
        open_with()


def test_a_file_that_is_no_log_is_named(tmp_path, open_with):
    (tmp_path / NAME).write_text("not SQLite at all, but long enough to have a header" * 10)
    with pytest.raises(LogError, match=NAME):
        open_with()


def test_a_log_of_a_newer_presage_is_left_alone(tmp_path, open_with):
    open_with().close()
    with closing(sqlite3.connect(tmp_path / NAME)) as connection:
        connection.execute("UPDATE meta SET format = ?", [FORMAT + 1])
        connection.commit()
    with pytest.raises(LogError, match="written by a newer presage"):
        open_with()


lives = st.lists(
    st.tuples(
        st.sampled_from(["go on", "remove", "restore", "copy"]),
        st.integers(0, 4),  # records told in this life
        st.booleans(),  # whether they are stored elsewhere, as a fold does
    ),
    max_size=8,
)


@settings(max_examples=40, deadline=None)
@given(lives)
def test_no_place_that_is_stored_is_ever_given_again(tmp_path_factory, lives):
    folder = tmp_path_factory.mktemp("log")
    stored = 0
    for fate, n_told, is_stored in lives:
        log = open_log(folder, streams=lambda: [A])
        log.open_stream("a", "somebody")
        places = told(log, n_told)
        assert all(place > stored for place in places)
        assert log.read(stored, 100)[-1:] == log.read(0, 100)[-1:] or not places
        if is_stored and places:
            log.raise_mark(places[-1])
            stored = places[-1]
        log.close()
        if fate == "remove":
            remove(folder)
        elif fate == "copy":
            shutil.copy(folder / NAME, folder / "copy")
        elif fate == "restore" and (folder / "copy").exists():
            shutil.copy(folder / "copy", folder / NAME)


@pytest.fixture
def old_folder(tmp_path):
    """What presage wrote before streams were declared; it was killed, its WAL lies beside it."""
    with tarfile.open(Path(__file__).parents[1] / "data/format-1.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path / "data"


DATASET = "arn:aws:personalize:us-east-1:000000000000:dataset/shop-18229d20"


def test_a_log_of_format_1_keeps_its_records_under_new_names(old_folder, open_with):
    renamed = [
        Stream(name=f"folder-{kind}", consumer="dataset", formerly=f"{DATASET}/{kind}")
        for kind in ("INTERACTIONS", "ITEMS")
    ]
    log = open_with(folder=old_folder, streams=lambda: renamed, stored=lambda: 4)
    kept = log.read(0, 100)
    assert [r.stream for r in kept] == ["folder-INTERACTIONS"] * 11 + ["folder-ITEMS"]
    assert [r.place for r in kept] == list(range(1, 13))
    assert kept[0].record["USER_ID"] == "u1"
    assert told(log, stream="folder-ITEMS") == [14]
    assert read_mark(old_folder) == Mark(identity=read_mark(old_folder).identity, place=4)
    log.close()
    again = open_with(folder=old_folder)
    assert len(again.read(0, 100)) == 13


def test_a_log_of_format_1_is_not_touched_by_who_does_not_know_its_streams(old_folder, open_with):
    with pytest.raises(LogError, match="start `presage serve`"):
        open_with(folder=old_folder)
    log = open_with(folder=old_folder, streams=list)
    assert log.read(0, 100) == []
    assert log.last_place() == 13
