"""What every form of the online store offers. What it keeps it does not read: bytes, by key."""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol

from presage.errors import Unavailable


class OnlineError(Unavailable):
    """The store cannot be reached, or failed: what it was asked to keep it does not keep."""


class Mark(NamedTuple):
    """How far a log was folded.

    Parameters
    ----------
    place : the last place of the log that was folded; 0 = none
    note : what whoever folds notes beside it
    """

    place: int = 0
    note: bytes = b""


class Stored(NamedTuple):
    """What is kept of an identity to fold on.

    Parameters
    ----------
    opened : what changes with every event
    records : what was left behind, in the order in which it was first put
    """

    opened: bytes
    records: list[bytes]


class Turn(Protocol):
    """The only one who changes a space: what is done in a turn is kept as a whole, or not at all."""

    mark: Mark
    """How far the log was folded before; what it is set to is kept."""

    def load(self, identity: str) -> Stored | None:
        """What is kept of an identity, also as this turn has put it; None if nothing is."""
        ...

    def put(
        self,
        identity: str,
        answer: bytes,
        opened: bytes,
        records: Mapping[str, bytes],
        removed: Iterable[str],
    ) -> None:
        """Keep an identity's answer and what changed of it.

        Parameters
        ----------
        records : key -> record; one that is kept under its key already is replaced in its place
        removed : keys of records that are kept no more
        """
        ...

    def forget(self, identity: str) -> None:
        """Keep nothing of an identity any more."""
        ...


class OnlineStore(Protocol):
    """Spaces of identities. Several processes may use one store at once, each from any thread.

    Every method of a remote store raises OnlineError where it cannot be reached within seconds, and may be
    called again.
    """

    is_remote: bool
    """Whether it is a server of its own: calls wait for it, and it may go back to where it stood before."""

    def find(self, space: str, identity: str) -> bytes | None:
        """The answer about an identity; None if there is none."""
        ...

    def mark(self, space: str) -> Mark:
        """How far the space's log was folded."""
        ...

    def turn(self, space: str) -> AbstractContextManager[Turn]:
        """Wait for the turn to change a space; it ends with the block, and is undone if that raises."""
        ...

    def highest_place(self) -> int:
        """The highest place of the log that any space holds."""
        ...

    def drop(self, space: str) -> None:
        """Forget a space, in one step."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...
