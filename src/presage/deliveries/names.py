"""How the outbox calls users who are forgotten: by a hash that only its own key makes."""

import hashlib
import hmac
import secrets

from sqlalchemy import Column, Connection, LargeBinary, MetaData, Table, insert, select

metadata = MetaData()
outbox_key = Table("outbox_key", metadata, Column("key", LargeBinary, nullable=False))
"""One row: 32 random bytes, made once."""
FORGOTTEN = "forgotten:"
"""What the names of the forgotten begin with."""


class Names:
    """The names of the forgotten in one outbox.

    Parameters
    ----------
    connection : of an exclusive transaction, in a database that has the table
    """

    def __init__(self, connection: Connection) -> None:
        key = connection.execute(select(outbox_key.c.key)).scalar()
        if key is None:
            key = secrets.token_bytes(32)
            connection.execute(insert(outbox_key), {"key": key})
        self._key = bytes(key)

    def forgotten(self, user: str) -> str:
        """What a user is called once he is forgotten: the same always, and nobody else's name."""
        return FORGOTTEN + hmac.digest(self._key, user.encode(), hashlib.sha256).hex()[:40]
