"""A real `presage serve` process for tests, and unmodified AWS clients that talk to it."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path

import boto3
from botocore.config import Config as ClientConfig

from presage.config import Config

from .balancing import Balancer
from .ports import free_port

START_SECONDS = 60


class RunningServer:
    """One server process on a port and a data folder of its own.

    Parameters
    ----------
    database : a URL; empty = SQLite in the data folder
    """

    def __init__(
        self, data: Path, *, workers: int = 1, arguments: Sequence[str] = (), environ=None, database=""
    ):
        self.data = data
        self.port = free_port()
        self.workers = workers
        self.arguments = list(arguments)
        self.environ = {**os.environ, **(environ or {}), "PRESAGE_DATABASE": database}
        self.config = Config(data=data, database=database)
        self.keys = ("presage", "presage")
        self.process = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

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
            self.check_alive()
            time.sleep(0.05)
        raise AssertionError(f"the server did not become ready: {self.output()}")

    def check_alive(self):
        assert self.process.poll() is None, self.output()

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


class SeveralServers(RunningServer):
    """Servers on one Postgres database and one data folder, workers, and a balancer in front of the servers."""

    def __init__(
        self, data: Path, *, workers: int = 1, arguments: Sequence[str] = (), environ=None, database
    ):
        super().__init__(data, workers=workers, arguments=arguments, environ=environ, database=database)
        self.servers = [
            RunningServer(data, workers=0, arguments=arguments, environ=environ, database=database)
            for _ in range(2)
        ]
        self.doing = [RunningWorker(self, n) for n in range(2 if workers else 0)]
        self.balancer = None

    def start(self):
        for server in self.servers:
            server.start()
        for worker in self.doing:
            worker.start()
        self.balancer = Balancer([server.port for server in self.servers]).start()
        self.port = self.balancer.port
        return self

    def check_alive(self):
        for server in self.servers:
            server.check_alive()

    def stop(self):
        if self.balancer:
            self.balancer.stop()
        return max(one.stop() for one in [*self.servers, *self.doing])


class RunningWorker:
    """One `presage worker` process beside servers."""

    def __init__(self, server, number):
        self.server, self.number = server, number
        self.process = None

    def start(self):
        command = [sys.executable, "-m", "presage", "worker", "--data", str(self.server.data)]
        command += ["--workers", str(self.server.workers)]
        self.log = (self.server.data.parent / f"{self.server.data.name}.log").open("ab")
        self.process = subprocess.Popen(
            command, stdout=self.log, stderr=self.log, env=self.server.environ, start_new_session=True
        )

    def stop(self):
        self.process.terminate()
        code = self.process.wait(40)
        self.log.close()
        return code


def running_server(data, **options):
    """A server; two of them with two workers where PRESAGE_TEST_DATABASE=postgres asks for it."""
    from .servers import database_for_tests  # noqa: PLC0415  (few tests need its drivers)

    database = database_for_tests()
    return SeveralServers(data, database=database, **options) if database else RunningServer(data, **options)


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
