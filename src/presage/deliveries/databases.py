"""Rows of the app's databases."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, create_engine, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from presage.errors import shown

from .errors import DeliveryError
from .spec import Query

Row = dict[str, Any]
"""Column -> value."""


@contextmanager
def opened(query: Query, known: Mapping[str, str]) -> Generator[Engine]:
    """The database that a query names; raises DeliveryError, without the URL, which may hold a password.

    Parameters
    ----------
    known : by name the URL, as the configuration has them
    """
    if "://" not in query.database and query.database not in known:
        names = ", ".join(sorted(known)) or "none"
        raise DeliveryError(
            f"there is no database {shown(query.database)}; [databases] of presage.toml has: {names}"
        )
    try:
        engine = create_engine(known.get(query.database, query.database))
    except (ArgumentError, NoSuchModuleError, ImportError, ValueError) as error:
        raise DeliveryError(
            f"the URL of the database {_named(query)} is not usable: {type(error).__name__}"
        ) from None
    try:
        yield engine
    finally:
        engine.dispose()


def rows(engine: Engine, query: Query, now: float, users: Sequence[str] | None = None) -> list[Row]:
    """What a query gives, in its order; what it changes is undone.

    Parameters
    ----------
    now : takes the place of `:now`
    users : take the place of `:users`

    Raises DeliveryError that says what the database says.
    """
    statement = text(query.query)
    values: dict[str, Any] = {}
    if ":now" in query.query:
        values["now"] = now
    if users is not None:
        statement = statement.bindparams(bindparam("users", expanding=True))
        values["users"] = list(users)
    try:
        with engine.connect() as connection:
            return _read(connection, statement, values)
    except SQLAlchemyError as error:
        raise DeliveryError(f"the query of the database {_named(query)} failed: {said_by(error)}") from None


def said_by(error: SQLAlchemyError) -> str:
    """What the database said, in a line, without the statement and its values."""
    said = str(getattr(error, "orig", None) or error).strip().splitlines()
    return said[0] if said else type(error).__name__


def _read(connection: Connection, statement: Any, values: Mapping[str, Any]) -> list[Row]:
    found = connection.execute(statement, values)
    if not found.returns_rows:
        raise DeliveryError("a query of a delivery must give rows, as SELECT does")
    names = list(found.keys())
    return [dict(zip(names, row, strict=True)) for row in found]


def column(row: Row, name: str, query: Query) -> Any:
    """A value of a row; raises DeliveryError if the query gives no such column."""
    try:
        return row[name]
    except KeyError:
        raise DeliveryError(
            f"the query of the database {_named(query)} gives no column {name!r}; it gives: {', '.join(row)}"
        ) from None


def _named(query: Query) -> str:
    """How texts call a database: by its name, or the kind of its URL."""
    kind, _, rest = query.database.partition("://")
    return f"{kind}://…" if rest else shown(query.database)
