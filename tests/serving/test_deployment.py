import asyncio
import re

import numpy as np
import pytest

from presage.serving.deployment import short_name
from presage.serving.recommend import Question, recommend

from .shop import CAMPAIGN, GROUP, VERSION, Recency, ask, deployed, event, save


def test_several_campaigns_stand_beside_each_other(shop, tmp_path):
    folder = save(tmp_path / "other", eventType="buy")
    shop.deploy("second", folder=folder, group=GROUP, told=lambda seq: ())
    assert shop.names() == {CAMPAIGN, "second"}
    shop.tell(GROUP, "INTERACTIONS", [11], [event("ann", "tie", 99)])
    assert ask(shop, "ann")[0][0] == "tie"
    other = asyncio.run(recommend(shop.get("second"), Question(user_id="ann"), 1))
    assert other[0][0] == "cap"
    shop.remove("second")
    shop.remove("second")
    assert shop.names() == {CAMPAIGN}
    assert shop.get("second") is None


def test_a_request_under_way_finishes_on_the_old_version(shop, tmp_path):
    class Slow(Recency):
        def represent(self, queries):
            shop.deploy(CAMPAIGN, folder=folder, group=GROUP, told=lambda seq: (), stamp="new")
            return super().represent(queries)

    folder = save(tmp_path / "new", model=Recency(4), arn="new")
    old = shop.get(CAMPAIGN)
    object.__setattr__(old.scorer, "_model", Slow(4))
    assert ask(shop, "ann")[0][0] == "cap"
    assert shop.get(CAMPAIGN) is not old
    assert shop.stamp(CAMPAIGN) == "new"


def test_events_newer_than_the_version_are_taken_in_at_deployment(folder):
    told = [("INTERACTIONS", 10, event("ann", "bow", 98)), ("INTERACTIONS", 11, event("ann", "tie", 99))]
    assert [item for item, _ in ask(deployed(folder, told), "ann")][:2] == ["tie", "cap"]


def test_a_representation_is_made_once_until_something_is_known_anew(shop):
    model = Counting(4)
    object.__setattr__(shop.get(CAMPAIGN).scorer, "_model", model)
    for _ in range(3):
        ask(shop, "ann")
    assert model.asked == [2]
    shop.tell(GROUP, "INTERACTIONS", [11], [event("ann", "tie", 99)])
    ask(shop, "ann")
    assert model.asked == [2, 3]
    ask(shop, "ann", now=1000.0)
    assert model.asked == [2, 3, 3]


class Counting(Recency):
    def __init__(self, n_items):
        super().__init__(n_items)
        object.__setattr__(self, "asked", [])

    def represent(self, queries):
        self.asked.extend(len(query.item) for query in queries)
        return super().represent(queries)


def test_a_recommendation_id_leads_back_to_campaign_and_version(shop):
    first, second = (shop.get(CAMPAIGN).recommendation_id() for _ in range(2))
    assert first != second
    assert re.fullmatch(r"RID-[0-9a-f]{2}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}-CID-[0-9a-f]{6}", first)
    assert len(first) == 40
    assert first[-6:] == second[-6:] == short_name(CAMPAIGN, VERSION)


def test_answers_carry_metadata(shop):
    deployment = shop.get(CAMPAIGN)
    assert set(deployment.item_columns) == {"COLOUR", "PRICE"}
    assert deployment.metadata("tie", ["colour", "PRICE"]) == {"colour": "red", "PRICE": "2.5"}
    assert deployment.metadata("hat", ["COLOUR"]) == {}
    assert deployment.metadata("sock", ["COLOUR"]) == {}
    shop.tell(GROUP, "ITEMS", [11], [{"ITEM_ID": "hat", "COLOUR": "blue", "PRICE": 3, "WARM": True}])
    expected = {"COLOUR": "blue", "PRICE": "3", "WARM": "true"}
    assert deployment.metadata("hat", ["COLOUR", "PRICE", "WARM"]) == expected


def test_a_missing_folder_is_told(shop, tmp_path):
    with pytest.raises(FileNotFoundError):
        shop.deploy(CAMPAIGN, folder=tmp_path / "nothing", group=GROUP, told=lambda seq: ())
    assert np.isclose(sum(score for _, score in ask(shop, "ann")), 1)
