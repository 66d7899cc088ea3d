import os

import pytest

from .running import RunningServer

os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """A running server that many tests share; each uses names of its own."""
    running = RunningServer(tmp_path_factory.mktemp("shared") / "data").start()
    yield running
    assert running.stop() == 0, running.output()
