import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import polars as pl
import pytest

from presage.files import is_full, locked, make_folder, sync, text_of, write_whole


def test_a_lock_has_one_holder_at_a_time(tmp_path):
    inside, seen = [0], []

    def work():
        for _ in range(20):
            with locked(tmp_path / "folder" / "lock"):
                inside[0] += 1
                seen.append(inside[0])
                inside[0] -= 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [1] * 80


def test_files_and_folders_can_be_synced(tmp_path):
    file = tmp_path / "file"
    file.write_text("text")
    sync(file, tmp_path)
    assert file.read_text() == "text"


def test_a_folder_is_made_with_those_above_it_once(tmp_path, monkeypatch):
    make_folder(tmp_path / "a" / "b")
    make_folder(tmp_path / "a" / "b")
    monkeypatch.chdir(tmp_path)
    make_folder(Path("c/d"))
    assert (tmp_path / "a" / "b").is_dir()
    assert (tmp_path / "c" / "d").is_dir()


def test_a_file_is_written_over_another_and_leaves_nothing_else(tmp_path):
    for text in (b"old and long", b"new"):
        write_whole(tmp_path / "file", text)
    assert (tmp_path / "file").read_bytes() == b"new"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def error_of(what):
    with pytest.raises(Exception) as caught:  # noqa: PT011
        what()
    return caught.value


def test_a_full_disk_is_known_however_it_is_said(tmp_path):
    full = error_of(lambda: Path("/dev/full").write_bytes(b"x"))
    (tmp_path / "part").symlink_to("/dev/full")
    polars = error_of(lambda: pl.LazyFrame({"a": range(100)}).sink_parquet(tmp_path / "part"))
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute("PRAGMA max_page_count = 1")
        sqlite = error_of(lambda: database.execute("CREATE TABLE t (x)"))

    def wrapped():
        try:
            raise full
        except OSError as error:
            raise RuntimeError("not stored") from error

    assert [is_full(error) for error in (full, polars, sqlite, error_of(wrapped))] == [True] * 4
    assert not any(is_full(error) for error in (None, OSError("no"), error_of(lambda: int("x"))))


def test_a_text_file_may_begin_with_a_mark_and_must_be_utf_8(tmp_path):
    file = tmp_path / "ä.yaml"
    file.write_text("a: ü", encoding="utf-8-sig")
    assert text_of(file) == "a: ü"
    file.write_text("a: ü", encoding="utf-16")
    with pytest.raises(ValueError, match="byte 1 is no UTF-8; save the file as UTF-8"):
        text_of(file)
