"""Two servers, one of which plays AWS; and the command, in this process."""

import pytest
from typer.testing import CliRunner

from presage.cli import main

from ..running import RunningServer


@pytest.fixture(scope="package")
def there(tmp_path_factory):
    """A server that plays the account that is left; tests of a package share it, each with names of its own."""
    running = RunningServer(tmp_path_factory.mktemp("there") / "data").start()
    yield running
    assert running.stop() == 0, running.output()


@pytest.fixture
def here(server):
    """A server that is moved to, which other tests use too."""
    return server


@pytest.fixture
def presage(monkeypatch, tmp_path):
    """Runs the command; (exit code, what it printed)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "presage")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "presage")
    monkeypatch.setenv("COLUMNS", "200")

    def run(*words):
        done = CliRunner().invoke(main, list(map(str, words)))
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
        return done.exit_code, done.output

    return run
