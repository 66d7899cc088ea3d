"""Servers and workers, and how clients find them."""

import contextlib
import gc
import os
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Generator
from typing import Annotated

import typer

from presage import __version__
from presage.config import Config, load_config
from presage.logs import configure_logs
from presage.terminal import out, plain_errors

from .flags import (
    Data,
    Database,
    Host,
    Hosts,
    ObjectStore,
    OnlineStore,
    Origins,
    Port,
    Processes,
    Spark,
    TorchProcesses,
    Workers,
)

serving = typer.Typer()
_ONE_OF_SEVERAL = "PRESAGE_ONE_OF_SEVERAL"
"""Set for a serving process that others on the same port stand beside."""


@serving.command(epilog="Example: presage serve --data ./shop --port 4600 --workers 2")
def serve(  # noqa: PLR0917, each is a flag
    data: Data = None,
    host: Host = None,
    port: Port = None,
    workers: Workers = None,
    processes: Processes = None,
    database: Database = None,
    object_store: ObjectStore = None,
    online_store: OnlineStore = None,
    hosts: Hosts = None,
    cors_origins: Origins = None,
    spark: Spark = None,
    torch_processes: TorchProcesses = None,
) -> None:
    """Answer the AWS APIs, and train in worker processes beside."""
    flags = {"data": data, "host": host, "port": port, "workers": workers, "processes": processes}
    flags |= {
        "database": database,
        "object_store": object_store,
        "online_store": online_store,
        "hosts": hosts,
        "cors_origins": cors_origins,
        "spark": spark,
        "torch_processes": torch_processes,
    }
    with plain_errors():
        config = load_config(flags)
        _pass_on(config)
        configure_logs()
        is_one_of_several = os.environ.pop(_ONE_OF_SEVERAL, "") != ""
        if not is_one_of_several:
            _check_address(config)
        if config.processes > 1 and not is_one_of_several:
            _serve_in_several(config)
        else:
            _serve_in_one(config, is_one_of_several=is_one_of_several)


def _pass_on(config: Config) -> None:
    """Tell the processes beside this one what their command lines do not, where others see a password."""
    for name in (
        "database",
        "object_store",
        "online_store",
        "hosts",
        "cors_origins",
        "spark",
        "torch_processes",
    ):
        os.environ[f"PRESAGE_{name.upper()}"] = str(getattr(config, name))


def _check_address(config: Config) -> None:
    """Raise ValueError if the port is taken, before anything is said or opened."""
    from presage.listening import check_address  # noqa: PLC0415

    check_address(config)


def _serve_in_one(config: Config, *, is_one_of_several: bool) -> None:
    gc.disable()  # what is imported and opened stays: no need to look through it for garbage
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # matrices are small: a second thread only waits
    sys.setswitchinterval(0.001)  # so long, not 5 ms, does who answers wait for a thread that reckons
    import uvloop  # noqa: PLC0415

    from presage.app import open_app  # noqa: PLC0415  (heavy; `presage --help` must be quick)
    from presage.listening import serve as serve_app  # noqa: PLC0415

    app = open_app(config)
    if is_one_of_several:
        uvloop.run(serve_app(app, shares_port=True))
        return
    _greet(config, secured=bool(app.server.stores.keys.list()))
    with _workers_beside(config):
        uvloop.run(serve_app(app))


def _serve_in_several(config: Config) -> None:
    """Keep serving processes running on one port, until SIGTERM or SIGINT."""
    from presage.app import is_secured, reach_object_store, reach_online_store  # noqa: PLC0415
    from presage.jobs.supervise import Supervisor  # noqa: PLC0415
    from presage.listening import shared_socket  # noqa: PLC0415
    from presage.stores import open_stores  # noqa: PLC0415

    with open_stores(config) as stores:  # once for all: what an older presage wrote is migrated here
        reach_online_store(stores)
        reach_object_store(stores)
        _greet(config, secured=is_secured(stores))
    os.environ[_ONE_OF_SEVERAL] = "1"
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    with shared_socket(config), _workers_beside(config), contextlib.ExitStack() as servers:
        counted = servers.enter_context(tempfile.TemporaryDirectory(prefix="presage-counts-"))
        os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", counted)  # by this they are counted together
        for _ in range(config.processes):
            supervisor = Supervisor(_command(config, "serve", workers=0), name="serving process")
            servers.callback(supervisor.stop)
        stopping.wait()


