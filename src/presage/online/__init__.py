"""The online store: what is known now of each identity, found by its key.

protocol.py   what every form offers
opening.py    which form a URL names
sqlite.py     the embedded form: one SQLite file in the data folder
postgres.py   tables of a Postgres database
redis.py      keys of a Redis server, changed by redis_turn.py
"""

from .opening import open_online
from .protocol import Mark, OnlineError, OnlineStore, Stored, Turn

__all__ = ["Mark", "OnlineError", "OnlineStore", "Stored", "Turn", "open_online"]
