"""The `presage` command."""

import contextlib
import gc
import json
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Generator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.live import Live
from rich.table import Table

from presage import __version__
from presage.config import Config, load_config
from presage.logs import configure_logs
from presage.ope import ope
from presage.simulate import simulate_command
from presage.terminal import err, out
from presage.terminal import plain_errors as _plain_errors
from presage.transforms.command import features_command

if TYPE_CHECKING:
    from presage.jobs.queue import Job
    from presage.resources.keys import Keys
    from presage.resources.record import Record
    from presage.stores import Stores

main = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Recommendations and forecasts behind the AWS APIs, from models that presage trains itself.",
    epilog="Example: presage serve --data ./shop --port 4600",
)
keys_command = typer.Typer(no_args_is_help=True, help="Access keys and what each may do.")
main.add_typer(keys_command, name="keys")
main.add_typer(features_command, name="features")
main.add_typer(simulate_command, name="simulate")
main.command(epilog="Example: presage ope log.csv --context country,level")(ope)
FOLLOW_SECONDS = 0.5
SHORT_SECONDS = 14.0
"""So long the shop's demonstration may train the forecast that it ends with."""
_ONE_OF_SEVERAL = "PRESAGE_ONE_OF_SEVERAL"
"""Set for a serving process that others on the same port stand beside."""

Data = Annotated[Path | None, typer.Option("--data", help="The folder that holds everything.")]
Host = Annotated[str | None, typer.Option("--host", help="The address to listen on.")]
Port = Annotated[int | None, typer.Option("--port", help="The port to listen on.")]
Workers = Annotated[int | None, typer.Option("--workers", help="Jobs at once; 0 = none here.")]
Processes = Annotated[int | None, typer.Option("--processes", help="Serving processes on the port.")]
Hosts = Annotated[
    str | None, typer.Option("--hosts", help="Names it answers to without access keys, beside localhost: a,b")
]
Origins = Annotated[
    str | None,
    typer.Option("--cors-origins", help="Web pages that may call: https://a,https://b or *"),
]
Database = Annotated[str | None, typer.Option("--database", help="SQLAlchemy URL of records and jobs.")]
OnlineStore = Annotated[
    str | None, typer.Option("--online-store", help="postgresql:// or redis:// URL of live features.")
]


@main.command(epilog="Example: presage serve --data ./shop --port 4600 --workers 2")
def serve(  # noqa: PLR0917, each is a flag
    data: Data = None,
    host: Host = None,
    port: Port = None,
    workers: Workers = None,
    processes: Processes = None,
    database: Database = None,
    online_store: OnlineStore = None,
    hosts: Hosts = None,
    cors_origins: Origins = None,
) -> None:
    """Answer the AWS APIs, and train in worker processes beside."""
    flags = {"data": data, "host": host, "port": port, "workers": workers, "processes": processes}
    flags |= {
        "database": database,
        "online_store": online_store,
        "hosts": hosts,
        "cors_origins": cors_origins,
    }
    with _plain_errors():
        config = load_config(flags)
        _pass_on(config)
        configure_logs()
        is_one_of_several = os.environ.pop(_ONE_OF_SEVERAL, "") != ""
        if config.processes > 1 and not is_one_of_several:
            _serve_in_several(config)
        else:
            _serve_in_one(config, is_one_of_several=is_one_of_several)


def _pass_on(config: Config) -> None:
    """Tell the processes beside this one what their command lines do not, where others see a password."""
    for name in ("database", "online_store", "hosts", "cors_origins"):
        os.environ[f"PRESAGE_{name.upper()}"] = getattr(config, name)


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
    from presage.app import is_secured, reach_online_store  # noqa: PLC0415
    from presage.jobs.supervise import Supervisor  # noqa: PLC0415
    from presage.listening import shared_socket  # noqa: PLC0415
    from presage.stores import open_stores  # noqa: PLC0415

    with open_stores(config) as stores:  # once for all: what an older presage wrote is migrated here
        reach_online_store(stores)
        _greet(config, secured=is_secured(stores))
    os.environ[_ONE_OF_SEVERAL] = "1"
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    with shared_socket(config), _workers_beside(config), contextlib.ExitStack() as servers:
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
    out.print('Point AWS clients here with:  eval "$(presage env)"', highlight=False, markup=False)
    sys.stdout.flush()


