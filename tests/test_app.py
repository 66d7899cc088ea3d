import asyncio
import itertools

from presage.app import again_and_again, kept_up, open_app
from presage.config import Config


def test_a_background_task_that_fails_is_begun_again(capsys):
    counted = itertools.count(1)

    async def main():
        done = asyncio.Event()

        async def run():
            if (n := next(counted)) < 4:
                raise OSError(f"failure {n}")
            done.set()

        task = asyncio.create_task(again_and_again(run, 0.001))
        await done.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(main())
    logged = capsys.readouterr().out
    assert [f"failure {n}" in logged for n in range(1, 5)] == [True, True, True, False]


def test_every_background_task_is_one_that_is_begun_again(tmp_path):
    app = open_app(Config(data=tmp_path / "data"))

    async def main():
        async with kept_up(app):
            tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            names = {task.get_coro().__name__ for task in tasks}
            assert len(tasks) > 3
            assert names == {"again_and_again"}

    asyncio.run(main())
