"""A server put together: every room is built once here and handed to those that need it."""

import asyncio
import contextlib
import inspect
import shutil
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from cachetools import TTLCache

from presage.account.app import account_application
from presage.account.state import Account
from presage.config import Config, listed
from presage.console.app import console_application
from presage.console.headers import leading_browsers
from presage.errors import Unavailable
from presage.health.requests import Requests
from presage.health.scrape import scrape_application
from presage.health.watch import Watch, alarms_of
from presage.live.app import features_application
from presage.live.live import Live
from presage.live.reading import LiveSets
from presage.online import OnlineError
from presage.operations import upkeep, walks
from presage.operations.decisions.routes import DECISIONS
from presage.operations.deliveries.routes import DELIVERIES
from presage.operations.forecast.warming import Warmer
from presage.operations.health.alarms import readings_of
from presage.operations.health.routes import HEALTH
from presage.operations.personalize.following import Follower
from presage.operations.personalizer.app import FIRST_SEGMENTS, personalizer_application
from presage.operations.pipelines.routes import PIPELINES
from presage.operations.rest.door import InLine, rest_application
from presage.operations.rights import bucket_rights
from presage.operations.server import Server, Step
from presage.operations.table import KINDS, built
from presage.resources.keys import AccessKey
from presage.s3.app import s3_application
from presage.serving.deployments import Deployments
from presage.stores import Stores
from presage.wire.access import access_log, observed
from presage.wire.app import ASGIApp, Handler, application
from presage.wire.models import OPERATIONS
from presage.wire.signature import FindKey

FOLLOW_SECONDS = 0.5
UPKEEP_SECONDS = 60.0
DUE_SECONDS = 5.0
SWEEP_SECONDS = 3600.0
WATCH_SECONDS = 30.0
PULL_SECONDS = 2.0
"""How often it is seen whether a worker on another machine has written what serving remembers."""
RESTART_SECONDS = 1.0
HEAD_START_SECONDS = 0.08
"""What may take long is given so long before the operations that wait go on: mostly it is done by then."""
N_BESIDE = 4
"""How many steps that may take long go on at once."""
LEAST_FREE_BYTES = 16 * 1024 * 1024
"""With less space on the disk a server says that it is not ready, before it must refuse to store anything."""
MOST_KEYS, KEY_SECONDS = 10_000, 1.0
SERVICES = (DECISIONS, PIPELINES, DELIVERIES, HEALTH)
"""Presage's own calls, beside those of AWS."""
log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class App:
    """One server process.

    Parameters
    ----------
    asgi : answers HTTP
    live : folds what feature sets are told
    watch : counts requests, and looks at the alarms
    line : runs the operations that touch records, one after the other; what an operation leaves for later
        stands in the same line, so that it is done before any request that arrives after the answer
    beside : runs what may take long
    """

    asgi: ASGIApp
    live: Live
    server: Server
    watch: Watch
    line: ThreadPoolExecutor
    beside: ThreadPoolExecutor


def open_app(config: Config) -> App:
    """Open the data folder and build the server; nothing runs yet.

    Raises ValueError when the server could be reached from elsewhere although no access key exists.
    """
    stores = Stores(config)
    secured = is_secured(stores)
    reach_online_store(stores)
    reach_object_store(stores)
    line = ThreadPoolExecutor(1, thread_name_prefix="operations")
    beside = ThreadPoolExecutor(N_BESIDE, thread_name_prefix="beside")
    live = Live(stores)
    server = Server(
        stores=stores,
        deployments=Deployments(),
        kinds=KINDS,
        later=lambda step: _void(line.submit(_logged, step)),
        beside=partial(_beside, line, beside),
        feed=live.feed,
        live=LiveSets(live),
    )
    find_key = _remembering(stores.keys.find) if secured else None
    answering = handlers(server, line)
    s3 = s3_application(stores.buckets, find_key=find_key, region=config.region)
    watch = Watch(stores=stores, requests=Requests(), read=partial(readings_of, server))
    alarms_of(stores)  # a file of alarms that is wrong is no surprise for later
    asgi = application(
        answering,
        find_key=find_key,
        why_not_ready=partial(_why_not_ready, config),
        s3=s3,
        account=account_application(
            Account(records=stores.records, number=config.account, region=config.region), find_key=find_key
        ),
        other={
            "": leading_browsers(s3),
            **_own_doors(server, partial(_in_line, line), find_key, answering),
            "features": features_application(live, find_key=find_key),
            "metrics": scrape_application(watch.requests, watch.read, find_key=find_key),
        },
        cors_origins=listed(config.cors_origins),
        hosts=listed(config.hosts),
        max_request_bytes=config.max_request_bytes,
        demanded_too=None if config.s3_endpoint else bucket_rights,
    )
    observers = [watch.requests, access_log()] if config.access_log else [watch.requests]
    return App(
        asgi=observed(asgi, observers), live=live, server=server, watch=watch, line=line, beside=beside
    )


def _own_doors(
    server: Server, in_line: InLine, find_key: FindKey | None, answering: Mapping[tuple[str, str], Handler]
) -> dict[str, ASGIApp]:
    """First segment of the path -> who answers presage's own calls, and people."""
    console = console_application(
        server,
        handlers=answering,
        services=SERVICES,
        in_line=in_line,
        find_key=find_key,
        write_sample=_write_sample,
    )
    personalizer = personalizer_application(server, find_key=find_key)
    return {
        **{one.name: rest_application(one, server, in_line=in_line, find_key=find_key) for one in SERVICES},
        "console": console,
        **dict.fromkeys(FIRST_SEGMENTS, personalizer),
    }


