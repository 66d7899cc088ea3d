"""A real `presage serve` process for tests, and unmodified AWS clients that talk to it."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path

import boto3
from botocore.config import Config as ClientConfig

START_SECONDS = 60


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class RunningServer:
    """One server process on a port and a data folder of its own."""

    def __init__(self, data: Path, *, workers: int = 1, arguments: Sequence[str] = (), environ=None):
        self.data = data
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.workers = workers
        self.arguments = list(arguments)
        self.environ = {**os.environ, **(environ or {})}
        self.keys = ("presage", "presage")
        self.process = None

    def start(self):
        command = [sys.executable, "-m", "presage", "serve", "--data", str(self.data)]
        command += ["--port", str(self.port), "--workers", str(self.workers), *self.arguments]
        self.log = (self.data.parent / f"{self.data.name}.log").open("ab")
        self.process = subprocess.Popen(
            command, stdout=self.log, stderr=self.log, env=self.environ, start_new_session=True
        )
        self.wait_ready()
        return self

    def wait_ready(self):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.url}/readyz", timeout=1) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                pass
            assert self.process.poll() is None, self.output()
            time.sleep(0.05)
        raise AssertionError(f"the server did not become ready: {self.output()}")

    def output(self):
        return (self.data.parent / f"{self.data.name}.log").read_text()

    def client(self, service, **options):
        options.setdefault("aws_access_key_id", self.keys[0])
        options.setdefault("aws_secret_access_key", self.keys[1])
        config = ClientConfig(retries={"max_attempts": 0}, s3={"addressing_style": "path"})
        return boto3.client(service, endpoint_url=self.url, region_name="us-east-1", config=config, **options)

    def run_jobs(self):
        """Its workers do them."""

    def kill(self):
        """SIGKILL to the server and to everything that it started."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.log.close()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(40)
            except subprocess.TimeoutExpired:
                self.kill()
                raise
        self.log.close()
        return self.process.returncode


def wait_until(describe, *, wanted=("ACTIVE",), ended=("CREATE FAILED", "CREATE STOPPED"), seconds=120):
    """Poll `describe()` (a record as AWS shows it) until its status is one of `wanted`; return the record."""
    deadline = time.monotonic() + seconds
    while True:
        record = describe()
        if record["status"] in wanted:
            return record
        assert record["status"] not in ended, record
        assert time.monotonic() < deadline, f"still {record['status']} after {seconds} s"
        time.sleep(0.05)
