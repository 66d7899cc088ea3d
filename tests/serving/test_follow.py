import asyncio
from contextlib import suppress

import pytest

from presage.log import LogError, open_log
from presage.serving import follow
from presage.serving.follow import follow_log

from .shop import CAMPAIGN, Shop, ask, event, names


@pytest.fixture
def log(tmp_path):
    log = open_log(tmp_path)
    for name in "ab":
        log.open_stream(name, "dataset")
    yield log
    log.close()


class Listener:
    """Notes what it hears; a row `{"n": 3}` it cannot take in."""

    def __init__(self):
        self.heard = []
        self.caught_up = 0
        self.known = set()

    def known_through(self, place):
        while place + 1 in self.known:
            place += 1
        return place

    def hear(self, stream, places, rows):
        assert {"n": 3} not in rows
        self.heard += [(stream, place, row["n"]) for place, row in zip(places, rows, strict=True)]

    def catch_up(self, log):
        self.caught_up += 1


async def until(condition, task):
    """Wait until a condition holds, then end the task; give up if the task does."""
    while not condition():
        assert not task.done()
        await asyncio.sleep(0.01)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def following(log, listener, after, condition, meanwhile=lambda: None):
    async def run():
        task = asyncio.create_task(follow_log(log, listener, after))
        await asyncio.to_thread(meanwhile)
        await until(condition, task)

    asyncio.run(run())


def test_every_record_is_handed_on_once_and_in_the_order_of_its_stream(log, monkeypatch):
    monkeypatch.setattr(follow, "MOST_PER_READ", 2)
    listener = Listener()
    for n in range(3):
        log.append("ab"[n % 2], [{"n": n}]).result()
    following(
        log,
        listener,
        1,
        lambda: len(listener.heard) == 4,
        lambda: [log.append("ab"[n % 2], [{"n": n}]).result() for n in (4, 5)],
    )
    assert sorted(listener.heard) == [("a", 3, 2), ("a", 4, 4), ("b", 2, 1), ("b", 5, 5)]


def test_what_the_follower_knows_by_itself_is_not_read(log):
    listener = Listener()
    for n in range(5):
        log.append("a", [{"n": n + 10}]).result()
    listener.known = {1, 2, 4}
    following(log, listener, 0, lambda: len(listener.heard) == 3)
    assert listener.heard == [("a", 3, 12), ("a", 4, 13), ("a", 5, 14)], "after a gap all is read"


def test_what_cannot_be_taken_in_is_passed_over(log):
    listener = Listener()
    log.append("a", [{"n": 3}]).result()
    log.append("b", [{"n": 4}]).result()
    following(log, listener, 0, lambda: listener.heard)
    assert listener.heard == [("b", 2, 4)]


def test_who_is_far_behind_reads_all_at_once(log, monkeypatch):
    monkeypatch.setattr(follow, "MOST_PER_READ", 2)
    monkeypatch.setattr(follow, "MOST_BEHIND", 5)
    listener = Listener()
    log.append("a", [{"n": n + 10} for n in range(10)]).result()
    following(
        log,
        listener,
        0,
        lambda: listener.heard,
        lambda: (until_caught_up(listener), log.append("a", [{"n": 99}]).result()),
    )
    assert listener.caught_up == 1
    assert listener.heard == [("a", 11, 99)]


def until_caught_up(listener):
    while not listener.caught_up:
        pass


def test_a_log_that_cannot_be_read_for_a_moment_is_read_again(log, monkeypatch):
    monkeypatch.setattr(follow, "RETRY_SECONDS", 0.01)
    listener, read = Listener(), log.read
    failures = [LogError("disk I/O error"), OSError("too many open files")]

    def flaky(*args):
        if failures:
            raise failures.pop()
        return read(*args)

    monkeypatch.setattr(log, "read", flaky)
    log.append("a", [{"n": 0}]).result()
    following(log, listener, 0, lambda: listener.heard)
    assert len(listener.heard) == 1


def test_what_another_process_is_told_changes_the_answers(group, folder):
    shop = Shop(group, folder)
    other = open_log(group.folder)
    other.open_stream("unknown", "dataset")
    memory = shop.get(CAMPAIGN).served.memory

    async def run():
        task = asyncio.create_task(shop.follow(group.log))
        await asyncio.to_thread(other.append("interactions", [event("ann", "bow", 98)] * 10).result)
        await asyncio.to_thread(other.append("unknown", [event("ann", "hat", 99)]).result)
        await asyncio.to_thread(other.append("interactions", [event("ann", "tie", 99)]).result)
        await until(lambda: memory.events("ann")[-1].item_id == "tie", task)

    asyncio.run(run())
    other.close()
    assert names(ask(shop, "ann"))[:3] == ["tie", "bow", "cap"]


def test_a_process_that_lags_catches_up(group, folder, monkeypatch):
    monkeypatch.setattr(follow, "MOST_PER_READ", 2)
    monkeypatch.setattr(follow, "MOST_BEHIND", 5)
    shop = Shop(group, folder)
    assert names(ask(shop, "ann"))[0] == "cap"
    group.tell("INTERACTIONS", [event("ann", item, 90 + n) for n, item in enumerate(["bow", "tie"] * 10)])
    memory = shop.get(CAMPAIGN).served.memory

    async def run():
        task = asyncio.create_task(shop.follow(group.log))
        await until(lambda: len(memory.events("ann")) == 22, task)

    asyncio.run(run())
    assert names(ask(shop, "ann"))[:2] == ["tie", "bow"]
