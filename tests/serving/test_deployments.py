import asyncio
import re
import threading
from pathlib import Path

import numpy as np
import pytest

from presage.artifacts import load
from presage.artifacts import save as save_arrays
from presage.serving import deployments as module
from presage.serving.deployment import short_name
from presage.serving.deployments import Deployments
from presage.serving.memory import build_snapshot
from presage.serving.recommend import Question, recommend
from presage.serving.source import Campaign
from presage.serving.version import UnusableModel

from .group import Group
from .shop import CAMPAIGN, VERSION, Recency, Shop, ask, event, names, save


def descriptors():
    return len(list(Path("/proc/self/fd").iterdir()))


def test_several_campaigns_stand_beside_each_other(shop, tmp_path):
    shop.deploy_version("second", save(tmp_path / "other", eventType="buy"))
    assert shop.names() == {CAMPAIGN, "second"}
    shop.learn(event("ann", "tie", 99))
    assert names(ask(shop, "ann"))[0] == "tie"
    assert names(ask(shop, "ann", name="second"))[0] == "cap"
    shop.remove("second")
    shop.remove("second")
    assert shop.names() == {CAMPAIGN}
    assert shop.get("second") is None
    assert shop.campaign("second") is None
    assert shop.revision("second") is None


def test_what_this_process_is_told_need_not_be_read_in_the_log(shop):
    places = [place for n in range(3) for place in shop.learn(event("ann", "tie", 90 + n))]
    first = places[0] - 1
    assert shop.known_through(first) == places[-1]
    shop.group.tell("INTERACTIONS", [event("ann", "hat", 97)])  # by another process
    later = shop.learn(event("ann", "bow", 98))
    assert shop.known_through(places[-1]) == places[-1]
    assert shop.known_through(later[0] - 1) == later[0]


def test_campaigns_of_one_version_share_it(shop, folder):
    before = descriptors()
    for n in range(30):
        shop.deploy_version(f"more {n}", folder, exploration_weight=n / 30, revision=n)
    first = shop.get(CAMPAIGN)
    assert all(shop.get(f"more {n}").scorer is first.scorer for n in range(30))
    assert descriptors() == before
    assert (shop.revision("more 7"), shop.campaign("more 7").exploration_weight) == (7, 7 / 30)
    for n in range(30):
        shop.remove(f"more {n}")
    assert names(ask(shop, "ann"))[0] == "cap"


def test_versions_and_memories_that_nobody_uses_go(shop, folder, tmp_path):
    before = descriptors()
    for n in range(3):
        shop.deploy_version(CAMPAIGN, save(tmp_path / f"version {n}", model=Recency(4)))
    assert descriptors() == before
    shop.remove(CAMPAIGN)
    assert descriptors() < before
    shop.learn(event("ann", "tie", 99))  # nobody listens
    shop.deploy_version(CAMPAIGN, folder)
    assert names(ask(shop, "ann"))[0] == "tie"


def test_a_request_under_way_finishes_on_the_old_version(shop, tmp_path):
    folder = save(tmp_path / "new", model=Recency(4), arn="new")
    old = shop.get(CAMPAIGN)

    class Slow(Recency):
        def represent(self, states, queries):
            shop.deploy_version(CAMPAIGN, folder, revision=2)
            return super().represent(states, queries)

    object.__setattr__(old.served.catalogue, "model", Slow(4))
    assert names(ask(shop, "ann"))[0] == "cap"
    assert shop.get(CAMPAIGN) is not old
    assert shop.revision(CAMPAIGN) == 2


def test_events_newer_than_the_version_are_taken_in_at_deployment(group, folder):
    group.tell("INTERACTIONS", [event("ann", "bow", 98), event("ann", "tie", 99)])
    assert names(ask(Shop(group, folder), "ann"))[:3] == ["tie", "bow", "cap"]


def test_what_the_training_data_held_is_not_counted_twice(group, tmp_path):
    group.tell("INTERACTIONS", [event("ann", "bow", 98), event("ann", "tie", 99)])
    assert names(ask(Shop(group, save(tmp_path / "version", seq=1)), "ann"))[:2] == ["tie", "cap"]


def test_a_recommendation_id_leads_back_to_campaign_and_version(shop):
    first, second = (shop.get(CAMPAIGN).recommendation_id() for _ in range(2))
    assert first != second
    assert re.fullmatch(r"RID-[0-9a-f]{2}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}-CID-[0-9a-f]{6}", first)
    assert len(first) == 40
    assert first[-6:] == second[-6:] == short_name(CAMPAIGN, VERSION)


def test_answers_carry_metadata(shop):
    deployment = shop.get(CAMPAIGN)
    assert set(deployment.item_columns) == {"COLOUR", "PRICE", "WARM", "CREATION_TIMESTAMP"}
    assert deployment.metadata("tie", ["colour", "PRICE"]) == {"colour": "red", "price": "2.5"}
    assert deployment.metadata("hat", ["COLOUR"]) == {}
    assert deployment.metadata("sock", ["COLOUR"]) == {}
    shop.learn({"ITEM_ID": "hat", "COLOUR": "blue", "PRICE": 3, "WARM": True}, kind="ITEMS")
    expected = {"colour": "blue", "price": "3", "warm": "true"}
    assert deployment.metadata("hat", ["COLOUR", "PRICE", "WARM"]) == expected


