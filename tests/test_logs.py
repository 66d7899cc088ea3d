import io
import subprocess
import sys
import threading

import orjson

from presage.logs import Lines

SCRIPT = """
import asyncio, sys, structlog
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
"""


def test_each_event_is_a_line_of_json():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, check=True)
    first, second, third = map(orjson.loads, done.stderr.splitlines())
    assert (first["event"], first["level"], first["n"]) == ("plain", "info", 1)
    assert first["path"].startswith("<module 'sys'")
    assert len(first["timestamp"]) == len("2026-11-29T12:00:00.000000Z")
    assert (second["event"], second["level"]) == ("in a loop", "warning")
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
    assert sorted(file.getvalue().splitlines()) == sorted(b"%d" % n for n in range(4) for _ in range(200))
