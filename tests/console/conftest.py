import os
import shutil
from types import SimpleNamespace

import pytest

from presage.app import open_app
from presage.config import Config

from .visitor import Visitor


def close(app):
    """Close a server of this process."""
    app.beside.shutdown()
    app.line.shutdown()
    app.live.close()
    app.server.stores.close()


@pytest.fixture(scope="package")
def open_console(tmp_path_factory):
    """A server without keys, in this process; the tests share it."""
    app = open_app(Config(data=tmp_path_factory.mktemp("open") / "data"))
    yield app
    close(app)


@pytest.fixture(scope="package")
def secured_console(tmp_path_factory):
    """A server with a key for everything, and one for little."""
    data = tmp_path_factory.mktemp("secured") / "data"
    from presage.stores import Stores  # noqa: PLC0415

    stores = Stores(Config(data=data))
    keys = SimpleNamespace(master=stores.keys.create(), reader=stores.keys.create(["personalize:List*"]))
    stores.close()
    app = open_app(Config(data=data))
    yield SimpleNamespace(app=app, keys=keys)
    close(app)


@pytest.fixture
def visitor(open_console):
    return Visitor(open_console.asgi)


@pytest.fixture
def stranger(secured_console):
    """Somebody who has not logged in to a server with keys."""
    return Visitor(secured_console.app.asgi)


@pytest.fixture(scope="module")
def chromium():
    """A real browser. Of a module, for while it is open nothing else in this process may run an event loop."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        text = "there is no Chromium on the PATH; `scripts/clients` installs Debian's when it runs as root"
        assert os.environ.get("CI") != "true", text
        pytest.skip(text)
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  (few tests need it)

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser.new_context(reduced_motion="reduce")  # one, so that files are fetched once
        browser.close()
