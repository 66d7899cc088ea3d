"""Keys by clicking: made, shown once, revoked, and never more than one's own."""

import re
import time

import pytest

from .visitor import Visitor

MADE = re.compile(r"AWS_ACCESS_KEY_ID=(\w+)\nexport AWS_SECRET_ACCESS_KEY=([\w-]+)")


@pytest.fixture
def master(secured_console):
    return Visitor(secured_console.app.asgi).log_in(secured_console.keys.master)


def test_a_key_is_made_shown_once_and_revoked(secured_console, master):
    answer = master.post("/console/keys", allow="personalize:Get* s3:*")
    id_, secret = MADE.search(answer.body.decode()).groups()
    key = secured_console.app.server.stores.keys.find(id_)
    assert (key.secret, key.allow) == (secret, ("personalize:Get*", "s3:*"))
    page = master.get("/console/keys").body.decode()
    assert id_ in page
    assert secret not in page
    assert master.post(f"/console/keys/{id_}/revoke").status == 303
    assert secured_console.app.server.stores.keys.find(id_) is None


def test_a_pattern_that_is_none_is_told(master):
    answer = master.post("/console/keys", allow="nonsense")
    assert answer.status == 400
    assert b"service:Operation" in answer.body


def test_nobody_revokes_the_key_that_they_use(secured_console, master):
    answer = master.post(f"/console/keys/{secured_console.keys.master.access_key_id}/revoke")
    assert answer.status == 400
    assert master.get("/console/keys").status == 200


def test_a_key_gives_no_more_than_it_has(secured_console):
    stores = secured_console.app.server.stores
    maker = Visitor(secured_console.app.asgi).log_in(stores.keys.create(["presage:*Key*", "s3:*"]))
    assert maker.post("/console/keys", allow="*").status == 400
    assert maker.post("/console/keys", allow="s3:* personalize:*").status == 400
    assert maker.post("/console/keys", allow="s3:*").status == 200


def test_the_navigation_names_what_a_key_may_see(secured_console):
    stores = secured_console.app.server.stores
    app = Visitor(secured_console.app.asgi).log_in(stores.keys.create(["personalize:GetRecommendations"]))
    page = app.get("/console").body.decode()
    assert "/console/try" in page
    assert "/console/keys" not in page
    for path in ("/keys", "/storage", "/jobs", "/events", "/alarms", "/pipelines", "/try/why?user=u"):
        assert app.get(f"/console{path}").status == 403, path
    assert app.get("/console/try?user=u").status == 200


def test_a_key_that_is_revoked_opens_nothing(secured_console):
    stores = secured_console.app.server.stores
    key = stores.keys.create()
    visitor = Visitor(secured_console.app.asgi).log_in(key)
    stores.keys.revoke(key.access_key_id)
    n_left = 50
    while visitor.get("/console/jobs").status == 200 and n_left:
        n_left -= 1
        time.sleep(0.1)
    assert visitor.get("/console/jobs").status == 303
