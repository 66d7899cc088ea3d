import pytest

from .app import App


@pytest.fixture
def app(tmp_path, webhook, mailbox):
    """An app whose channels are a webhook and e-mail."""
    own = App(tmp_path)
    own.channels = {"hook": webhook.url(more="?:user={user_id}"), "mail": mailbox.url()}
    yield own
    own.engine.dispose()
