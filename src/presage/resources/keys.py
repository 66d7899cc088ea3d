"""Access keys: who may call, and what each may do."""

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from sqlalchemy import Engine, delete, insert, select

from .database import access_keys


@dataclass(frozen=True, kw_only=True)
class AccessKey:
    """An access key.

    Parameters
    ----------
    access_key_id : what the signature's credential names
    secret : what signs
    allow : globs of `service:Operation`, such as `personalize:Get*`, `s3:*` or `*`
    """

    access_key_id: str
    secret: str = field(repr=False)
    allow: tuple[str, ...] = ("*",)

    def may(self, action: str) -> bool:
        """Whether this key allows `action`, such as `personalize:GetRecommendations`."""
        return _allows(self.allow, action)


class Keys:
    """The access keys of a server, in its database."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._clock = clock

    def find(self, access_key_id: str) -> AccessKey | None:
        """The key with this id, if there is one."""
        query = select(access_keys).where(access_keys.c.access_key_id == access_key_id)
        with self._engine.connect() as connection:
            row = connection.execute(query).first()
        return _key(row) if row else None

    def create(self, allow: Sequence[str] = ("*",)) -> AccessKey:
        """A new key; its secret is shown only to whoever creates it.

        Raises ValueError for an `allow` glob that names no service.
        """
        for glob in allow:
            if glob != "*" and ":" not in glob:
                raise ValueError(
                    f"allow is {glob!r}; it must be * or service:Operation, such as personalize:Get*"
                )
        key = AccessKey(
            access_key_id="AKIA" + "".join(secrets.choice(_ID_LETTERS) for _ in range(16)),
            secret=secrets.token_urlsafe(30),
            allow=tuple(allow),
        )
        row = {**asdict(key), "allow": "\n".join(key.allow), "created_at": self._clock()}
        with self._engine.begin() as connection:
            connection.execute(insert(access_keys).values(**row))
        return key

    def list(self) -> list[AccessKey]:
        """All keys, oldest first."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(access_keys).order_by(access_keys.c.created_at))
            return [_key(row) for row in rows]

    def revoke(self, access_key_id: str) -> bool:
        """Forget a key; whether it was there."""
        gone = delete(access_keys).where(access_keys.c.access_key_id == access_key_id)
        with self._engine.begin() as connection:
            return connection.execute(gone).rowcount > 0


@lru_cache(maxsize=4096)
def _allows(globs: tuple[str, ...], action: str) -> bool:
    return any(fnmatchcase(action, glob) for glob in globs)


_ID_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def _key(row: Any) -> AccessKey:
    return AccessKey(access_key_id=row.access_key_id, secret=row.secret, allow=tuple(row.allow.split("\n")))
