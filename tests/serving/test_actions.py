"""The memory of a group's actions, and what answers leave out by it."""

import asyncio
from dataclasses import dataclass

import numpy as np
import polars as pl
import pytest

from presage import recipes
from presage.features.actions import encode_actions
from presage.features.columns import Columns
from presage.filters import parse
from presage.recipes.ranking.states import user_states
from presage.serving.actions import recommend_actions
from presage.serving.deployments import Deployments
from presage.serving.memory import build_snapshot, wants_snapshot
from presage.serving.question import Question
from presage.serving.source import Campaign
from presage.serving.version import UnusableModel, save_version

from .group import FIELDS, Group
from .shop import CAMPAIGN, PAST, Recency

DAY = 86_400
MORE_FIELDS = {
    "ACTIONS": [
        {"name": "ACTION_ID", "type": "string"},
        {"name": "VALUE", "type": ["null", "long"]},
        {"name": "EXPIRATION_TIMESTAMP", "type": ["null", "long"]},
        {"name": "REPEAT_FREQUENCY", "type": ["null", "long"]},
    ],
    "ACTION_INTERACTIONS": [
        {"name": "USER_ID", "type": "string"},
        {"name": "ACTION_ID", "type": "string"},
        {"name": "EVENT_TYPE", "type": "string"},
        {"name": "TIMESTAMP", "type": "long"},
    ],
}
ACTIONS = [
    {"ACTION_ID": "join", "VALUE": 2, "EXPIRATION_TIMESTAMP": None, "REPEAT_FREQUENCY": 7},
    {"ACTION_ID": "buy", "VALUE": 5, "EXPIRATION_TIMESTAMP": 50 * DAY, "REPEAT_FREQUENCY": None},
    {"ACTION_ID": "rate", "VALUE": 9, "EXPIRATION_TIMESTAMP": None, "REPEAT_FREQUENCY": None},
]


@dataclass(frozen=True)
class Even(Recency):
    """A model that gives every action the same score."""

    n_actions: int = 3

    def score(self, represented):
        return np.full((len(represented), self.n_actions), 0.5, np.float32)

    def state(self):
        return {"n_items": np.array(self.n_items)}, {"model": "even"}


@pytest.fixture(autouse=True)
def even_is_known(monkeypatch):
    monkeypatch.setitem(recipes.MODELS, "even", Even)
    monkeypatch.setattr("presage.serving.renewed.LEAST_SECONDS", 0.0)
    monkeypatch.setattr("presage.serving.renewed.LEAST_REST", 0.0)


@pytest.fixture
def acting(tmp_path, monkeypatch):
    """A group with actions, which stand in its tables."""
    for kind, fields in MORE_FIELDS.items():
        monkeypatch.setitem(FIELDS, kind, fields)
    group = Group(tmp_path / "group")
    for kind, rows in PAST.items():
        group.bring(kind, rows)
    group.bring("ACTIONS", ACTIONS)
    group.bring("ACTION_INTERACTIONS", [done("ann", "join", 45 * DAY)])
    yield group
    group.close()


@pytest.fixture
def campaign(acting, tmp_path):
    frames = {kind: pl.DataFrame(rows, infer_schema_length=None) for kind, rows in PAST.items()}
    data = encode_actions({**frames, "ACTIONS": pl.DataFrame(ACTIONS)}, Columns())
    model = Even(data.log.interactions.n_items)
    states = user_states(model, data.log.interactions)
    save_version(tmp_path / "version", model, data.encoded, states, {"recipe": "even", "arn": "v", "seq": 0})
    return Campaign(name=CAMPAIGN, model=tmp_path / "version", source=acting.source, of_actions=True)


def done(user, action, at, event_type="TAKEN", **more):
    return {"USER_ID": user, "ACTION_ID": action, "EVENT_TYPE": event_type, "TIMESTAMP": at, **more}


def deployed(campaign, group):
    deployments = Deployments(np.random.default_rng(0))
    deployments.deploy(campaign, group.log)
    return deployments


def ask(deployments, user, *, now, filter_=None, n=10):
    question = Question(user_id=user, now=now, filter_=parse(filter_) if filter_ else None)
    found = asyncio.run(recommend_actions(deployments.get(CAMPAIGN), question, n))
    return [action for action, _ in found]