def test_a_missing_or_damaged_model_is_told_and_the_others_serve(shop, tmp_path):
    with pytest.raises(UnusableModel, match=r"no model in .*nothing"):
        shop.deploy_version(CAMPAIGN, tmp_path / "nothing")
    damaged = save(tmp_path / "damaged")
    file = damaged / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-1] + b"\1")
    with pytest.raises(UnusableModel, match="the checksum of array"):
        shop.deploy_version("second", damaged)
    assert shop.names() == {CAMPAIGN}
    assert np.isclose(sum(score for _, score in ask(shop, "ann")), 1)


def test_nothing_is_kept_for_a_campaign_that_cannot_be_deployed(group, tmp_path):
    deployments = Deployments()
    for n in range(3):
        campaign = Campaign(name=f"c{n}", model=tmp_path / f"nothing {n}", source=group.source)
        with pytest.raises(UnusableModel):
            deployments.deploy(campaign, group.log)
    assert deployments._memories.values() == []
    assert (deployments._listeners, deployments._streams, deployments._scorers._making) == ({}, {}, {})


@pytest.mark.parametrize("lacking", ["model.n_items", "vocabulary.users.start"])
def test_a_model_that_lacks_an_array_is_told(shop, tmp_path, lacking):
    arrays, meta = load(save(tmp_path / "whole"))
    save_arrays(tmp_path / "part", {name: arrays[name] for name in arrays if name != lacking}, meta)
    with pytest.raises(UnusableModel, match=f"lacks '{lacking.split('.', 1)[1]}'"):
        shop.deploy_version("second", tmp_path / "part")


def test_data_that_cannot_be_read_are_told(tmp_path, folder):
    group = Group(tmp_path / "group")
    group.bring("INTERACTIONS", [{"USER_ID": "ann", "ITEM_ID": "hat", "TIMESTAMP": 10}])
    for file in (tmp_path / "group" / "INTERACTIONS" / "bulk").glob("*.parquet"):
        file.write_bytes(b"")
    with pytest.raises(UnusableModel, match="the data of group 'group' cannot be read"):
        Shop(group, folder)
    group.close()


def test_nobody_waits_while_another_version_loads(shop, folder, tmp_path, monkeypatch):
    """Deployments of a version wait for who loads it; questions, events, other deployments do not."""
    loads, may_load = threading.Event(), threading.Event()

    def slow(model):
        if model.name == "slow":
            loads.set()
            assert may_load.wait(20)
        return load_version(model)

    load_version = module.load_version
    monkeypatch.setattr(module, "load_version", slow)
    save(tmp_path / "slow")
    threads = [
        threading.Thread(target=shop.deploy_version, args=(f"slow {n}", tmp_path / "slow")) for n in range(3)
    ]
    for thread in threads:
        thread.start()
    assert loads.wait(20)
    shop.learn(event("ann", "tie", 99))
    shop.deploy_version("other", folder)
    shop.remove("other")
    assert names(ask(shop, "ann"))[0] == "tie"
    may_load.set()
    for thread in threads:
        thread.join()
    assert shop.names() == {CAMPAIGN, "slow 0", "slow 1", "slow 2"}
    assert names(ask(shop, "ann", name="slow 1"))[0] == "tie"


def test_a_dataset_that_is_made_later_is_followed_from_the_next_deployment_on(group, folder):
    both = group.source.datasets
    only = {kind: both[kind] for kind in ("INTERACTIONS",)}
    deployments = Deployments(np.random.default_rng(0))
    source = type(group.source)(group="group", datasets=only, snapshots=group.source.snapshots)
    deployments.deploy(Campaign(name="one", model=folder, source=source), group.log)
    assert deployments.get("one").metadata("tie", ["PRICE"]) == {}
    build_snapshot(group.source)
    deployments.deploy(Campaign(name="two", model=folder, source=group.source), group.log)
    assert deployments.get("two").metadata("tie", ["PRICE"]) == {"price": "2.5"}


def test_one_part_that_cannot_be_refreshed_stops_no_other(shop, monkeypatch, capsys):
    memory = shop.get(CAMPAIGN).served.memory

    def fail():
        raise OSError("disk")

    monkeypatch.setattr(memory, "refresh", fail)
    shop.learn({"ITEM_ID": "sock", "PRICE": 1.0}, kind="ITEMS")
    monkeypatch.setattr("presage.serving.renewed.LEAST_SECONDS", 0.0)
    shop.get(CAMPAIGN).served._took = 0.0
    shop.refresh()
    assert "sock" in names(ask(shop, "ann", n=10))


def test_questions_of_several_campaigns_wait_in_one_line(shop, folder):
    shop.deploy_version("second", folder)

    async def together():
        questions = [
            recommend(shop.get(name), Question(user_id=user, now=100.0), 1)
            for name in (CAMPAIGN, "second")
            for user in ("ann", "bob")
        ]
        return await asyncio.gather(*questions)

    assert [names(found.scored) for found in asyncio.run(together())] == [["cap"], ["bow"]] * 2
