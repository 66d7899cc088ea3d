"""A campaign over a real log in a folder, for the tests of this room."""

from contextlib import contextmanager

import msgspec

from presage.decisions.campaign import Campaign
from presage.decisions.decider import Decider
from presage.decisions.questions import Question, Reward
from presage.log import open_log

STREAM = "stream"
OFFERS = [{"id": "small", "price": 5}, {"id": "large", "price": 10, "type": "bundle"}]


def campaign(**members):
    given = {"name": "c", "seed": 7, "offers": OFFERS, "features": [{"name": "level", "scale": 10}]}
    return msgspec.convert(given | members, Campaign)


@contextmanager
def deciding(folder, made=None):
    """A decider on the log of a folder; it goes on where an earlier one ended."""
    log = open_log(folder / "log")
    log.open_stream(STREAM, "decisions")
    decider = Decider(made or campaign(), log=log, stream=STREAM, folder=folder / "decisions")
    try:
        yield decider
    finally:
        decider.close()
        log.close()


def question(user="u", session="", key="", level=3.0, at=1000.0):
    return Question(user=user, session=session, key=key, context={"level": level}, at=at)


def decide(decider, *more, **asked):
    return decider.ask(question(*more, **asked)).result().record


def reward(decider, decision, value, at=2000.0):
    return decider.ask(Reward(decision=decision["id"], value=value, at=at)).result()
