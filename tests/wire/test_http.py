import asyncio

import pytest

from presage.wire.faults import Refused
from presage.wire.http import BodyBudget, ClientGone, Request, read_body

from .asgi import scope_of
from .generate import Raw


def request(**headers):
    return Request("POST", b"/", b"", headers)


def body(*messages, max_bytes=10, budget=None, **headers):
    left = list(messages)

    async def receive():
        return left.pop(0) if left else await asyncio.Event().wait()

    return asyncio.run(read_body(request(**headers), receive, max_bytes, budget or BodyBudget(100)))


def part(content, more_body=True):
    return {"type": "http.request", "body": content, "more_body": more_body}


def test_a_request_keeps_path_and_query_as_they_were_sent():
    raw = Raw("GET", "/a%2Fb/ü?x=%20&y", {"host": "localhost"}, b"")
    scope = scope_of(Raw("GET", "/a%2Fb?x=%20&y", raw.headers, b""))
    made = Request.of(scope)
    assert (made.path, made.query) == (b"/a%2Fb", b"x=%20&y")


def test_headers_sent_twice_are_joined():
    scope = scope_of(Raw("GET", "/", {}, b"")) | {"headers": [(b"a", b"1"), (b"b", b"\xff"), (b"a", b"2")]}
    assert Request.of(scope).headers == {"a": "1,2", "b": "ÿ"}


def test_a_body_in_parts_is_joined():
    assert body(part(b"abc"), part(b""), part(b"def", more_body=False)) == b"abcdef"


def test_a_body_may_fill_the_limit():
    assert body(part(b"0123456789", more_body=False)) == b"0123456789"


@pytest.mark.parametrize("messages", [[part(b"01234567890", more_body=False)], [part(b"012345")] * 2])
def test_a_body_over_the_limit_is_refused_as_soon_as_it_is(messages):
    with pytest.raises(Refused) as caught:
        body(*messages)
    assert caught.value.status == 413


@pytest.mark.parametrize("length", ["11", "9" * 5000])
def test_a_body_announced_as_too_large_is_not_read(length):
    with pytest.raises(Refused) as caught:
        body(**{"content-length": length})
    assert (caught.value.code, caught.value.status) == ("RequestEntityTooLarge", 413)


@pytest.mark.parametrize("length", ["-1", "²", "1e9", ""])
def test_a_length_that_is_no_number_announces_nothing(length):
    assert body(part(b"abc", more_body=False), **{"content-length": length}) == b"abc"


def test_a_client_that_hangs_up_is_gone():
    with pytest.raises(ClientGone):
        body(part(b"abc"), {"type": "http.disconnect"})


def test_bodies_share_a_budget():
    budget = BodyBudget(8)

    def read(*messages):
        return body(*messages, budget=budget)

    assert read(part(b"abcde", more_body=False)) == b"abcde"
    with pytest.raises(Refused) as caught:
        read(part(b"abc"), part(b"d", more_body=False))
    assert (caught.value.code, caught.value.status) == ("ServiceUnavailable", 503)
    assert budget.free == 3, "what was refused gives its share back"
    with pytest.raises(ClientGone):
        read(part(b"ab"), {"type": "http.disconnect"})
    assert budget.free == 3
    budget.give_back(5)
    assert read(part(b"abcdefgh", more_body=False)) == b"abcdefgh"
