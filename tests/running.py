"""A real `presage serve` process for tests, and unmodified AWS clients that talk to it."""

import atexit
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import boto3
from botocore.config import Config as ClientConfig

from presage.config import Config

from .balancing import Balancer
from .ports import free_port

START_SECONDS = 60
SETTLE_SECONDS = 1.0
"""Servers look twice a second what others have made."""


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

    def settle(self):
        """Wait until what was made is known wherever an answer may come from."""

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
    """Servers on one Postgres database, workers, and a balancer in front of the servers.

    Parameters
    ----------
    object_store : settings of `object_store_on`, with which each has a data folder of its own; else all share one
    """

    def __init__(
        self,
        data: Path,
        *,
        workers: int = 1,
        arguments: Sequence[str] = (),
        environ=None,
        database,
        object_store=None,
    ):
        environ = {**(environ or {}), **(object_store or {})}
        super().__init__(data, workers=workers, arguments=arguments, environ=environ, database=database)
        folders = [data.with_name(f"{data.name}-{n}") if object_store else data for n in range(4)]
        self.servers = [
            RunningServer(folder, workers=0, arguments=arguments, environ=environ, database=database)
            for folder in folders[:2]
        ]
        self.doing = [RunningWorker(self, folder) for folder in (folders[2:] if workers else ())]
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

    def settle(self):
        time.sleep(SETTLE_SECONDS)

    def stop(self):
        if self.balancer:
            self.balancer.stop()
        return max(one.stop() for one in [*self.servers, *self.doing])


class RunningWorker:
    """One `presage worker` process beside servers."""

    def __init__(self, server, data):
        self.server, self.data = server, data
        self.process = None

    def start(self):
        command = [sys.executable, "-m", "presage", "worker", "--data", str(self.data)]
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
    """A server; two of them with two workers where PRESAGE_TEST_DATABASE=postgres asks for it.

    PRESAGE_TEST_OBJECT_STORE=s3 gives those folders of their own, and one S3 for what they share.
    """
    from .servers import database_for_tests  # noqa: PLC0415  (few tests need its drivers)

    database = database_for_tests()
    if not database:
        return RunningServer(data, **options)
    wanted = os.environ.get("PRESAGE_TEST_OBJECT_STORE", "")
    assert wanted in ("", "s3"), f"PRESAGE_TEST_OBJECT_STORE is {wanted!r}; it may be s3"
    object_store = object_store_on(shared_lake(), data.parent.name) if wanted else None
    return SeveralServers(data, database=database, object_store=object_store, **options)


LAKE = "lake"
"""The bucket of object stores."""


def object_store_on(lake, prefix):
    """Settings of servers whose object store is a server's bucket, as environment variables."""
    return {
        "PRESAGE_OBJECT_STORE": f"s3://{LAKE}/{prefix}",
        "PRESAGE_OBJECT_STORE_ENDPOINT": lake.url,
        "AWS_ACCESS_KEY_ID": lake.keys[0],
        "AWS_SECRET_ACCESS_KEY": lake.keys[1],
    }


def new_lake(folder):
    """A running server that does nothing but be an S3 for others."""
    lake = RunningServer(folder / "data", workers=0).start()
    lake.client("s3").create_bucket(Bucket=LAKE)
    return lake


@cache
def shared_lake():
    """The S3 that all tests of this process share; each takes a prefix of its own."""
    folder = tempfile.TemporaryDirectory(prefix="presage-lake-")
    lake = new_lake(Path(folder.name))
    atexit.register(folder.cleanup)
    atexit.register(lake.kill)
    return lake


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
