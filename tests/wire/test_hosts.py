"""A server without access keys answers to loopback names alone, and to those that it is told."""

import pytest

from presage.wire.app import application

from .asgi import call
from .generate import Raw, encode
from .test_signature import FIND


async def nothing(members):
    return {}


def ask(host, *, hosts=(), find_key=None, **headers):
    handlers = {("personalize", "ListCampaigns"): nothing}
    app = application(handlers, find_key=find_key, hosts=hosts)
    raw = encode("personalize", "ListCampaigns", {})
    sent = {name: value for name, value in raw.headers.items() if name.lower() != "host"} | headers
    return call(app, Raw(raw.method, raw.path, sent if host is None else sent | {"host": host}, raw.body))


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:4600",
        "LocalHost:80",
        "127.0.0.1:4600",
        "[::1]:4600",
        "[::1]",
        "localhost.",
        None,
        "bucket.localhost:4600",
        "bucket.s3.localhost",
    ],
)
def test_loopback_names_are_answered(host):
    assert ask(host).status == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:4600",
        "localhost.evil.example",
        "evillocalhost",
        "127.0.0.1.evil.example",
        "[::2]:4600",
        "127.0.0.1:4600.evil.example",
        "localhost:evil",
        "ÿ",
        "x" * 10000,
    ],
)
def test_another_name_is_refused_even_if_the_page_has_it_too(host):
    response = ask(host, origin=f"http://{host}")
    assert (response.status, response.code) == (403, "AccessDeniedException")
    assert "--hosts" in response.message


def test_names_that_the_settings_give_are_answered():
    assert ask("Shop.Internal:4600", hosts=["shop.internal"]).status == 200
    assert ask("other.internal", hosts=["shop.internal"]).status == 403


def test_with_keys_the_signature_decides():
    response = ask("shop.example", find_key=FIND)
    assert (response.status, response.code) == (403, "MissingAuthenticationToken")


def test_the_way_to_buckets_is_guarded_too():
    async def s3(scope, receive, send):
        pytest.fail("it was reached")

    app = application({}, find_key=None, s3=s3)
    assert call(app, Raw("PUT", "/bucket", {"host": "evil.example"}, b"")).status == 403
