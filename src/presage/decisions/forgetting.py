"""Users who are forgotten: of what was logged of them stays what the campaign's arithmetic needs.

A decision keeps its number, when it was made, its candidates with their propensities, and its offer; a reward
its value. Who it was, in which session, and every feature are gone. The user has another name, which nobody
can tell from the one before, so that caps and rows of others stay as they are.
"""

from collections.abc import Collection
from uuid import uuid4

import orjson

from presage.log import Log, LoggedRecord, read_on

from .questions import Record
from .state import number_of

ABOUT_USERS = ("decision", "reward")


def forget(log: Log, stream: str, users: Collection[str], at: float) -> int:
    """Forget users in the stream of a campaign, in one step; how many decisions that were.

    Policies learn again without them, beside the decisions, when the campaign is asked next.

    Parameters
    ----------
    at : now, seconds since 1970, UTC

    Raises NoSuchStream if the campaign was deleted meanwhile.
    """
    found = _Found(wanted=frozenset(users))
    found.read_on(log, stream)  # most of it while others decide
    with log.turn(stream):
        n_before = found.n_times
        found.read_on(log, stream)
        if found.n_times > n_before:  # what was read is not what is there any more
            found = _Found(wanted=frozenset(users))
            found.read_on(log, stream)
        if found.texts:
            log.rewrite(stream, found.texts, found.record(at))
    return len(found.numbers)


class _Found:
    """What a stream holds of some users.

    Parameters
    ----------
    wanted : their names

    Attributes
    ----------
    rows : user -> row, as `State` counts them
    names : of those that were found, the new ones
    numbers : of their decisions
    texts : by place, what is to stand there from now on
    n_times : how often users were forgotten before
    """

    def __init__(self, *, wanted: frozenset[str]) -> None:
        self.wanted = wanted
        self.rows: dict[str, int] = {}
        self.names: dict[str, str] = {}
        self.numbers: list[int] = []
        self.texts: dict[int, bytes] = {}
        self.n_times = self._through = 0

    def read_on(self, log: Log, stream: str) -> None:
        """Take in what has come since."""
        for logged in read_on(log, stream, self._through):
            self.take(logged)
            self._through = logged.place

    def take(self, logged: LoggedRecord) -> None:
        """Take in the next record."""
        record = logged.record
        self.n_times += record["kind"] == "forgetting"
        if record["kind"] not in ABOUT_USERS:
            return
        user = record["user"]
        self.rows.setdefault(user, len(self.rows))
        if user in self.wanted:
            name = self.names.setdefault(user, f"forgotten-{uuid4().hex}")
            self.texts[logged.place] = orjson.dumps(_without(record, name))
            if record["kind"] == "decision":
                self.numbers.append(number_of(record["id"]))

    def record(self, at: float) -> Record:
        """That they are forgotten, as the log holds it: new names by row, and their decisions."""
        users = [[self.rows[user], name] for user, name in self.names.items()]
        return {"kind": "forgetting", "users": users, "decisions": self.numbers, "at": at}


def _without(record: Record, name: str) -> Record:
    """What stays of a record, under a new name; `forgotten` says that it is no whole one."""
    gone = {"user": name, "context": {}, "forgotten": True}
    if record["kind"] == "decision":
        gone |= {"session": "", "key": ""}
    return {**record, **gone}
