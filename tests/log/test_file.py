"""A file that is removed or replaced under a running log: what is acknowledged is where others find it."""

import shutil
import subprocess
import sys
import threading
import time

import pytest

from presage.log import LogError
from presage.log.file import NAME


def records(log):
    return [r.record["n"] for r in log.read(0, 100_000)]


def lose(folder, how):
    """Take the file away; the SQLite side files stay, as they do when a person does it."""
    path = folder / NAME
    if how == "removed":
        path.unlink()
    elif how == "moved":
        path.rename(folder / "elsewhere")
    else:
        shutil.copy(folder / "copy", folder / "new")
        (folder / "new").rename(path)


@pytest.fixture(params=["removed", "moved", "replaced by an older copy"])
def how(request, tmp_path, open_with):
    log = open_with("a")
    log.append("a", [{"n": -1}]).result()
    log.drop("a", 1)
    log.close()
    shutil.copy(tmp_path / NAME, tmp_path / "copy")
    return request.param


def test_nothing_that_is_acknowledged_is_lost(how, tmp_path, open_with, capsys):
    log = open_with()
    log.append("a", [{"n": n} for n in range(3)]).result()
    lose(tmp_path, how)
    assert log.append("a", [{"n": 3}]).result() == range(5, 6)
    assert records(open_with()) == records(log) == [0, 1, 2, 3]
    assert "put back" in capsys.readouterr().out


def test_a_reader_finds_the_file_that_the_writer_put_back(how, tmp_path, open_with):
    reader, writer = open_with(), open_with()
    writer.append("a", [{"n": 0}]).result()
    lose(tmp_path, how)
    writer.append("a", [{"n": 1}]).result()
    assert records(reader) == [0, 1]


def test_a_reader_may_be_the_first_to_notice(how, tmp_path, open_with):
    log = open_with()
    log.append("a", [{"n": 0}]).result()
    lose(tmp_path, how)
    assert records(log) == [0]
    log.open_stream("b", "somebody")
    log.append("b", [{"n": 1}]).result()
    assert records(open_with()) == [0, 1]


def test_closing_puts_the_file_back(how, tmp_path, open_with):
    log = open_with()
    log.append("a", [{"n": 0}]).result()
    lose(tmp_path, how)
    log.close()
    assert records(open_with()) == [0]


def test_what_took_its_place_is_kept_aside(tmp_path, open_with):
    log = open_with("a")
    log.append("a", [{"n": 0}]).result()
    (tmp_path / "intruder").write_text("a letter")
    (tmp_path / "intruder").rename(tmp_path / NAME)
    log.append("a", [{"n": 1}]).result()
    (aside,) = tmp_path.glob(f"{NAME}.aside-*")
    assert aside.read_text() == "a letter"
    assert records(open_with()) == [0, 1]


WRITER = """
import sys
from pathlib import Path
from presage.log import open_log
log, name = open_log(Path(sys.argv[1])), sys.argv[2]
for n, line in enumerate(sys.stdin):
    log.append("a", [{"n": f"{name}-{n}"}]).result()
    print(f"{name}-{n}", flush=True)
log.close()
"""


def test_another_log_in_its_place_is_left_alone_and_nothing_is_acknowledged(tmp_path, open_with):
    log, other = open_with("a"), open_with("a", folder=tmp_path / "other")
    other.append("a", [{"n": 7}]).result()
    other.close()
    (tmp_path / "other" / NAME).rename(tmp_path / NAME)
    for _ in range(2):
        with pytest.raises(LogError, match="another event log lies at"):
            log.append("a", [{"n": 0}]).result()
    with pytest.raises(LogError):
        log.read(0, 1)
    assert records(open_with()) == [7]
    assert list(tmp_path.glob("*aside*")) == []
    (tmp_path / NAME).rename(tmp_path / "other" / NAME)
    log.append("a", [{"n": 1}]).result()


class Writer(threading.Thread):
    """A process that appends one record after the other, until it is stopped."""

    def __init__(self, folder, name):
        super().__init__(name=name)
        self.acknowledged = []
        self.is_stopped = False
        self.process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(folder), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self):
        while not self.is_stopped:
            self.process.stdin.write("\n")
            self.process.stdin.flush()
            while not (line := self.process.stdout.readline().strip()).startswith(self.name):
                assert line, "the process has ended"  # else it is a warning
            self.acknowledged.append(line)
        self.process.communicate("")


def test_processes_agree_on_the_file_each_time_it_is_lost(tmp_path, open_with):
    open_with("a").close()
    writers = [Writer(tmp_path, f"w{n}") for n in range(3)]
    for writer in writers:
        writer.start()
    for _ in range(5):
        before = [len(writer.acknowledged) for writer in writers]
        while any(len(w.acknowledged) < n + 3 for w, n in zip(writers, before, strict=True)):
            assert all(writer.is_alive() for writer in writers)
            time.sleep(0.01)
        (tmp_path / NAME).unlink()
    for writer in writers:
        writer.is_stopped = True
        writer.join()
        assert writer.process.returncode == 0
    log = open_with()
    log.append("a", [{"n": "last"}]).result()
    found = records(log)
    acknowledged = [line for writer in writers for line in writer.acknowledged]
    assert len(found) == len(set(found))
    assert {*acknowledged, "last"} == set(found)