@main.command(epilog="Example: presage worker --data ./shop --workers 4")
def worker(
    data: Data = None,
    host: Host = None,
    port: Port = None,
    workers: Workers = None,
    database: Database = None,
) -> None:
    """Run job workers alone, beside servers that share data folder and database.

    Host and port are those of the server, whose own S3 endpoint jobs read without asking it.
    """
    with _plain_errors():
        config = load_config(
            {"data": data, "host": host, "port": port, "workers": workers, "database": database}
        )
        configure_logs()
        from presage.jobs.worker import run_worker  # noqa: PLC0415
        from presage.works.registry import WORKS  # noqa: PLC0415

        config.data.mkdir(parents=True, exist_ok=True)
        name = f"{socket.gethostname()}-{os.getpid()}"
        run_worker(config, WORKS, name=name, slots=max(1, config.workers))


@main.command(epilog="Example: presage demo && presage demo lab8")
def demo(
    what: Annotated[
        str,
        typer.Argument(help="retail: a shop; forecast: its demand; offers: a game; lab8: AWS's workshop."),
    ] = "retail",
    data: Annotated[Path, typer.Option(help="The demonstration's own data folder.")] = Path(
        "presage-data/demo"
    ),
    page: Annotated[Path | None, typer.Option(help="Where the page with the plots goes.")] = None,
    workers: Workers = None,
) -> None:
    """Real data in, trained models, live recommendations out, with a page to look at."""
    with _plain_errors():
        from presage.beside import free_port, progress_in, server_beside  # noqa: PLC0415
        from presage.demo import run_demo, run_forecast_demo, run_lab8, run_offers_demo  # noqa: PLC0415

        shows = {
            "retail": run_demo,
            "forecast": run_forecast_demo,
            "offers": run_offers_demo,
            "lab8": run_lab8,
        }
        if what not in shows:
            raise ValueError(f"there is no demonstration {what!r}; there are: {', '.join(shows)}")
        short = {"auto_predictor_seconds": SHORT_SECONDS} if what == "retail" else {}
        flags = {"data": data, "host": "127.0.0.1", "port": free_port(), "workers": workers, **short}
        config = load_config(flags)
        config.data.mkdir(parents=True, exist_ok=True)
        with server_beside(config):
            out_page = page or Path(f"demo-{what}.html")
            shows[what](config.url, out=out_page, console=out, progress_of=progress_in(config))


@main.command(epilog="Example: presage forecast sales.csv --horizon 14")
def forecast(  # noqa: PLR0917, each is a flag
    file: Annotated[
        Path, typer.Argument(help="CSV or Parquet: times, values and, if there are several, items.")
    ],
    horizon: Annotated[int, typer.Option(help="How many steps ahead.", min=1, max=500)],
    frequency: Annotated[str, typer.Option(help="What a step is: D, W, 15min; found if not given.")] = "",
    item: Annotated[str, typer.Option(help="The column of items; found if not given.")] = "",
    time: Annotated[str, typer.Option(help="The column of times; found if not given.")] = "",
    value: Annotated[str, typer.Option(help="The column of values; found if not given.")] = "",
    workers: Workers = None,
) -> None:
    """Forecast the series in a file: a table and a fan chart here, a CSV and a page beside the file."""
    with _plain_errors():
        from presage.beside import free_port, progress_in, server_beside  # noqa: PLC0415
        from presage.demo import Steps, page_of, read_series, run_forecast  # noqa: PLC0415

        series = read_series(file, item=item, time=time, value=value, frequency=frequency)
        named = zip(("items", "times", "values"), series.columns, strict=True)
        found = ", ".join(f"{what}: {name}" for what, name in named if name)
        out.print(
            f"{file}: {found}; frequency {series.frequency}", markup=False, highlight=False, style="dim"
        )
        with tempfile.TemporaryDirectory(prefix="presage-") as folder:
            data = {"data": Path(folder), "host": "127.0.0.1", "port": free_port(), "workers": workers}
            config = load_config(data)
            with server_beside(config):
                steps = Steps(out, progress_in(config))
                outlook = run_forecast(config.url, series, horizon=horizon, steps=steps)
        table, page = file.with_suffix(".forecast.csv"), file.with_suffix(".forecast.html")
        outlook.forecast.write_csv(table, datetime_format="%Y-%m-%d %H:%M:%S")
        page.write_text(page_of(outlook, file.name), encoding="utf-8")
        out.print(
            f"\n[bold]{table}[/] holds every step; the page with the charts: [bold]{page}[/]", soft_wrap=True
        )


@main.command(epilog='Example: eval "$(presage env)" && python my_script.py')
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
    with _plain_errors():
        config = load_config({"host": host, "port": port})
        services = "PERSONALIZE PERSONALIZE_RUNTIME PERSONALIZE_EVENTS FORECAST FORECASTQUERY S3".split()
        services += ["STS", "IAM", "SSM"] if everything else []
        lines = [f"export AWS_ENDPOINT_URL_{service}={config.url}" for service in services]
        lines += [f"export AWS_ENDPOINT_URL={config.url}"] if everything else []
        lines.append(f"export AWS_DEFAULT_REGION=${{AWS_DEFAULT_REGION:-{config.region}}}")
        lines.append("export AWS_ACCESS_KEY_ID=${AWS_ACCESS_KEY_ID:-presage}")
        lines.append("export AWS_SECRET_ACCESS_KEY=${AWS_SECRET_ACCESS_KEY:-presage}")
        typer.echo("\n".join(lines))


