"""Listening: one process, or one of several on the same port, until it is told to stop."""

import asyncio
import gc
import resource
import signal
import socket
import sys

import uvicorn

from presage.app import App, kept_up
from presage.config import Config
from presage.jobs.supervise import supervisor_fd
from presage.wire.connection import Bounds, Connections, uvicorn_settings

SWITCH_SECONDS = 0.001
"""A thread that has put events on disk waits at most so long for the thread that answers."""
BACKLOG = 2_048


async def serve(app: App, *, shares_port: bool = False) -> None:
    """Answer until SIGTERM or SIGINT, or until the process that supervises this one is gone.

    Answers under way are finished first.

    Parameters
    ----------
    shares_port : whether other processes of this server listen on the same port
    """
    config = app.server.config
    connections = Connections(Bounds(connections=most_connections()))
    settings = uvicorn.Config(
        app.asgi,
        host=config.host,
        port=config.port,
        backlog=BACKLOG,
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=30,
        server_header=False,
        proxy_headers=False,
        date_header=True,
        ws="none",
        **uvicorn_settings(connections),
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop_quietly)  # uvicorn raises the signal again when it has stopped
    sys.setswitchinterval(SWITCH_SECONDS)
    server = uvicorn.Server(settings)
    _stop_without_supervisor(server)
    async with kept_up(app):
        gc.freeze()
        gc.enable()
        sockets = [shared_socket(config)] if shares_port else None
        await server.serve(sockets=sockets)


def most_connections() -> int:
    """How many connections may be open: half of the files that the system allows, which is first raised."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 4 * Bounds.connections
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return Bounds.connections if soft == resource.RLIM_INFINITY else min(Bounds.connections, soft // 2)


def check_address(config: Config) -> None:
    """Raise ValueError if the server cannot listen where it shall: another program does, for instance."""
    try:
        shared_socket(config, is_shared=config.processes > 1).close()
    except OSError as error:
        where = f"{config.host}:{config.port}"
        raise ValueError(f"{where}: {error.strerror}; choose another --port or --host") from None


def shared_socket(config: Config, *, is_shared: bool = True) -> socket.socket:
    """A socket on the server's port; if it is shared, other processes of the same user may listen too."""
    family, kind, _, _, address = socket.getaddrinfo(
        config.host, config.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    shared = socket.socket(family, kind)
    shared.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if is_shared:
        shared.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        shared.bind(address)
    except OSError:
        shared.close()
        raise
    shared.set_inheritable(False)
    return shared


def _stop_without_supervisor(server: uvicorn.Server) -> None:
    """Let the server stop when the process that supervises it, if there is one, is gone."""
    supervisor = supervisor_fd()
    if supervisor is not None:
        asyncio.get_running_loop().add_reader(supervisor, setattr, server, "should_exit", True)


def _stop_quietly(_number: int, _frame: object) -> None:
    """The server has stopped; what is left is to close what was opened."""