def _command(config: Config, name: str, *, workers: int) -> list[str]:
    """The command line of a process beside this one, on the same data folder."""
    command = [sys.executable, "-m", "presage", name, "--data", str(config.data), "--workers", str(workers)]
    return [*command, "--port", str(config.port), "--host", config.host]


@contextlib.contextmanager
def _workers_beside(config: Config) -> Generator[None]:
    """While this lasts, a worker process runs jobs; it is started again when it dies."""
    if config.workers == 0:
        yield
        return
    from presage.jobs.supervise import Supervisor  # noqa: PLC0415

    supervisor = Supervisor(_command(config, "worker", workers=config.workers), name="job worker")
    try:
        yield
    finally:
        supervisor.stop()


def _greet(config: Config, *, secured: bool) -> None:
    out.print(f"presage {__version__} on [bold]{config.url}[/]  data in {config.data.resolve()}")
    if not secured:
        out.print(
            "No access keys: any signature is accepted, and only this machine can reach the server. "
            "`presage keys create` makes a key.",
            style="yellow",
        )
    out.print(f"Open the console at {config.url}/console", highlight=False)
    out.print('Point AWS clients here with:  eval "$(presage env)"', highlight=False, markup=False)
    sys.stdout.flush()


@serving.command(epilog="Example: presage worker --data ./shop --workers 4")
def worker(  # noqa: PLR0917, each is a flag
    data: Data = None,
    host: Host = None,
    port: Port = None,
    workers: Workers = None,
    database: Database = None,
    spark: Spark = None,
    torch_processes: TorchProcesses = None,
    object_store: ObjectStore = None,
) -> None:
    """Run job workers alone, beside servers that share database and data folder, or object store.

    Host and port are those of the server, whose own S3 endpoint jobs read without asking it. Under torchrun
    the first process takes jobs, and the others learn their networks with it.
    """
    with plain_errors():
        config = load_config(
            {
                "data": data,
                "host": host,
                "port": port,
                "workers": workers,
                "database": database,
                "spark": spark,
                "torch_processes": torch_processes,
                "object_store": object_store,
            }
        )
        configure_logs()
        config.data.mkdir(parents=True, exist_ok=True)
        _work(config)


def _work(config: Config) -> None:
    """Take jobs; under torchrun the first process does, and the others learn its networks with it."""
    from presage.jobs.child import die_with  # noqa: PLC0415
    from presage.jobs.following import follow  # noqa: PLC0415
    from presage.jobs.torchrun import torchrun_of  # noqa: PLC0415
    from presage.jobs.worker import run_worker  # noqa: PLC0415
    from presage.works.registry import LEARNING, WORKS  # noqa: PLC0415

    torchrun = torchrun_of(os.environ)
    if torchrun:
        die_with(os.getppid())
    if torchrun and config.torch_processes > 1:
        raise ValueError("torchrun says how many processes learn together: leave --torch-processes out")
    with torchrun.store_kept() if torchrun else contextlib.nullcontext():
        if torchrun and torchrun.rank:
            follow(config, torchrun, LEARNING)
        else:
            name = f"{socket.gethostname()}-{os.getpid()}"
            run_worker(config, WORKS, name=name, slots=max(1, config.workers))


@serving.command(epilog='Example: eval "$(presage env)" && python my_script.py')
def env(
    host: Host = None,
    port: Port = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Every AWS service, also those that presage does not answer.")
    ] = False,
) -> None:
    """Print the shell lines that point AWS clients here.

    With --all a script that also asks STS, IAM or SSM needs nothing else; what presage does not build then
    fails by name, and nothing reaches AWS.
    """
    with plain_errors():
        config = load_config({"host": host, "port": port})
        services = "PERSONALIZE PERSONALIZE_RUNTIME PERSONALIZE_EVENTS FORECAST FORECASTQUERY S3".split()
        services += ["STS", "IAM", "SSM"] if everything else []
        lines = [f"export AWS_ENDPOINT_URL_{service}={config.url}" for service in services]
        lines += [f"export AWS_ENDPOINT_URL={config.url}"] if everything else []
        lines.append(f"export AWS_DEFAULT_REGION=${{AWS_DEFAULT_REGION:-{config.region}}}")
        lines.append("export AWS_ACCESS_KEY_ID=${AWS_ACCESS_KEY_ID:-presage}")
        lines.append("export AWS_SECRET_ACCESS_KEY=${AWS_SECRET_ACCESS_KEY:-presage}")
        typer.echo("\n".join(lines))
