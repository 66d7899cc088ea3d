"""A server beside a command, for as long as the command lasts."""

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Generator
from pathlib import Path

from presage.config import Config
from presage.jobs.queue import Jobs
from presage.jobs.table import jobs_url

START_SECONDS = 60


def free_port() -> int:
    """A port of this machine that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def server_beside(config: Config) -> Generator[None]:
    """While this lasts, a server answers; what it says goes to `server.log` in its data folder."""
    command = [sys.executable, "-m", "presage", "serve", "--data", str(config.data)]
    command += ["--port", str(config.port), "--workers", str(config.workers)]
    environ = {**os.environ, **_told(config)}
    log_path = config.data / "server.log"
    with (
        log_path.open("ab") as log,
        subprocess.Popen(command, stdout=log, stderr=log, env=environ) as process,  # noqa: S603
    ):
        try:
            _wait_until_ready(config, process, log_path)
            yield
        finally:
            process.terminate()


def _told(config: Config) -> dict[str, str]:
    """What the server is told of its settings by variables."""
    tables = {"CHANNELS": config.channels, "DATABASES": config.databases}
    return {
        "PRESAGE_AUTO_PREDICTOR_SECONDS": str(config.auto_predictor_seconds),
        "PRESAGE_CLOCK_AHEAD_SECONDS": str(config.clock_ahead_seconds),
        **{
            f"PRESAGE_{table}_{name.upper()}": url
            for table, entries in tables.items()
            for name, url in entries.items()
        },
    }


def _wait_until_ready(config: Config, process: "subprocess.Popen[bytes]", log_path: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{config.url}/readyz", timeout=1):  # noqa: S310
            return
        time.sleep(0.05)
    raise RuntimeError(f"the server did not start within {START_SECONDS} s; {log_path} says why")


def progress_in(config: Config) -> Callable[[str], tuple[str, float] | None]:
    """What tells of the job behind an ARN what it does, and how much of it is done; None if there is none."""
    jobs = Jobs(jobs_url(config))

    def progress_of(arn: str) -> tuple[str, float] | None:
        found = jobs.progress(arn)
        return (found.step, found.fraction) if found else None

    return progress_of
