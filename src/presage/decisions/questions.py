"""What a campaign can be asked, and what comes of it."""

from dataclasses import dataclass, field
from typing import Any

from .campaign import Campaign
from .relearning import Relearning

Record = dict[str, Any]
Decision = Record
"""A decision as the log holds it; `choosing.decide` says what stands in it."""
GIVEN = ("actions", "excluded", "deferred")
"""What a call brings along, as the log names it."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked.

    Parameters
    ----------
    session, key : of the session and the idempotency key; empty = none
    context : a number for each feature of the campaign; with `hashing` features of any shape
    at : seconds since 1970, UTC
    given : what else of it is logged: what a call brought along
    """

    user: str
    session: str
    key: str
    context: Any
    at: float
    given: Record = field(default_factory=dict[str, Any])

    def is_as(self, decision: Record) -> bool:
        """Whether this was asked when a decision was made, be it at another time."""
        own = {"user": self.user, "session": self.session, "context": self.context, **self.given}
        return own == {name: decision.get(name) for name in own}


def ranking(
    *, key: str, context: Any, actions: list[Record], excluded: list[str], deferred: bool, at: float
) -> Question:
    """Which of the actions that the call brings along?

    Parameters
    ----------
    context : features of any shape
    actions : mappings with `id` and `features`, of any shape
    excluded : ids of actions that are not to be chosen
    deferred : whether the decision counts only once it is activated
    """
    given = {"actions": actions, "excluded": excluded, "deferred": deferred}
    return Question(user="", session="", key=key, context=context, at=at, given=given)


@dataclass(frozen=True, kw_only=True)
class Reward:
    """What a decision earned.

    Parameters
    ----------
    decision : its id; empty = it is named by its key
    at : when, seconds since 1970, UTC
    """

    value: float
    at: float
    decision: str = ""
    key: str = ""


@dataclass(frozen=True, kw_only=True)
class Activate:
    """A deferred decision counts from now on.

    Parameters
    ----------
    key : its idempotency key
    at : now, seconds since 1970, UTC
    """

    key: str
    at: float


@dataclass(frozen=True, kw_only=True)
class Change:
    """The campaign is another from now on, and its policies have learned all rewards again.

    Parameters
    ----------
    campaign : None = it is the same; only what users who were forgotten told is unlearned
    at : now, seconds since 1970, UTC
    relearned : policies that have learned beside; None = they learn while all others wait
    """

    campaign: Campaign | None
    at: float
    relearned: Relearning | None = None


@dataclass(frozen=True, kw_only=True)
class Begin:
    """Tell the relearning that a change needs, as `relearning`; None if it changes nothing.

    Parameters
    ----------
    change : None = there is none any more
    """

    change: Change | None


@dataclass(frozen=True, kw_only=True)
class Settle:
    """Let decisions whose rewards have not come in time have the default one.

    Parameters
    ----------
    at : now, seconds since 1970, UTC
    """

    at: float


@dataclass(frozen=True, kw_only=True)
class Due:
    """Tell some decisions whose labels can be told by now: a mapping `due`, id -> (user, when decided).

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
class Assign:
    """Which offer each of many users should get, so that all together earn most.

    Parameters
    ----------
    questions : a user each, all of one session
    explore : the part of the users whose offers are dealt anew, to learn from
    most : what of the budget may be spent
    """

    questions: list[Question]
    explore: float
    most: float

    @property
    def at(self) -> float:
        """Now, seconds since 1970, UTC."""
        return self.questions[0].at


@dataclass(frozen=True, kw_only=True)
class Stand:
    """Tell how the challengers stand against the policy that decides, and what of the budget is spent."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a question or a reward, and what was told: how many were settled, how policies stand.

    Parameters
    ----------
    record : as the log holds it
    is_new : whether it was logged now; else it is what was logged before
    """

    record: Record
    is_new: bool


@dataclass(frozen=True, kw_only=True)
class Assigned(Outcome):
    """What came of an assignment; the record is its own.

    Parameters
    ----------
    decisions : of all users, in their order; those of users who had one in the session are not new
    """

    decisions: list[Outcome]


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """Tell whether the budget's plan should come from a forecast now, and the decisions by hour so far.

    Parameters
    ----------
    at : now, seconds since 1970, UTC
    """

    at: float


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The budget's plan from now on, if one is still due; as `Budget` has it.

    Parameters
    ----------
    expected : how many decisions are expected in all; None = the plan tells no number
    at : now, seconds since 1970, UTC
    """

    plan: list[float]
    expected: int | None
    at: float


Single = Question | Assign | Reward | Activate | Begin | Change | Due | Recall | Stand | Outlook | Plan
"""What is answered by itself."""
Asked = Single | Settle
