"""What a campaign can be asked, and what comes of it."""

from dataclasses import dataclass
from typing import Any

Record = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked.

    Parameters
    ----------
    session, key : of the session and the idempotency key; empty = none
    context : a number for each feature of the campaign
    at : seconds since 1970, UTC
    """

    user: str
    session: str
    key: str
    context: dict[str, float]
    at: float


@dataclass(frozen=True, kw_only=True)
class Reward:
    """What a decision earned.

    Parameters
    ----------
    at : when, seconds since 1970, UTC
    """

    decision: str
    value: float
    at: float


@dataclass(frozen=True, kw_only=True)
class Settle:
    """Let decisions whose rewards have not come in time have the default one.

    Parameters
    ----------
    at : now, seconds since 1970, UTC
    """

    at: float


@dataclass(frozen=True, kw_only=True)
class Recall:
    """Tell a decision as it was logged, and its reward if that is known."""

    decision: str


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a question, of a reward, or of settling, which says how many were settled.

    Parameters
    ----------
    record : as the log holds it
    is_new : whether it was logged now; else it is what was logged before
    """

    record: Record
    is_new: bool


Asked = Question | Reward | Settle | Recall
