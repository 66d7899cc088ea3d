import asyncio
from contextlib import suppress

import pytest

from presage.serving import follow
from presage.serving.follow import follow_log, group_of
from presage.tables.events import EventLog

from .shop import DATASET, GROUP, ask, deployed, event


@pytest.fixture
def log(tmp_path):
    log = EventLog(tmp_path / "events.sqlite")
    yield log
    log.close()


async def until(condition, task):
    """Wait until a condition holds, then end the task; give up if the task does."""
    while not condition():
        assert not task.done()
        await asyncio.sleep(0.01)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def test_every_record_is_handed_on_once_and_in_order(log, monkeypatch):
    monkeypatch.setattr(follow, "MOST_PER_READ", 2)
    heard = []

    async def run():
        log.append(DATASET, [{"n": n} for n in range(5)]).result()
        task = asyncio.create_task(follow_log(log, lambda *told: heard.append(told), 1))
        while len(heard) < 4:
            await asyncio.sleep(0.01)
        log.append(DATASET, [{"n": 5}]).result()
        await until(lambda: len(heard) == 5, task)

    asyncio.run(run())
    assert heard == [(GROUP, "INTERACTIONS", [n + 1], [{"n": n}]) for n in range(1, 6)]


def test_what_another_process_is_told_changes_the_answers(log, folder):
    other = EventLog(log.path)
    shop = deployed(folder)

    async def run():
        task = asyncio.create_task(shop.follow(log))
        await asyncio.to_thread(other.append(DATASET, [event("ann", "bow", 98)] * 10).result)
        await asyncio.to_thread(other.append(DATASET, [event("ann", "tie", 99)]).result)
        live = shop._live[GROUP]
        await until(lambda: live.newest == 11, task)

    asyncio.run(run())
    other.close()
    assert ask(shop, "ann")[0][0] == "tie"
    assert "bow" not in [item for item, _ in ask(shop, "ann", n=3)]


def test_a_log_that_cannot_be_read_for_a_moment_is_read_again(log, monkeypatch):
    monkeypatch.setattr(follow, "RETRY_SECONDS", 0.01)
    heard, read = [], log.read
    failures = [follow.sqlite3.OperationalError("disk I/O error")]

    def flaky(*args):
        if failures:
            raise failures.pop()
        return read(*args)

    monkeypatch.setattr(log, "read", flaky)

    async def run():
        log.append(DATASET, [{"n": 0}]).result()
        await until(lambda: heard, asyncio.create_task(follow_log(log, lambda *told: heard.append(told), 0)))

    asyncio.run(run())
    assert len(heard) == 1


def test_a_dataset_names_its_group():
    assert group_of(DATASET) == (GROUP, "INTERACTIONS")
