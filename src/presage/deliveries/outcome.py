"""What a run of a delivery did."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum


class Fate(StrEnum):
    """What became of a message, or why there is none; each counts users and channels."""

    SENT = "sent"
    DUE = "due"
    """It would be sent: in a dry run alone."""
    FAILED = "failed"
    """It was refused; another run tries again, unless its tries are used up."""
    IN_DOUBT = "in_doubt"
    """It is not known whether it arrived."""
    ALREADY = "already"
    """It was sent in this period before."""
    QUIET = "quiet"
    LIMITED = "limited"
    CAPPED = "capped"
    NO_ADDRESS = "no_address"
    NO_CONTENT = "no_content"
    UNWRITABLE = "unwritable"
    """The template needs what this user has not."""
    UNUSABLE = "unusable"
    """The row has no user id, one that came before, or no time zone that exists."""


@dataclass(frozen=True)
class Line:
    """What a dry run tells of one user and channel.

    Parameters
    ----------
    said : the title of the message, or why there is none
    """

    user: str
    channel: str
    fate: Fate
    said: str


@dataclass(frozen=True)
class Outcome:
    """A run of a delivery.

    Parameters
    ----------
    lines : of a dry run, a line for each user and channel
    """

    delivery: str
    period: str
    tally: Counter[Fate] = field(default_factory=Counter[Fate])
    lines: list[Line] = field(default_factory=list[Line])

    @property
    def counts(self) -> dict[str, int]:
        """Fate -> how many, without those that nobody had."""
        return {fate.value: self.tally[fate] for fate in Fate if self.tally[fate]}
