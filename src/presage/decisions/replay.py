"""Every decision of a log made again: the same bytes, or the first that differ."""

from collections.abc import Iterable
from dataclasses import dataclass

import orjson

from presage.log import LoggedRecord

from .campaign import Campaign
from .challengers import Contest
from .choosing import decide, question_of
from .state import State, decision_id


@dataclass(frozen=True, kw_only=True)
class Replay:
    """What came of it.

    Parameters
    ----------
    n_equal : so many decisions came out byte for byte as the log holds them
    first_different : the id of the first that did not, or that follows a promotion that did not; empty = none
    """

    n_decisions: int
    n_equal: int
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
    n_equal, first_different = 0, ""
    for logged in records:
        record = logged.record
        if record["kind"] == "decision":
            if orjson.dumps(decide(state, stream, question_of(record))) == logged.text:
                n_equal += 1
            else:
                first_different = first_different or record["id"]
        elif record["kind"] == "reward":
            rewards.append(logged)
        elif record["kind"] == "promotion" and orjson.dumps(state.promotion(record["at"])) != logged.text:
            first_different = first_different or decision_id(stream, record["from"])
        state.apply(record)
    return Replay(n_decisions=state.n_decisions, n_equal=n_equal, first_different=first_different)
