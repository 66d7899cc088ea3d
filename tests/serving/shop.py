"""A small shop, trained, saved and deployed."""

import asyncio
from dataclasses import dataclass

import numpy as np
import polars as pl

from presage.features import Columns, Fields, encode
from presage.serving.deployment import Deployments
from presage.serving.recommend import Question, rank, recommend
from presage.serving.version import save_version

GROUP = "arn:aws:personalize:us-east-1:000000000000:dataset-group/shop"
DATASET = "arn:aws:personalize:us-east-1:000000000000:dataset/shop/INTERACTIONS"
CAMPAIGN = "arn:aws:personalize:us-east-1:000000000000:campaign/shop"
VERSION = "arn:aws:personalize:us-east-1:000000000000:solution/shop/1"
ITEMS = ["bow", "cap", "hat", "tie"]


@dataclass(frozen=True)
class Recency:
    """A model that ranks what was used lately by recency; DEVICE "desk" turns the order round.

    What was used n events ago gets the logit 1 / 2^n, everything else 0.
    """

    n_items: int

    def represent(self, queries):
        represented = np.zeros((len(queries), self.n_items), np.float32)
        for row, query in enumerate(queries):
            for age, item in enumerate(query.item[::-1]):
                represented[row, item] += 0.5**age
            if query.now_context and len(query.now_context["DEVICE"].codes):
                represented[row] *= -1
        return represented

    def score(self, represented):
        weight = np.exp(represented)
        return weight / weight.sum(axis=1, keepdims=True)

    def state(self):
        return {"n_items": np.array(self.n_items)}, {"model": "recency"}

    @classmethod
    def from_state(cls, arrays, meta):
        return cls(n_items=int(arrays["n_items"]))


def encoded():
    interactions = pl.DataFrame(
        [
            ("ann", "hat", 10, "view", "phone"),
            ("ann", "cap", 20, "buy", None),
            ("bob", "bow", 15, "view", "desk"),
        ],
        schema=["USER_ID", "ITEM_ID", "TIMESTAMP", "EVENT_TYPE", "DEVICE"],
        orient="row",
    )
    items = pl.DataFrame({"ITEM_ID": ["tie", "hat"], "COLOUR": ["red", None], "PRICE": [2.5, 4.0]})
    users = pl.DataFrame({"USER_ID": ["ann", "eve"], "AGE": [20, 40]})
    columns = Columns(context=Fields(categorical=("DEVICE",)), user=Fields(numeric=("AGE",)))
    return encode(interactions, items, users, columns)


def save(folder, model=None, **facts):
    data = encoded()
    facts = {"recipe": "recency", "arn": VERSION, "seq": 10, **facts}
    save_version(folder, model or Recency(data.log.n_items), data, facts)
    return folder


def deployed(folder, told=(), **config):
    deployments = Deployments(np.random.default_rng(0))
    deployments.deploy(CAMPAIGN, folder=folder, group=GROUP, told=lambda seq: told, **config)
    return deployments


def event(user, item, time, session="s", **more):
    row = {"USER_ID": user, "ITEM_ID": item, "TIMESTAMP": time, "EVENT_TYPE": "view", "SESSION_ID": session}
    return {name: value for name, value in (row | more).items() if value is not None}


def ask(deployments, user, n=4, **question):
    """The ids and scores that a campaign recommends."""
    question = Question(user_id=user, now=question.pop("now", 100.0), **question)
    return asyncio.run(recommend(deployments.get(CAMPAIGN), question, n))


def ask_order(deployments, user, items):
    question = Question(user_id=user, now=100.0)
    return asyncio.run(rank(deployments.get(CAMPAIGN), question, items))
