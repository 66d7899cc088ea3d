"""The secret of a cluster: what all servers and workers on one database know, and nobody else."""

import secrets

from sqlalchemy import Column, Connection, Engine, Integer, LargeBinary, MetaData, Table, insert, select

from .database import exclusive, make_tables

metadata = MetaData()
cluster = Table(
    "cluster",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("secret", LargeBinary, nullable=False),
)
"""One row."""


def cluster_secret(engine: Engine) -> bytes:
    """The 32 random bytes that lie with the records; whoever asks first makes them."""
    with exclusive(engine).begin() as connection:
        return secret_in(connection)


def secret_in(connection: Connection) -> bytes:
    """The same, in an exclusive transaction that is open."""
    make_tables(connection, metadata)
    found = connection.execute(select(cluster.c.secret)).scalar()
    if found is not None:
        return bytes(found)
    made = secrets.token_bytes(32)
    connection.execute(insert(cluster).values(number=1, secret=made))
    return made