def test_equal_actions_come_by_value_without_what_is_over_or_was_met_lately(acting, campaign):
    deployments = deployed(campaign, acting)
    assert ask(deployments, "bob", now=46 * DAY) == ["rate", "buy", "join"]
    assert ask(deployments, "bob", now=50 * DAY) == ["rate", "join"]
    assert ask(deployments, "ann", now=46 * DAY) == ["rate", "buy"]
    assert ask(deployments, "ann", now=53 * DAY) == ["rate", "join"]
    assert ask(deployments, "bob", now=46 * DAY, n=1) == ["rate"]


def test_what_is_told_to_another_process_is_heard(acting, campaign):
    """The log is read by stream; only the process that was told knows the dataset's type."""
    one, other = deployed(campaign, acting), deployed(campaign, acting)
    events = [done("bob", "join", 45 * DAY, SESSION_ID="s")]
    places = acting.tell("ACTION_INTERACTIONS", events)
    one.tell("group", "ACTION_INTERACTIONS", places, events)
    other.hear("action_interactions", places, events)
    record = [{"ACTION_ID": "call", "VALUE": 1}]
    places = acting.tell("ACTIONS", record)
    one.tell("group", "ACTIONS", places, record)
    other.hear("actions", places, record)
    for process in (one, other):
        process.refresh()
        assert ask(process, "bob", now=46 * DAY) == ["rate", "buy", "call"]


def test_what_was_told_is_there_after_a_fold_and_a_restart(acting, campaign):
    deployed(campaign, acting)
    acting.tell("ACTION_INTERACTIONS", [done("bob", "join", 45 * DAY, SESSION_ID="s")])
    acting.tell("ACTIONS", [{"ACTION_ID": "rate", "VALUE": 1}])
    assert ask(deployed(campaign, acting), "bob", now=46 * DAY) == ["buy", "rate"], "from the log"
    acting.fold()
    assert ask(deployed(campaign, acting), "bob", now=46 * DAY) == ["buy", "rate"], "from the tables"
    acting.bring("ACTIONS", [{"ACTION_ID": "new", "VALUE": 3}])
    items, actions = acting.source.all()
    assert not wants_snapshot(items)
    assert wants_snapshot(actions)
    build_snapshot(actions)
    assert ask(deployed(campaign, acting), "bob", now=46 * DAY) == ["buy", "rate", "new"], "snapshot"


def test_filters_look_at_the_last_three_hundred_of_a_type(acting, campaign):
    deployments = deployed(campaign, acting)
    first = done("bob", "rate", DAY, "VIEWED", SESSION_ID="s")
    others = [done("bob", "buy", 2 * DAY + n, "VIEWED", SESSION_ID="s") for n in range(300)]
    for events, left in (([first, *others[:-1]], ["join"]), (others[-1:], ["rate", "join"])):
        places = acting.tell("ACTION_INTERACTIONS", events)
        deployments.tell("group", "ACTION_INTERACTIONS", places, events)
        viewed = 'EXCLUDE ActionID WHERE Action_Interactions.EVENT_TYPE IN ("viewed")'
        assert ask(deployments, "bob", now=46 * DAY, filter_=viewed) == left


def test_a_session_asks_for_the_user_that_it_turned_out_to_be(acting, campaign):
    deployments = deployed(campaign, acting)
    anonymous = done(None, "join", 45 * DAY, SESSION_ID="s")
    for events in ([anonymous], [done("bob", "buy", 45 * DAY, SESSION_ID="s")]):
        places = acting.tell("ACTION_INTERACTIONS", events)
        deployments.tell("group", "ACTION_INTERACTIONS", places, events)
        assert ask(deployments, "s", now=46 * DAY) == ["rate", "buy"]
    assert ask(deployments, "bob", now=46 * DAY) == ["rate", "buy"]


def test_a_campaign_of_actions_needs_them(acting, campaign):
    group = acting.source
    without = {kind: group.datasets[kind] for kind in ("INTERACTIONS", "ITEMS", "USERS")}
    object.__setattr__(group, "datasets", without)
    with pytest.raises(UnusableModel, match="no Actions dataset"):
        deployed(campaign, acting)
