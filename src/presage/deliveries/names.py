"""How the outbox calls users who are forgotten: by a hash that only the cluster's secret makes."""

import hmac

from sqlalchemy import Connection

from presage.resources.secret import secret_in

FORGOTTEN = "forgotten:"
"""What the names of the forgotten begin with."""


class Names:
    """The names of the forgotten in one outbox.

    Parameters
    ----------
    connection : of an exclusive transaction
    """

    def __init__(self, connection: Connection) -> None:
        self._secret = secret_in(connection)

    def forgotten(self, user: str) -> str:
        """What a user is called once he is forgotten: the same always, and nobody else's name."""
        return FORGOTTEN + hmac.digest(self._secret, f"{FORGOTTEN}{user}".encode(), "sha256").hex()[:40]
