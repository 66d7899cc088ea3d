"""A server put together: every room is built once here and handed to those that need it."""

import asyncio
import contextlib
import inspect
import signal
import sys
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
import uvicorn

from presage.buckets.buckets import Buckets
from presage.config import Config
from presage.jobs.ledger import jobs_url
from presage.jobs.queue import Jobs
from presage.operations import lifecycle, upkeep
from presage.operations.personalize.hooks import HOOKS
from presage.operations.personalize.streams import find_stream
from presage.operations.server import Server
from presage.operations.table import built
from presage.resources.database import open_database
from presage.resources.keys import Keys
from presage.resources.remembered import Remembered
from presage.resources.store import Store
from presage.s3.app import s3_application
from presage.serving.deployment import Deployments
from presage.tables.events import EventLog
from presage.wire.access import with_access_log
from presage.wire.app import ASGIApp, Handler, application
from presage.wire.models import OPERATIONS

FOLLOW_SECONDS = 0.5
UPKEEP_SECONDS = 60.0
SWEEP_SECONDS = 3600.0
SWITCH_SECONDS = 0.001
"""A thread that has put events on disk waits at most so long for the thread that answers."""
REMEMBERED_SECONDS = 1.0
log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class App:
    """One server process.

    Parameters
    ----------
    asgi : answers HTTP
    line : runs the operations that touch records, one after the other; what an operation leaves for later
        stands in the same line, so that it is done before any request that arrives after the answer
    """

    asgi: ASGIApp
    server: Server
    line: ThreadPoolExecutor
    keys: Keys
    buckets: Buckets


def open_app(config: Config) -> App:
    """Open the data folder and build the server; nothing runs yet.

    Raises ValueError when the server could be reached from elsewhere although no access key exists.
    """
    config.data.mkdir(parents=True, exist_ok=True)
    engine = open_database(config.database, config.data)
    keys = Keys(engine)
    secured = bool(keys.list())
    if not secured and not config.is_loopback:
        raise ValueError(
            f"host is {config.host!r}, which other machines can reach, but there are no access keys; "
            "make one with `presage keys create`, or leave the host at 127.0.0.1"
        )
    line = ThreadPoolExecutor(1, thread_name_prefix="operations")
    store = Store(engine)
    server = Server(
        config=config,
        resources=store,
        jobs=Jobs(jobs_url(config)),
        events=EventLog(config.data / "events.sqlite"),
        deployments=Deployments(),
        streams=Remembered(partial(find_stream, store), seconds=REMEMBERED_SECONDS),
        later=lambda step: void(line.submit(_logged, step)),
        clock=time.time,
        hooks=HOOKS,
    )
    buckets = Buckets(config.data / "buckets")
    find_key = Remembered(keys.find, seconds=REMEMBERED_SECONDS).get if secured else None
    asgi = application(
        handlers(server, line),
        find_key=find_key,
        ready=lambda: True,
        s3=s3_application(buckets, find_key=find_key, region=config.region),
        cors_origins=[origin.strip() for origin in config.cors_origins.split(",") if origin.strip()],
        max_request_bytes=config.max_request_bytes,
    )
    if config.access_log:
        asgi = with_access_log(asgi)
    return App(asgi=asgi, server=server, line=line, keys=keys, buckets=buckets)


def handlers(server: Server, line: ThreadPoolExecutor) -> Mapping[tuple[str, str], Handler]:
    """The operations as the wire calls them: coroutines run at once, functions stand in line."""
    return {name: _handler(server, line, function) for name, function in built(OPERATIONS).items()}


def _handler(server: Server, line: ThreadPoolExecutor, function: Callable[..., Any]) -> Handler:
    if inspect.iscoroutinefunction(function):

        async def at_once(request: dict[str, Any]) -> dict[str, Any] | None:
            return await function(server, request)

        return at_once

    async def in_line(request: dict[str, Any]) -> dict[str, Any] | None:
        return await asyncio.get_running_loop().run_in_executor(line, function, server, request)

    return in_line


def void(_value: object) -> None:
    """Drop a value."""


def _logged(step: Callable[[], None]) -> None:
    try:
        step()
    except Exception:
        log.exception("a step after an answer failed; upkeep will take it up again")


@contextlib.asynccontextmanager
async def kept_up(app: App) -> AsyncGenerator[None]:
    """While this lasts, the server takes up what waits and follows what other processes change."""
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(app.line, lifecycle.take_up, app.server)
    await loop.run_in_executor(app.line, upkeep.follow, app.server)
    tasks = [
        asyncio.create_task(_every(FOLLOW_SECONDS, app, upkeep.follow)),
        asyncio.create_task(_every(UPKEEP_SECONDS, app, upkeep.keep_up)),
        asyncio.create_task(_sweep(app.buckets)),
        asyncio.create_task(app.server.deployments.follow(app.server.events)),
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        app.line.shutdown(wait=True)
        app.server.events.close()
        app.server.jobs.close()
        app.server.resources.close()
        app.buckets.close()


async def _every(seconds: float, app: App, step: Callable[[Server], None]) -> None:
    while True:
        await asyncio.sleep(seconds)
        try:
            await asyncio.get_running_loop().run_in_executor(app.line, step, app.server)
        except Exception:
            log.exception("upkeep failed; it is tried again", step=step.__name__)


async def _sweep(buckets: Buckets) -> None:
    """Every hour: what a crash left of an upload goes."""
    while True:
        await asyncio.to_thread(buckets.sweep)
        await asyncio.sleep(SWEEP_SECONDS)


def _stop_quietly(_number: int, _frame: object) -> None:
    """The server has stopped; what is left is to close what was opened."""


async def serve(app: App) -> None:
    """Answer until SIGTERM or SIGINT; answers under way are finished first."""
    config = app.server.config
    settings = uvicorn.Config(
        app.asgi,
        host=config.host,
        port=config.port,
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=30,
        timeout_keep_alive=75,
        server_header=False,
        proxy_headers=False,
        date_header=True,
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop_quietly)  # uvicorn raises the signal again when it has stopped
    sys.setswitchinterval(SWITCH_SECONDS)
    async with kept_up(app):
        await uvicorn.Server(settings).serve()
