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


def ask(url, numbers, name="c"):
    with ThreadPoolExecutor(8) as many:
        return list(many.map(lambda n: done(url, f"campaigns/{name}/decide", question(n)), numbers))


def question(number):
    return {"user": f"u{number % 40}", "context": {"level": number % 7}, "idempotencyKey": f"k{number}"}


def test_nothing_that_was_answered_is_lost_or_decided_again(running):
    made = {"name": "c", "offers": OFFERS, "features": [{"name": "level"}], "policy": QUICK, "noOffer": False}
    done(running.url, "campaigns", made)  # 120 decisions, at most 40 of them common: rare meets its cap
    first = ask(running.url, range(60))
    told = [{"decisionId": one["decisionId"], "value": number} for number, one in enumerate(first[:20])]
    assert all(done(running.url, "rewards", one)["isNew"] for one in told)
    running.kill()
    running.start()
    assert ask(running.url, range(60)) == [{**one, "isNew": False} for one in first]
    assert not any(done(running.url, "rewards", one)["isNew"] for one in told)
    assert call(running.url, "rewards", {**told[1], "value": 7})[0] == 409
    more = ask(running.url, range(60, 120))
    given = [(one["offer"]["id"], n % 40) for n, one in enumerate(first + more) if one["offer"]]
    assert sum(offer == "rare" for offer, _ in given) == 20
    common = [user for offer, user in given if offer == "common"]
    assert len(common) == len(set(common))
    assert len({one["decisionId"] for one in first + more}) == 120
    report = done(running.url, "campaigns/c/report")
    assert (report["decisions"], report["rewarded"]) == (120, 20)
    assert done(running.url, "campaigns/c/replay")["equal"] == 120


def test_a_budget_holds_in_two_processes_that_are_killed(running):
    budget = {"amount": 30, "startsAt": "2026-01-01T00:00:00Z", "until": "2999-01-01T00:00:00Z"}
    offers = [{"id": "dear", "cost": 3}, {"id": "cheap", "cost": 0.5, "totalCap": 30}]
    made = {"name": "b", "offers": offers, "features": [{"name": "level"}], "policy": QUICK, "budget": budget}
    done(running.url, "campaigns", made | {"noOffer": False})
    first = ask(running.url, range(40), "b")
    running.kill()
    running.start()
    again = ask(running.url, range(100), "b")
    assert again[:40] == [{**one, "isNew": False} for one in first]
    given = [one["offer"]["id"] for one in again if one["offer"]]
    spent = 3 * given.count("dear") + 0.5 * given.count("cheap")
    assert 27 < spent <= 30
    assert given.count("cheap") <= 30
    report = done(running.url, "campaigns/b/report")
    assert (report["budget"]["spent"], report["decisions"]) == (spent, 100)
    assert done(running.url, "campaigns/b/replay")["equal"] == 100
