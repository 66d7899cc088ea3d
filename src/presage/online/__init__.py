"""The online store: what is known now of each identity, found by its key.

`protocol.py` says what a store offers; `open_online` opens the embedded form, one SQLite file in the data
folder.
"""

from .protocol import Mark, OnlineStore, Stored, Turn
from .sqlite import open_online

__all__ = ["Mark", "OnlineStore", "Stored", "Turn", "open_online"]
