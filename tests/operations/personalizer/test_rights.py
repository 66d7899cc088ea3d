"""With access keys the door asks for one in the clients' own header, and a key may do what it allows."""

import json

import pytest

from presage.app import open_app
from presage.config import Config
from presage.stores import open_stores

from ...wire.asgi import call
from ...wire.generate import Raw

RANK = {"actions": [{"id": "a", "features": []}], "eventId": "e"}


@pytest.fixture(scope="module")
def secured(tmp_path_factory):
    """The application, and a key that may rank."""
    config = Config(data=tmp_path_factory.mktemp("secured"))
    with open_stores(config) as stores:
        key = stores.keys.create(["decisions:Rank"])
    app = open_app(config)
    yield app.asgi, key
    app.line.shutdown()
    app.server.stores.close()


def ask(app, credential, path, body):
    headers = {"host": "localhost:4600"}
    if credential is not None:
        headers["ocp-apim-subscription-key"] = credential
    answer = call(app, Raw("POST", path, headers, json.dumps(body).encode()))
    return answer.status, answer.json["error"]["code"], answer.json["error"]["message"]


@pytest.mark.parametrize("credential", [None, "", "nobody:secret", "{id}", "{id}:wrong", "{id}:\u00e4"])
def test_without_its_secret_nobody_is_let_in(secured, credential):
    app, key = secured
    credential = credential and credential.format(id=key.access_key_id)
    status, code, message = ask(app, credential, "/personalizer/v1.0/rank", RANK)
    assert (status, code, "ID:SECRET" in message) == (401, "Unauthorized", True)


def test_a_key_may_do_what_it_allows(secured):
    app, key = secured
    own = f"{key.access_key_id}:{key.secret}"
    assert ask(app, own, "/personalizer/v1.0/rank", RANK)[0] == 404  # let in; there is no such campaign
    assert ask(app, own, "/personalizer/v1.0/events/e/reward", {"value": 1})[:2] == (403, "Forbidden")
