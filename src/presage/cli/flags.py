"""Flags that several commands have, and what they name."""

import contextlib
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from presage.config import load_config

if TYPE_CHECKING:
    from presage.resources.record import Record
    from presage.stores import Stores

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
Database = Annotated[str | None, typer.Option("--database", help="postgresql:// URL of records, jobs, log.")]
Spark = Annotated[
    str | None, typer.Option("--spark", help="A Spark cluster that helps jobs: spark://host:7077, local[4].")
]
TorchProcesses = Annotated[
    int | None, typer.Option("--torch-processes", help="Processes that learn a network together.")
]
ObjectStore = Annotated[
    str | None,
    typer.Option("--object-store", help="s3://bucket/prefix of tables and models; the data folder caches."),
]
OnlineStore = Annotated[
    str | None, typer.Option("--online-store", help="postgresql:// or redis:// URL of live features.")
]


@contextlib.contextmanager
def opened(data: Path | None, database: str | None) -> "Generator[Stores]":
    """The stores of a data folder that is there."""
    from presage.stores import open_stores  # noqa: PLC0415

    config = load_config({"data": data, "database": database})
    if not config.data.is_dir():
        raise ValueError(f"there is no data folder {config.data}; name it with --data")
    with open_stores(config) as stores:
        yield stores


def group_of(stores: "Stores", name: str) -> "Record":
    """The dataset group of a name or ARN; raises ValueError."""
    from presage.works import sources  # noqa: PLC0415

    return sources.group_of(stores, name)
