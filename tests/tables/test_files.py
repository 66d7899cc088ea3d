import threading

from presage.tables.files import locked, sync


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