@main.command(
    "save-model", epilog="Example: presage save-model arn:aws:forecast:...:predictor/p ./shop --data ./d"
)
def save_model(
    arn: str,
    folder: Annotated[Path, typer.Argument(help="Where the model goes; another presage reads it there.")],
    data: Data = None,
    database: Database = None,
) -> None:
    """Copy the model of a Forecast predictor, for the setting `pretrained` of another presage."""
    with _plain_errors(), _opened(data, database) as stores:
        record = stores.records.get(arn)
        if record is None or record.kind != "Predictor" or not record.is_active:
            raise ValueError(f"{arn} is no predictor that is ACTIVE")
        shutil.copytree(stores.model_folder(record) / "model", folder / "model")
        out.print(f"{folder / 'model'}: set `pretrained` to {folder.parent} on the other server")


@main.command(epilog="Example: presage trials --data ./shop arn:aws:personalize:...:solution/best/1a2b3c4d")
def trials(arn: str, data: Data = None, database: Database = None) -> None:
    """Show what the training of a solution version with HPO or AutoML tried, and what it chose."""
    with _plain_errors(), _opened(data, database) as stores:
        record = stores.records.get(arn)
        if record is None or not record.get("_trials"):
            raise ValueError(f"{arn} is no solution version whose training has tried several candidates")
        out.print(_trials_table(record["_trials"], record["_candidate"]))


@main.command(epilog="Example: presage explain --campaign shop --user 12584 --item 22423 --data ./shop")
def explain(  # noqa: PLR0917, each is a flag
    campaign: Annotated[str, typer.Option(help="A campaign or recommender: name or ARN.")],
    user: Annotated[str, typer.Option(help="For whom.")],
    item: Annotated[str, typer.Option(help="Which item.")],
    most: Annotated[int, typer.Option(help="So many events are shown.")] = 10,
    data: Data = None,
    database: Database = None,
) -> None:
    """Show which events of a user carry an item's score: what it would be without each of them."""
    with _plain_errors(), _opened(data, database) as stores:
        from presage.works.explaining import explain_answer  # noqa: PLC0415

        found = explain_answer(stores, campaign, user, item)
        out.print(f"{item}: rank {found.rank} of {found.n_items} for {user}, score {found.score:.3%}")
        if not found.events:
            out.print("No event of this user carries it: the model looks at none, or the user has none.")
            return
        table = Table("event", "item", "when (UTC)", "score without it", "change")
        for one in found.events[:most]:
            at = datetime.fromtimestamp(one.event.time, UTC).strftime("%Y-%m-%d %H:%M:%S")
            change = f"{one.without / found.score - 1:+.1%}" if found.score else ""
            kind = str(one.event.row.get("EVENT_TYPE") or "")
            table.add_row(kind, one.event.item_id, at, f"{one.without:.3%}", change)
        out.print(table)
        out.print(f"without the first three together {found.without_strongest:.3%}")
        out.print(f"for somebody without a history {found.without_all:.3%}")


@main.command(epilog="Example: presage jobs --follow --data ./shop")
def jobs(
    follow: Annotated[bool, typer.Option("--follow", help="Show it again and again, until Ctrl-C.")] = False,
    ended: Annotated[int, typer.Option(help="So many of the jobs that ended last are shown too.")] = 5,
    data: Data = None,
    database: Database = None,
) -> None:
    """Show imports, trainings and other jobs: what they do, how far they are, how long they take still."""
    with _plain_errors(), _opened(data, database) as stores, contextlib.suppress(KeyboardInterrupt):
        if not follow:
            out.print(_jobs_table(stores.jobs.listed(ended)))
            return
        with Live(console=out, auto_refresh=False) as live:
            while True:
                live.update(_jobs_table(stores.jobs.listed(ended)), refresh=True)
                time.sleep(FOLLOW_SECONDS)


def _jobs_table(listed: "Sequence[Job]") -> Table:
    table = Table("job", "for", "state", "done", "step", "left", "tries")
    now = time.time()
    for job in listed:
        left = job.seconds_left(now)
        shown = "" if left is None else f"{timedelta(seconds=round(left))}"
        name = job.arn.partition(":personalize:")[2].split(":")[-1] or job.arn
        done = f"{job.fraction:.0%}" if job.state == "RUNNING" else ""
        step = job.reason or job.step
        table.add_row(job.kind, name, job.state, done, step, shown, str(job.tries + job.interruptions or ""))
    return table


