"""Two serving processes, killed between decide and reward."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from ...running import RunningServer
from .calling import call, done

OFFERS = [{"id": "rare", "price": 4.99, "totalCap": 20}, {"id": "common", "price": 9.99, "perUserCap": 1}]
QUICK = {"settings": {"n_draws": 10}}


@pytest.fixture
def running(tmp_path):
    server = RunningServer(tmp_path / "data", workers=0, arguments=["--processes", "2"]).start()
    yield server
    server.stop()


def ask(url, numbers):
    with ThreadPoolExecutor(8) as many:
        return list(many.map(lambda n: done(url, "campaigns/c/decide", question(n)), numbers))


def question(number):
    return {"user": f"u{number % 60}", "context": {"level": number % 7}, "idempotencyKey": f"k{number}"}


def test_nothing_that_was_answered_is_lost_or_decided_again(running):
    made = {"name": "c", "offers": OFFERS, "features": [{"name": "level"}], "policy": QUICK}
    done(running.url, "campaigns", made)
    first = ask(running.url, range(100))
    running.kill()
    running.start()
    assert ask(running.url, range(100)) == [{**one, "isNew": False} for one in first]
    for number, one in enumerate(first[:50]):
        assert done(running.url, "rewards", {"decisionId": one["decisionId"], "value": number})["isNew"]
    running.kill()
    running.start()
    assert call(running.url, "rewards", {"decisionId": first[1]["decisionId"], "value": 7})[0] == 409
    more = ask(running.url, range(100, 200))
    given = [one["offer"]["id"] for one in first + more if one["offer"]]
    assert given.count("rare") == 20
    assert given.count("common") <= 60
    assert len({one["decisionId"] for one in first + more}) == 200
    report = done(running.url, "campaigns/c/report")
    assert (report["decisions"], report["rewarded"]) == (200, 50)
    assert done(running.url, "campaigns/c/replay")["equal"] == 200
