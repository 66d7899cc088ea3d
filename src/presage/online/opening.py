"""Which form of the online store a URL names."""

from pathlib import Path

from presage.addresses import is_postgres, without_secrets
from presage.errors import shown

from .protocol import OnlineStore
from .sqlite import SqliteStore

_REDIS = ("redis", "rediss")


def open_online(folder: Path, url: str = "") -> OnlineStore:
    """The online store at a URL, or by default the one of a data folder, which is made if it is not there.

    A remote store is reached at its first use. Raises ValueError for a URL that names none, or one whose
    driver is not installed.
    """
    if not url:
        return SqliteStore(folder)
    scheme, place = url.partition("://")[0], without_secrets(url)
    if not (is_postgres(url) or scheme in _REDIS) or "://" not in url:
        raise ValueError(
            f"online_store is {shown(place)}; it must be empty, for a file in the data folder, or a URL such"
            " as postgresql://user:password@host/database or redis://:password@host:6379/0"
        )
    try:
        if is_postgres(url):
            from .postgres import PostgresStore  # noqa: PLC0415  (its driver may be missing)

            return PostgresStore(url)
        from .redis import RedisStore  # noqa: PLC0415

        return RedisStore(url, place)
    except ImportError as error:
        extra = "postgres" if is_postgres(url) else "redis"
        raise ValueError(
            f"online_store is {place}, whose driver cannot be imported ({error}):"
            f" pip install 'presage[{extra}]'"
        ) from None
