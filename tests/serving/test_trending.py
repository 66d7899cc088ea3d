"""What grows is counted from a group's memory, at most once an interval."""

import numpy as np
import pytest

from presage.recipes.ranking.trending import TrendingModel
from presage.serving.catalogue import catalogue_of
from presage.serving.memory import GroupMemory
from presage.serving.steps import Asked
from presage.serving.trending import MOST_SECONDS, Trending, grown
from presage.serving.version import load_version

from .shop import event, save

MODEL = TrendingModel(popular=np.array([1, 1, 1, 0]), growing=np.zeros(4), seconds=100)


@pytest.fixture
def memory(group):
    memory = GroupMemory(group.source)
    memory.load(group.log)
    return memory


@pytest.fixture
def version(tmp_path):
    return load_version(save(tmp_path / "trending", model=MODEL))


def told(memory, *events):
    memory.tell("INTERACTIONS", range(memory.arrivals + 1, memory.arrivals + 1 + len(events)), events)


def top(step, version, memory, now):
    catalogue = catalogue_of(version, memory.items_now(now))
    asked = Asked(
        user_id="", n_results=2, catalogue=catalogue, memory=memory, rng=np.random.default_rng(), now=now
    )
    scores, _ = step(np.zeros(catalogue.model.n_items, np.float32), None, asked)
    return catalogue.ids([int(scores.argmax())])[0]


def test_imported_and_told_events_count_alike(memory):
    told(memory, event("ann", "hat", 130), event("bob", "hat", 140), event("bob", "late", 151))
    assert grown(memory, 20, 5) == {"cap": pytest.approx(1 / 2**0.5)}
    assert grown(memory, 150, 100) == {"hat": pytest.approx(1 / 2)}  # two, and one (10) just outside before
    assert set(grown(memory, 151, 100)) == {"hat", "late"}
    assert grown(memory, 1000, 100) == {}


def test_what_grows_comes_first_and_without_events_what_is_popular(version, memory):
    told(memory, event("ann", "tie", 1150), event("bob", "tie", 1160))
    assert top(Trending(seconds=100), version, memory, 1200) == "tie"
    told(memory, *[event("ann", "bow", 1101 + k) for k in range(5)])
    assert top(Trending(seconds=100), version, memory, 1300) == "bow"


def test_growth_is_counted_once_an_interval_and_every_two_hours_at_least(version, memory):
    step = Trending(seconds=86_400)
    told(memory, event("ann", "tie", 90_000), event("bob", "tie", 90_001))
    assert top(step, version, memory, 100_000) == "tie"
    told(memory, *[event("ann", "bow", 100_001 + k) for k in range(5)])
    assert top(step, version, memory, 100_000 + MOST_SECONDS - 1) == "tie"
    assert top(step, version, memory, 100_000 + MOST_SECONDS) == "bow"


def test_an_item_that_is_new_since_the_training_may_trend_by_its_events_alone(version, memory):
    step = Trending(seconds=100)
    told(memory, event("ann", "sock", 1150), event("bob", "sock", 1160))
    assert top(step, version, memory, 1200) == "sock"
    memory.tell("ITEMS", [50], [{"ITEM_ID": "sock", "PRICE": 1.0}])
    assert top(step, version, memory, 1210) == "sock", "the catalogue is another, the growth the same"
