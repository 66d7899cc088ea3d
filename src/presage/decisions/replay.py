"""Every decision of a log made again: the same bytes, or the first that differ."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from presage.log import LoggedRecord

from .campaign import Campaign
from .challengers import Contest
from .choosing import decide, question_of
from .state import State, decision_id, number_of


@dataclass(frozen=True, kw_only=True)
class Replay:
    """What came of it.

    Parameters
    ----------
    n_equal : so many decisions came out byte for byte as the log holds them
    n_forgotten : so many cannot be made again: their user was forgotten since, or the policy that made them
        had learned from one who was
    first_different : the id of the first that did not, or that follows a promotion that did not; empty = none
    """

    n_decisions: int
    n_equal: int
    n_forgotten: int
    first_different: str


def replay(campaign: Campaign, stream: str, records: Iterable[LoggedRecord]) -> Replay:
    """Make the decisions of a stream again from its beginning, learning what was learned between them.

    Parameters
    ----------
    campaign : as it was made
    """
    rewards: list[LoggedRecord] = []
    state = State(
        campaign=campaign, contest=Contest.of(campaign), reread=lambda: (one.record for one in rewards)
    )
    n_equal, n_forgotten, first_different, known = 0, 0, "", Known()
    for logged in records:
        record = logged.record
        known.take(record)
        if record["kind"] == "decision":
            if record.get("forgotten") or known.is_any:
                n_forgotten += 1
            elif orjson.dumps(decide(state, stream, question_of(record))) == logged.text:
                n_equal += 1
            else:
                first_different = first_different or record["id"]
        elif record["kind"] == "reward":
            rewards.append(logged)
        elif record["kind"] == "promotion" and not known.is_any and not _is_made_again(state, logged):
            first_different = first_different or decision_id(stream, record["from"])
        state.apply(record)
    return Replay(
        n_decisions=state.n_decisions,
        n_equal=n_equal,
        n_forgotten=n_forgotten,
        first_different=first_different,
    )


def _is_made_again(state: State, promotion: LoggedRecord) -> bool:
    return orjson.dumps(state.promotion(promotion.record["at"])) == promotion.text


@dataclass(kw_only=True)
class Known:
    """Which rewards of users who are forgotten now the policies still knew at a place of the log.

    Parameters
    ----------
    rewards : numbers of their decisions
    forgotten : number of a decision -> users had been forgotten so many times when its user was
    n_times : so many times until now
    """

    rewards: set[int] = field(default_factory=set[int])
    forgotten: dict[int, int] = field(default_factory=dict[int, int])
    n_times: int = 0

    @property
    def is_any(self) -> bool:
        """Whether they knew one."""
        return bool(self.rewards)

    def take(self, record: Mapping[str, Any]) -> None:
        """Take in the next record."""
        match record["kind"]:
            case "reward" if record.get("forgotten"):
                number = number_of(record["decision"])
                if number not in self.forgotten:  # else it came later, and was never learned
                    self.rewards.add(number)
            case "forgetting":
                self.n_times += 1
                self.forgotten |= dict.fromkeys(record["decisions"], self.n_times)
            case "campaign":
                unlearned = record.get("forgotten", 0)
                self.rewards = {
                    one for one in self.rewards if self.forgotten.get(one, unlearned + 1) > unlearned
                }
            case _:
                pass
