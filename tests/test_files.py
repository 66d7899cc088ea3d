import threading
from pathlib import Path

from presage.files import locked, make_folder, sync, write_whole


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
