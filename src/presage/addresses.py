"""What names a database: the one URL that people write, as each of its readers takes it."""

from urllib.parse import urlsplit, urlunsplit

_SCHEMES = ("postgresql", "postgres", "postgresql+psycopg")


def is_postgres(url: str) -> bool:
    """Whether a URL names a Postgres database."""
    return url.partition("://")[0] in _SCHEMES


def for_libpq(url: str) -> str:
    """The URL as the driver takes it."""
    return f"postgresql://{url.partition('://')[2]}"


def for_sqlalchemy(url: str) -> str:
    """The URL as SQLAlchemy takes it, with the driver that presage uses; one of another database as it is."""
    return f"postgresql+psycopg://{url.partition('://')[2]}" if is_postgres(url) else url


def without_secrets(url: str) -> str:
    """A URL as messages may show it: without user, password and options."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
