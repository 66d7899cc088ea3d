import pytest

from presage.serving.memory import GroupMemory, Limits

from ..group import Group


@pytest.fixture
def empty(tmp_path):
    """A dataset group of which nothing is known."""
    group = Group(tmp_path / "empty")
    yield group
    group.close()


@pytest.fixture
def memory(group):
    """The memory of the shop's group."""
    memory = GroupMemory(group.source, Limits(n_recent=0))  # whatever is told is put in columns by a refresh
    memory.load(group.log)
    return memory
