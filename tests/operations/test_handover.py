"""What threads have finished comes to whoever waits for it, whatever happens meanwhile."""

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from presage.operations.handover import Handover


def test_many_are_handed_over_each_to_its_own():
    handover = Handover()

    async def run():
        with ThreadPoolExecutor(8) as threads:
            return await asyncio.gather(*(handover.wait(threads.submit(pow, n, 2)) for n in range(500)))

    for _ in range(2):  # each time another event loop
        assert asyncio.run(run()) == [n * n for n in range(500)]


def test_what_failed_raises_and_disturbs_nobody():
    handover = Handover()

    async def run():
        with ThreadPoolExecutor(1) as threads:
            good, bad = handover.wait(threads.submit(int, "7")), handover.wait(threads.submit(int, "x"))
            return await asyncio.gather(good, bad, return_exceptions=True)

    good, bad = asyncio.run(run())
    assert good == 7
    assert isinstance(bad, ValueError)


def test_who_waits_no_more_is_passed_over():
    handover, slow, quick = Handover(), Future(), Future()

    async def run():
        gone = asyncio.create_task(handover.wait(slow))
        await asyncio.sleep(0)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        staying = asyncio.create_task(handover.wait(quick))
        await asyncio.sleep(0)
        slow.set_result("too late")
        quick.set_result("in time")
        return await staying

    assert asyncio.run(run()) == "in time"