def _write_sample(path: Path) -> None:
    from presage.demo.retail import write_lines  # noqa: PLC0415  (rarely wanted)

    write_lines(path)


def _why_not_ready(config: Config) -> str:
    free = shutil.disk_usage(config.data).free
    return f"disk full: {free} bytes are free" if free < LEAST_FREE_BYTES else ""


def is_secured(stores: Stores) -> bool:
    """Whether signatures are verified; raises ValueError when the server would be open to other machines."""
    secured = bool(stores.keys.list())
    if not secured and not stores.config.is_loopback:
        raise ValueError(
            f"host is {stores.config.host!r}, which other machines can reach, but there are no access keys; "
            "make one with `presage keys create`, or leave the host at 127.0.0.1"
        )
    return secured


def reach_object_store(stores: Stores) -> None:
    """See whether the object store is there; raises ValueError if it cannot be used.

    One that cannot be reached may come later: campaigns are deployed then.
    """
    try:
        if stores.remote is not None:
            stores.remote.check()
    except Unavailable as error:
        log.warning("the object store cannot be reached yet", reason=str(error))


def reach_online_store(stores: Stores) -> None:
    """See whether a remote online store is there; raises ValueError or RuntimeError if it cannot be used.

    One that cannot be reached may come later: features are answered with 503 until then.
    """
    if not stores.config.online_store:
        return
    try:
        stores.online.highest_place()
    except OnlineError as error:
        log.warning("the online store cannot be reached yet", reason=str(error))


def _remembering(find: Callable[[str], AccessKey | None]) -> Callable[[str], AccessKey | None]:
    """`find`, asked again for the same key at most once in a while."""
    known: TTLCache[str, AccessKey | None] = TTLCache(MOST_KEYS, KEY_SECONDS)

    def find_key(access_key_id: str) -> AccessKey | None:
        try:
            return known[access_key_id]
        except KeyError:
            found = known[access_key_id] = find(access_key_id)
            return found

    return find_key


def handlers(server: Server, line: ThreadPoolExecutor) -> Mapping[tuple[str, str], Handler]:
    """The operations as the wire calls them: coroutines run at once, functions stand in line."""
    return {name: _handler(server, line, function) for name, function in built(OPERATIONS).items()}


def _handler(server: Server, line: ThreadPoolExecutor, function: Callable[..., Any]) -> Handler:
    if inspect.iscoroutinefunction(function):
        return partial(function, server)

    async def in_line(request: dict[str, Any]) -> dict[str, Any] | None:
        return await _in_line(line, partial(function, server, request))

    return in_line


async def _in_line(line: ThreadPoolExecutor, step: Callable[[], Any]) -> Any:
    return await asyncio.get_running_loop().run_in_executor(line, step)


def _beside(line: ThreadPoolExecutor, beside: ThreadPoolExecutor, step: Step) -> None:
    """Run a step beside the answers; the next operation waits a moment for it, as it mostly needs no more."""
    done = beside.submit(_logged, step)
    line.submit(_give_head_start, done)


def _give_head_start(done: Future[None]) -> None:
    wait_for([done], HEAD_START_SECONDS)


def _void(_value: object) -> None:
    """Drop a value."""


def _logged(step: Step) -> None:
    try:
        step()
    except Exception:
        log.exception("a step after an answer failed; upkeep will take it up again")


@contextlib.asynccontextmanager
async def kept_up(app: App) -> AsyncGenerator[None]:
    """While this lasts, the server takes up what waits and follows what other processes change."""
    stores, server = app.server.stores, app.server
    await asyncio.to_thread(walks.take_up, server)
    follower, warmer = Follower(server), Warmer(server)
    await asyncio.to_thread(follower.deploy_all)
    tasks = [
        asyncio.create_task(again_and_again(run, seconds, first_after=first_after))
        for run, seconds, first_after in (
            (partial(asyncio.to_thread, follower.step), FOLLOW_SECONDS, 0.0),
            (partial(asyncio.to_thread, warmer.step), FOLLOW_SECONDS, 0.0),
            (partial(asyncio.to_thread, upkeep.keep_up, server), UPKEEP_SECONDS, UPKEEP_SECONDS),
            (partial(asyncio.to_thread, upkeep.begin_due, server), DUE_SECONDS, 0.0),
            (partial(asyncio.to_thread, stores.sweep), SWEEP_SECONDS, 0.0),
            (partial(asyncio.to_thread, stores.memory.pull), PULL_SECONDS, PULL_SECONDS),
            (partial(server.deployments.follow, stores.log), RESTART_SECONDS, 0.0),
            (app.live.follow, RESTART_SECONDS, 0.0),
            (partial(asyncio.to_thread, app.watch.step), WATCH_SECONDS, WATCH_SECONDS),
        )
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        app.beside.shutdown(wait=True, cancel_futures=True)
        app.line.shutdown(wait=True)
        upkeep.store_answers(server)
        app.watch.store()
        for decider in server.deciders.values():
            decider.close()
        app.live.close()
        stores.close()


async def again_and_again(
    run: Callable[[], Awaitable[object]], seconds: float, *, first_after: float = 0.0
) -> None:
    """Run something until cancelled, with a pause after each time; an error is logged and does not end it."""
    await asyncio.sleep(first_after)
    while True:
        try:
            await run()
        except Unavailable as error:
            log.warning("a background task waits", reason=str(error), seconds=seconds)
        except Exception:
            log.exception("a background task failed; it is begun again", seconds=seconds)
        await asyncio.sleep(seconds)
