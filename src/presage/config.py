"""What one server is told: flags win over `PRESAGE_*` variables, and those over `presage.toml`."""

import os
import time
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from presage.addresses import is_postgres

LOOPBACK = ("127.0.0.1", "localhost", "::1")
_TABLES = ("channels", "databases")
"""Settings that are a table of names and texts; a variable such as PRESAGE_CHANNELS_ONCALL is one entry."""


def default_workers() -> int:
    """Training processes when nobody says: a core stays free for the server."""
    return max(1, (os.cpu_count() or 2) - 1)


@dataclass(frozen=True, kw_only=True)
class Config:
    """One server's settings.

    Parameters
    ----------
    data : the folder that holds everything
    workers : how many jobs run at once; 0 = none here
    processes : how many processes answer on the port
    database : where records, jobs, the event log and live features are kept, as
        postgresql://user:password@host/database; empty = SQLite in the data folder
    online_store : where live features are kept if elsewhere, as a URL of Postgres or
        redis://:password@host:6379/0
    torch_processes : so many processes of this machine learn a network of a job together
    spark : the master of a Spark cluster that helps jobs, such as spark://host:7077; empty = processes help
    object_store : where tables, models and what serving remembers are kept, as s3://bucket/prefix; the data
        folder then holds copies. Empty = the data folder
    object_store_endpoint : the URL of that S3; empty = as the AWS settings of the machine say
    s3_endpoint : an S3 endpoint for `s3://` locations; empty = presage's own buckets in the data folder
    hosts : names, separated by commas, that a server without access keys answers to beside `localhost`
    cors_origins : origins that browsers may call from, separated by commas; `*` for any; empty = none
    keep_versions : of each solution so many of the newest trained versions stay, and those in use; 0 = all
    auto_predictor_seconds : an auto predictor is trained in about so many seconds at most, which leaves out
        what takes longer; 0 = 900
    weather : a CSV or Parquet file of weather by place and time, for predictors that ask for it; empty = none
    pretrained : a folder of models that a presage wrote with `presage save-model`; empty = none
    access_log : whether each request leaves a line in the log
    max_request_bytes : a larger AWS request is refused (uploads to the S3 endpoint are not counted)
    alarms : a YAML or JSON file of alarms; empty = the built-in ones, and those made by calls
    channels : where notices and deliveries go: a name and an apprise URL, which holds secrets
    databases : the app's own: a name and a SQLAlchemy URL, which holds secrets
    endpoint : the server that pipelines call; empty = the one that runs them
    clock_ahead_seconds : the clock goes so much ahead, for demonstrations and tests
    """

    data: Path = Path("presage-data")
    host: str = "127.0.0.1"
    port: int = 4600
    workers: int = default_workers()
    processes: int = 1
    database: str = ""
    online_store: str = ""
    torch_processes: int = 1
    spark: str = ""
    object_store: str = ""
    object_store_endpoint: str = ""
    s3_endpoint: str = ""
    region: str = "us-east-1"
    account: str = "000000000000"
    hosts: str = ""
    cors_origins: str = ""
    keep_versions: int = 0
    auto_predictor_seconds: float = 0.0
    weather: str = ""
    pretrained: str = ""
    access_log: bool = True
    max_request_bytes: int = 6 * 1024 * 1024
    alarms: str = ""
    channels: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    databases: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    endpoint: str = ""
    clock_ahead_seconds: float = 0.0

    def now(self) -> float:
        """The time by this server's clock, in seconds since 1970, UTC."""
        return time.time() + self.clock_ahead_seconds

    @property
    def postgres(self) -> str:
        """The database that other machines may share; empty if it is in files."""
        return self.database if is_postgres(self.database) else ""

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        return self.host in LOOPBACK

    @property
    def cores_a_job(self) -> int:
        """How many cores a job may use: those of the machine, divided by the jobs that run at once."""
        return max(1, (os.cpu_count() or 1) // max(1, self.workers))

    @property
    def url(self) -> str:
        """Where clients on this machine find the server."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


def load_config(
    flags: Mapping[str, Any],
    environ: Mapping[str, str] = os.environ,
    file: Path = Path("presage.toml"),
) -> Config:
    """The settings that hold: a flag that is not None wins over a variable, a variable over the file.

    Raises ValueError naming the setting, its source and what would be right.
    """
    text = tomllib.loads(file.read_text()) if file.is_file() else {}
    known = {f.name: f for f in fields(Config)}
    for name in text:
        if name not in known:
            raise ValueError(f"{file} has no setting {name!r}; it knows: {', '.join(sorted(known))}")
    values = dict(text)
    values |= {n: environ[v] for n in known if n not in _TABLES and (v := f"PRESAGE_{n.upper()}") in environ}
    if not values.get("s3_endpoint") and environ.get("AWS_ENDPOINT_URL_S3"):
        values["s3_endpoint"] = environ["AWS_ENDPOINT_URL_S3"]
    values |= {n: v for n, v in flags.items() if v is not None}
    tables = {n: _table(n, values.pop(n, {}), environ) for n in _TABLES}
    typed: dict[str, Any] = {n: _as_type(n, v, known[n].type) for n, v in values.items()}
    typed |= tables
    config = Config(**typed)
    own = {f"http://{host}:{config.port}" for host in (*LOOPBACK, "[::1]")}
    if config.s3_endpoint.rstrip("/") in own:
        return replace(config, s3_endpoint="")
    return config


def listed(setting: str) -> list[str]:
    """The values of a setting that are separated by commas."""
    return [value.strip() for value in setting.split(",") if value.strip()]


def _table(name: str, entries: Any, environ: Mapping[str, str]) -> dict[str, str]:
    """The entries of a table of texts: those of the file, and over them those of variables."""
    if not isinstance(entries, dict):
        raise ValueError(f"{name} must be a table, such as [{name}] with a line for each name")
    found: dict[str, str] = {}
    for key, value in entries.items():
        if not isinstance(value, str):
            raise ValueError(f"{name}.{key} must be a text in quotes")
        found[key] = value
    prefix = f"PRESAGE_{name.upper()}_"
    return found | {
        key.removeprefix(prefix).lower(): value for key, value in environ.items() if key.startswith(prefix)
    }


def _as_type(name: str, value: Any, wanted: Any) -> Any:
    try:
        if wanted is bool and isinstance(value, str):
            return {"true": True, "1": True, "false": False, "0": False}[value.lower()]
        return wanted(value)
    except (KeyError, TypeError, ValueError):
        raise ValueError(f"{name} is {value!r}; it must be a {wanted.__name__}") from None
