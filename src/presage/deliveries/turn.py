"""One run of a delivery at a time, over all processes; a run that dies ends its turn by that."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, text

from presage.files import locked

_RUNNING = 4_600_005  # a number of ours for advisory locks of Postgres


@contextmanager
def only_run(engine: Engine, delivery: str) -> Generator[None]:
    """Wait until no other process runs the delivery; while this lasts, none does."""
    if engine.dialect.name == "postgresql":
        with _locked_in_postgres(engine, delivery):
            yield
    elif engine.url.database:
        with locked(Path(engine.url.database).with_name(f"delivery-{delivery}.lock")):
            yield
    else:
        yield


@contextmanager
def _locked_in_postgres(engine: Engine, delivery: str) -> Generator[None]:
    """An advisory lock of a connection of its own; the server ends both when the process dies."""
    names = {"number": _RUNNING, "delivery": delivery}
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SELECT pg_advisory_lock(:number, hashtext(:delivery))"), names)
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:number, hashtext(:delivery))"), names)
