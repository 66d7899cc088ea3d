import pytest

from presage.wire.app import application

from .asgi import call
from .generate import Raw, encode

SHOP = "https://shop.example"


async def nothing(members):
    return {}


def listener(*origins):
    handlers = {("personalize", "ListCampaigns"): nothing}
    return application(handlers, find_key=None, cors_origins=origins)


def ask(app, **headers):
    raw = encode("personalize", "ListCampaigns", {})
    return call(app, Raw(raw.method, raw.path, raw.headers | headers, raw.body))


def preflight(app, origin):
    headers = {
        "host": "localhost",
        "origin": origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,x-amz-date",
    }
    return call(app, Raw("OPTIONS", "/events", headers, b""))


@pytest.mark.parametrize("origins", [[SHOP], ["https://other.example", SHOP], ["*"]])
def test_a_configured_origin_may_call_and_read_the_answer(origins):
    response = ask(listener(*origins), origin=SHOP)
    assert response.status == 200
    assert response.headers["access-control-allow-origin"] == SHOP
    assert "x-amzn-requestid" in response.headers["access-control-expose-headers"]


def test_errors_can_be_read_too():
    response = ask(listener(SHOP), **{"origin": SHOP, "x-amz-target": "nothing"})
    assert response.code == "UnknownOperationException"
    assert response.headers["access-control-allow-origin"] == SHOP


def test_a_preflight_of_a_configured_origin_is_granted():
    response = preflight(listener(SHOP), SHOP)
    assert (response.status, response.body) == (204, b"")
    assert "POST" in response.headers["access-control-allow-methods"]
    assert response.headers["access-control-allow-headers"] == "authorization,x-amz-date"


@pytest.mark.parametrize("origins", [[], ["https://other.example"]])
def test_pages_of_other_origins_are_refused(origins):
    for response in (ask(listener(*origins), origin=SHOP), preflight(listener(*origins), SHOP)):
        assert (response.status, response.code) == (403, "AccessDeniedException")
        assert "access-control-allow-origin" not in response.headers


def test_presage_s_own_pages_may_call():
    response = ask(listener(), origin="http://localhost", host="localhost")
    assert response.status == 200
    assert "access-control-allow-origin" not in response.headers


def test_clients_that_are_no_browsers_are_not_concerned():
    assert "vary" not in ask(listener(SHOP)).headers
