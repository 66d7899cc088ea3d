"""What is trained can be saved, deployed and asked, and has not changed on the way."""

import asyncio

import numpy as np
import polars as pl
import pytest

from presage.features import Columns, Fields, encode
from presage.recipes import RANKING
from presage.serving.deployment import Deployments
from presage.serving.recommend import Question, recommend
from presage.serving.version import save_version

from .shop import CAMPAIGN, GROUP, event


def data(n_events=200, n_users=20, n_items=12):
    rng = np.random.default_rng(0)
    interactions = pl.DataFrame(
        {
            "USER_ID": [f"u{n}" for n in rng.integers(0, n_users, n_events)],
            "ITEM_ID": [f"i{n}" for n in rng.integers(0, n_items, n_events)],
            "TIMESTAMP": np.arange(n_events) * 3600,
            "DEVICE": rng.choice(["phone", "desk"], n_events),
        }
    )
    items = pl.DataFrame({"ITEM_ID": [f"i{n}" for n in range(n_items)], "PRICE": rng.random(n_items)})
    users = pl.DataFrame({"USER_ID": [f"u{n}" for n in range(n_users)], "PLAN": ["a", "b"] * (n_users // 2)})
    columns = Columns(
        context=Fields(categorical=("DEVICE",)),
        item=Fields(numeric=("PRICE",)),
        user=Fields(categorical=("PLAN",)),
    )
    return encode(interactions, items, users, columns)


@pytest.mark.parametrize("name", ["aws-popularity-count", "aws-sims", "aws-user-personalization"])
def test_a_trained_model_is_served_as_it_was_trained(name, tmp_path):
    encoded = data()
    log, words = encoded.log, encoded.vocabulary
    model = RANKING[name]().fit(log, seed=1)
    save_version(tmp_path / "version", model, encoded, {"recipe": name, "arn": "v", "seq": 0})
    deployments = Deployments()
    deployments.deploy(CAMPAIGN, folder=tmp_path / "version", group=GROUP, told=lambda seq: ())
    deployment = deployments.get(CAMPAIGN)
    question = Question(user_id="u3", item_id="i5", now=1e6)
    served = dict(asyncio.run(recommend(deployment, question, 12)))

    query = deployment.histories.query("u3", "i5", {}, 10**6)
    mine = log.user == words.users.row("u3")
    assert query.item.tolist() == log.item[mine].tolist()
    scores = model.score(model.represent([query]))[0]
    expected = dict(zip(words.items, scores.tolist(), strict=True))
    assert served == pytest.approx(expected, rel=1e-4)
    assert sum(served.values()) == pytest.approx(1, abs=1e-5)

    deployments.tell(GROUP, "INTERACTIONS", [1], [event("u3", "i7", 10**6, DEVICE="desk")])
    told = dict(asyncio.run(recommend(deployment, question, 12)))
    assert (told != pytest.approx(served, rel=1e-4)) == (name == "aws-user-personalization")
