import pytest

from .running import RunningWorkers


@pytest.fixture
def running(tmp_path):
    """An empty data folder, for a test that starts and kills workers."""
    running = RunningWorkers(tmp_path)
    yield running
    running.close()


@pytest.fixture(scope="session")
def busy(tmp_path_factory):
    """A data folder with one worker that many tests use, each with its own ARN."""
    running = RunningWorkers(tmp_path_factory.mktemp("busy"))
    running.worker(slots=4)
    yield running
    running.close()


@pytest.fixture
def arn(request):
    """A test's own ARN."""
    return f"arn:{request.node.name}"
