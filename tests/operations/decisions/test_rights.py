"""With access keys the door asks for signatures, and a key may do what it allows."""

import json

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from presage.app import open_app
from presage.config import Config
from presage.resources.keys import AccessKey
from presage.stores import open_stores

from ...wire.asgi import call
from ...wire.generate import Raw

CAMPAIGN = {"name": "c", "offers": [{"id": "a"}]}


@pytest.fixture(scope="module")
def secured(tmp_path_factory):
    """The application, a key for everything, and one that may decide."""
    config = Config(data=tmp_path_factory.mktemp("secured"))
    with open_stores(config) as stores:
        keys = stores.keys.create(), stores.keys.create(["decisions:Decide"])
    app = open_app(config)
    yield app.asgi, *keys
    for decider in app.server.deciders.values():
        decider.close()
    app.line.shutdown()
    app.server.stores.close()


def ask(app, key, path, body=None, service="decisions"):
    method = "GET" if body is None else "POST"
    data = b"" if body is None else json.dumps(body).encode()
    headers = {"host": "localhost:4600"}
    if key is not None:
        request = AWSRequest(method, f"http://localhost:4600/decisions/{path}", headers, data)
        credentials = Credentials(key.access_key_id, key.secret)
        SigV4Auth(credentials, service, "us-east-1").add_auth(request)
        headers = {name.lower(): value for name, value in request.headers.items()}
    return call(app, Raw(method, f"/decisions/{path}", headers, data))


def test_a_key_may_do_what_it_allows(secured):
    app, master, decider = secured
    assert ask(app, None, "campaigns", CAMPAIGN).code == "MissingAuthenticationToken"
    assert ask(app, decider, "campaigns", CAMPAIGN).code == "AccessDeniedException"
    assert ask(app, master, "campaigns", CAMPAIGN).status == 201
    made = ask(app, decider, "campaigns/c/decide", {"user": "ann"})
    assert made.status == 200
    reward = {"decisionId": made.json["decisionId"], "value": 1}
    assert ask(app, decider, "rewards", reward).code == "AccessDeniedException"
    assert ask(app, master, "rewards", reward).json["isNew"]
    assert ask(app, decider, "campaigns/c/report").code == "AccessDeniedException"


def test_a_signature_is_for_this_service_and_body(secured):
    app, master, _ = secured
    assert ask(app, master, "campaigns", service="ssm").status >= 400
    forged = AccessKey(access_key_id=master.access_key_id, secret="wrong")
    assert ask(app, forged, "campaigns").code == "InvalidSignatureException"
