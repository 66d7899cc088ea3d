import os
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings

os.environ.pop("COLUMNS", None)  # a console that is made while it is set is as wide for ever

import presage.terminal  # noqa: F401

from .running import running_server

os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Two cores that others use too: nothing is wrong with what takes longer.
settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")
structlog.configure(  # traces with colours and locals take seconds each
    processors=[
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    ]
)


def pytest_collection_modifyitems(config, items):
    """Where processes share the files, those of this folder come first: they take longest."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: item.path.parent != Path(__file__).parent)


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """A running server that many tests share; each uses names of its own."""
    running = running_server(tmp_path_factory.mktemp("shared") / "data").start()
    yield running
    assert running.stop() == 0, running.output()


@pytest.fixture(scope="session")
def postgres():
    """A Postgres server; each test takes a database of its own."""
    from .servers import shared_postgres  # noqa: PLC0415  (few tests need its driver)

    return shared_postgres()


@pytest.fixture(scope="session")
def redis():
    """A server of Redis's protocol, which a test may empty."""
    from .servers import RedisServer  # noqa: PLC0415

    server = RedisServer().start()
    yield server
    server.close()


@pytest.fixture
def mailbox():
    """An SMTP server."""
    from .receivers import Mailbox  # noqa: PLC0415

    box = Mailbox()
    yield box
    box.close()


@pytest.fixture
def webhook():
    """A receiver of webhooks."""
    from .receivers import Webhook  # noqa: PLC0415

    hook = Webhook()
    yield hook
    hook.close()
