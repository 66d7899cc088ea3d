import io
import subprocess
import sys
import threading

import orjson

from presage.logs import Lines

SCRIPT = """
import asyncio, logging, sys, structlog
from presage.logs import configure_logs
configure_logs()
log = structlog.get_logger()
log.info("plain", n=1, path=sys)
log.debug("not shown")
async def main():
    log.warning("in a loop", n=2)
    try:
        1 / 0
    except ZeroDivisionError:
        log.exception("failed")
asyncio.run(main())
logging.getLogger("library").warning("said %d", 3)
logging.getLogger("library").info("not shown")
"""
UNREAD = """
import asyncio, sys, structlog
from presage.logs import configure_logs
configure_logs()
log = structlog.get_logger()
async def main():
    for n in range(40_000):
        log.info("filling", n=n, text="x" * 1000)
    print("not held up", flush=True)
    sys.stdin.readline()
asyncio.run(main())
log.info("last")
"""
FORKING = """
import os, structlog
from presage.logs import configure_logs, flush_logs
configure_logs()
log = structlog.get_logger()
log.info("parent")
flush_logs()
if os.fork() == 0:
    log.info("child")
    flush_logs()
    os._exit(0)
os.wait()
log.info("parent again")
"""


def test_each_event_is_a_line_of_json():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, check=True)
    first, second, third, fourth = map(orjson.loads, done.stderr.splitlines())
    assert (first["event"], first["level"], first["n"]) == ("plain", "info", 1)
    assert first["path"].startswith("<module 'sys'")
    assert len(first["timestamp"]) == len("2026-11-29T12:00:00.000000Z")
    assert (second["event"], second["level"]) == ("in a loop", "warning")
    assert (fourth["level"], fourth["logger"], fourth["event"]) == ("warning", "library", "said 3")
    assert (third["level"], "ZeroDivisionError" in third["exception"]) == ("error", True)


def test_lines_of_many_threads_are_all_written():
    lines = Lines(file := io.BytesIO())
    threads = [
        threading.Thread(target=lambda n=n: [lines.msg(b"%d" % n) for _ in range(200)]) for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines.flush()
    assert sorted(file.getvalue().splitlines()) == sorted(b"%d" % n for n in range(4) for _ in range(200))


def test_nobody_waits_for_whoever_reads_the_log():
    """A full pipe holds nobody up; what was dropped is counted, and said where it is missing."""
    with subprocess.Popen(
        [sys.executable, "-c", UNREAD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        giving_up = threading.Timer(60, process.kill)
        giving_up.start()
        assert process.stdout.readline() == b"not held up\n"
        lines = map(orjson.loads, process.stderr)
        some = []
        while "n_lines" not in (line := next(lines)):
            some.append(line)
        _, last = process.communicate(b"\n")
        giving_up.cancel()
    assert [one["n"] for one in some] == list(range(len(some)))
    assert (line["level"], len(some) + line["n_lines"]) == ("warning", 40_000)
    assert orjson.loads(last)["event"] == "last"


def test_a_forked_process_writes_its_own_lines_and_no_others():
    done = subprocess.run([sys.executable, "-c", FORKING], capture_output=True, check=True)
    assert [orjson.loads(line)["event"] for line in done.stderr.splitlines()] == [
        "parent",
        "child",
        "parent again",
    ]
