"""A small shop: a dataset group, a model of it, saved and deployed."""

import asyncio
import math
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from presage.features.columns import Columns, Fields
from presage.features.encode import encode
from presage.recipes.ranking.states import user_states
from presage.serving.deployments import Deployments
from presage.serving.recommend import Question, rank, recommend
from presage.serving.source import Campaign
from presage.serving.version import save_version

CAMPAIGN = "arn:aws:personalize:us-east-1:000000000000:campaign/shop"
VERSION = "arn:aws:personalize:us-east-1:000000000000:solution/shop/1"
ITEMS = ["bow", "cap", "hat", "tie"]
PAST = {
    "INTERACTIONS": [
        {"USER_ID": "ann", "ITEM_ID": "hat", "TIMESTAMP": 10, "EVENT_TYPE": "view", "DEVICE": "phone"},
        {"USER_ID": "ann", "ITEM_ID": "cap", "TIMESTAMP": 20, "EVENT_TYPE": "buy"},
        {"USER_ID": "bob", "ITEM_ID": "bow", "TIMESTAMP": 15, "EVENT_TYPE": "view", "DEVICE": "desk"},
    ],
    "ITEMS": [{"ITEM_ID": "tie", "COLOUR": "red", "PRICE": 2.5}, {"ITEM_ID": "hat", "PRICE": 4.0}],
    "USERS": [{"USER_ID": "ann", "AGE": 20}, {"USER_ID": "eve", "AGE": 40}],
}


@dataclass(frozen=True)
class Recency:
    """A model that ranks what was used lately by recency; DEVICE "desk" turns the order round.

    What was used n events ago gets the logit 1 / 2^n, everything else 0: these are a user's state.
    """

    n_items: int
    state_size: int = 8  # so many items can be told of
    gap: float = math.inf

    def read(self, histories):
        states = np.zeros((len(histories), self.state_size), np.float32)
        for state, history in zip(states, histories, strict=True):
            for age, item in enumerate(history.item[::-1]):
                state[item] += 0.5**age
        return states

    def advance(self, states, item, silence, context):
        states = states / 2
        states[np.arange(len(item)), item] += 1
        return states

    def end_sessions(self, states):
        return states / 4

    def represent(self, states, queries):
        turned = [bool(q.context and len(q.context["DEVICE"].codes)) for q in queries]
        return np.where(np.array(turned)[:, None], -states, states)

    def score(self, represented):
        weight = np.exp(represented[:, : self.n_items])
        return weight / weight.sum(axis=1, keepdims=True)

    def extended(self, item_features, n_new):
        assert all(len(column.values) == n_new for column in item_features.values())
        return replace(self, n_items=self.n_items + n_new)

    def state(self):
        return {"n_items": np.array(self.n_items)}, {"model": "recency"}

    @classmethod
    def from_state(cls, arrays, meta):
        return cls(n_items=int(arrays["n_items"]))


def encoded():
    interactions, items, users = (
        pl.DataFrame(PAST[kind], infer_schema_length=None) for kind in ("INTERACTIONS", "ITEMS", "USERS")
    )
    columns = Columns(
        context=Fields(categorical=("DEVICE",)),
        item=Fields(numeric=("PRICE",)),
        user=Fields(numeric=("AGE",)),
    )
    return encode(interactions, items, users, columns)


def save(folder, model=None, **facts):
    data = encoded()
    model = model or Recency(data.log.n_items)
    facts = {"recipe": "recency", "arn": VERSION, "seq": 0, **facts}
    save_version(folder, model, data, user_states(model, data.log), facts)
    return folder


class Shop(Deployments):
    """Deployments that share one group; what is told stands in the log too."""

    def __init__(self, group, folder, **config):
        super().__init__(np.random.default_rng(0))
        self.group = group
        self.deploy_version(CAMPAIGN, folder, **config)

    def deploy_version(self, name, folder, *, revision=0, **config):
        campaign = Campaign(name=name, model=folder, source=self.group.source, **config)
        self.deploy(campaign, self.group.log, revision)

    def learn(self, *events, kind="INTERACTIONS"):
        """Rows are told: they are in the log, and this process knows."""
        places = self.group.tell(kind, events)
        self.tell(self.group.source.group, kind, places, events)
        return places


def event(user, item, time, session="s", **more):
    row = {"USER_ID": user, "ITEM_ID": item, "TIMESTAMP": time, "EVENT_TYPE": "view", "SESSION_ID": session}
    return {name: value for name, value in (row | more).items() if value is not None}


def ask(deployments, user, n=4, name=CAMPAIGN, **question):
    """The ids and scores that a campaign recommends."""
    question = Question(user_id=user, now=question.pop("now", 100.0), **question)
    return asyncio.run(recommend(deployments.get(name), question, n)).scored


def ask_order(deployments, user, items, **question):
    question = Question(user_id=user, now=100.0, **question)
    return asyncio.run(rank(deployments.get(CAMPAIGN), question, items))


def names(scored):
    return [item for item, _ in scored]