@main.command(epilog="Example: presage conversions shop --data ./shop")
def conversions(group: str, data: Data = None, database: Database = None) -> None:
    """Show how many answers of each campaign of a dataset group (name or ARN) led to events.

    An answer counts as followed by an event when the event carries its recommendationId.
    """
    with _plain_errors(), _opened(data, database) as stores:
        from presage.works.conversions import conversions as counted  # noqa: PLC0415

        record = _group(stores, group)
        table = Table("campaign", "event", "displays", "conversions", "share", "95 % interval")
        for one in counted(stores, record):
            low, high = one.interval
            numbers = [
                str(one.displays),
                str(one.conversions),
                f"{one.share:.2%}",
                f"{low:.2%} to {high:.2%}",
            ]
            table.add_row(one.source, one.event_type, *numbers)
        out.print(table)


@main.command("export-user", epilog="Example: presage export-user 12584 --group shop > 12584.json")
def export_user(
    user: str,
    group: Annotated[str, typer.Option(help="The dataset group: name or ARN.")],
    data: Data = None,
    database: Database = None,
) -> None:
    """Print all that a dataset group holds of a user, as JSON; CreateDataDeletionJob deletes it."""
    with _plain_errors(), _opened(data, database) as stores:
        from presage.works.user_data import user_data  # noqa: PLC0415

        found = user_data(stores, _group(stores, group), user)
        typer.echo(json.dumps(found, indent=1, ensure_ascii=False))


def _group(stores: "Stores", name: str) -> "Record":
    """The dataset group of a name or ARN; raises ValueError."""
    found = stores.records.of_kind("personalize", "DatasetGroup")
    for record in found:
        if name in (record.name, record.arn):
            return record
    known = ", ".join(one.name for one in found) or "none"
    raise ValueError(f"there is no dataset group {name!r}; there are: {known}")


@contextlib.contextmanager
def _opened(data: Path | None, database: str | None) -> "Generator[Stores]":
    """The stores of a data folder that is there."""
    from presage.stores import open_stores  # noqa: PLC0415

    config = load_config({"data": data, "database": database})
    if not config.data.is_dir():
        raise ValueError(f"there is no data folder {config.data}; name it with --data")
    with open_stores(config) as stores:
        yield stores


def _trials_table(tried: list[dict[str, Any]], chosen: dict[str, Any]) -> Table:
    table = Table("", "recipe", "settings", "score", "seconds", "")
    for trial in tried:
        is_chosen = {name: trial[name] for name in chosen} == chosen
        settings = "  ".join(f"{name} {value}" for name, value in trial["settings"].items())
        score = "" if trial["score"] is None else f"{trial['score']:.4f}"
        outcome = "chosen" if is_chosen else trial["reason"] or trial["state"]
        table.add_row(
            str(trial["number"]), trial["recipe"], settings, score, f"{trial['seconds']:.1f}", outcome
        )
    return table


@keys_command.command(
    "create", epilog="Example: presage keys create --allow 'personalize:Get*' --allow 's3:*'"
)
def keys_create(
    allow: Annotated[
        list[str] | None, typer.Option(help="A glob of what it may do; repeat it for more.")
    ] = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Make a key; its secret is shown this once."""
    with _plain_errors():
        key = _keys(data, database).create(allow or ["*"])
        typer.echo(f"export AWS_ACCESS_KEY_ID={key.access_key_id}")
        typer.echo(f"export AWS_SECRET_ACCESS_KEY={key.secret}")
        err.print("A server that started without keys asks for signatures after it is started again.")


@keys_command.command("list", epilog="Example: presage keys list --data ./shop")
def keys_list(data: Data = None, database: Database = None) -> None:
    """Show the keys, without their secrets."""
    with _plain_errors():
        table = Table("access key", "may")
        for key in _keys(data, database).list():
            table.add_row(key.access_key_id, " ".join(key.allow))
        out.print(table)


@keys_command.command("revoke", epilog="Example: presage keys revoke AKIA...")
def keys_revoke(access_key_id: str, data: Data = None, database: Database = None) -> None:
    """Forget a key; requests that it signs are refused within seconds."""
    with _plain_errors():
        if not _keys(data, database).revoke(access_key_id):
            raise ValueError(f"no access key is called {access_key_id!r}; `presage keys list` shows them")
        out.print(f"revoked {access_key_id}")


def _keys(data: Path | None, database: str | None) -> "Keys":
    from presage.resources.keys import Keys  # noqa: PLC0415
    from presage.resources.migrations import open_database  # noqa: PLC0415

    config = load_config({"data": data, "database": database})
    config.data.mkdir(parents=True, exist_ok=True)
    return Keys(open_database(config.database, config.data))
