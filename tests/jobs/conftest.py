import pytest

from .workshop import Workshop


@pytest.fixture
def workshop(tmp_path):
    """An empty workshop, for a test that starts and kills workers."""
    workshop = Workshop(tmp_path)
    yield workshop
    workshop.close()


@pytest.fixture(scope="session")
def busy(tmp_path_factory):
    """A workshop with one worker that many tests use, each with its own ARN."""
    workshop = Workshop(tmp_path_factory.mktemp("busy"))
    workshop.worker(slots=4)
    yield workshop
    workshop.close()


@pytest.fixture
def arn(request):
    """A test's own ARN."""
    return f"arn:{request.node.name}"
