"""What operations need of live feature sets, whatever keeps them."""

from collections.abc import Sequence
from typing import Any, Protocol


class LiveSets(Protocol):
    """Feature sets by name. Every method raises InvalidInputException for a name of none."""

    async def look_up(self, name: str, identity: str) -> dict[str, Any]:
        """What is known of an identity now; empty if nothing is."""
        ...

    def paths(self, name: str) -> Sequence[str]:
        """What can be read of that."""
        ...

    def label_seconds(self, name: str, label: str) -> float:
        """So long after an instant all is known that counts for a label; raises InvalidInputException."""
        ...

    def label(self, name: str, label: str, identity: str, at: float) -> float | None:
        """The value of a label for an instant, in seconds since 1970; None if nothing came in its window."""
        ...
